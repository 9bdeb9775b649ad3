/** Figures with their labels, side by side. */
import { markup, type Content, type Markup } from './markup.ts';
import { markClass, markSign, type Mark } from './panel.ts';

export interface Figure {
  readonly label: string;
  readonly text: Content;
  readonly mark?: Mark;
}

export function figureList(figures: readonly Figure[]): Markup {
  return markup`<dl class="figures">${figures.map(
    ({ label, text, mark = 'plain' }) =>
      markup`<div><dt>${label}</dt><dd class="${markClass(mark)}">${markSign(mark)} ${text}</dd></div>`,
  )}</dl>
`;
}
