/** The frame that every part of the page stands in: a title on the border, as on the terminal. */
import type { Severity } from '../../model/finding.ts';
import type { FigureLevel } from '../../presentation/symptoms.ts';
import { markup, type Content, type Markup } from './markup.ts';

export interface Panel {
  /** Also the anchor that links lead to. */
  readonly id: string;
  readonly title: string;
  /** At the right end of the title's line. */
  readonly aside?: Content;
  readonly body: Content;
}

export function panelMarkup({ id, title, aside = null, body }: Panel): Markup {
  return markup`<section class="panel" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>${aside === null ? null : markup`<p class="aside">${aside}</p>`}
${body}
</section>
`;
}

/** What stands where nothing was measured. */
export const nothing = (because: string): Markup => markup`<p class="nothing">${because}</p>`;

export type Mark = FigureLevel | Severity | 'pass' | 'warn' | 'fail' | 'unknown';

/** Signs of the terminal; a level without news has none. */
const SIGNS: Readonly<Record<Mark, string>> = {
  plain: '',
  ok: '✔',
  pass: '✔',
  info: '•',
  warning: '▲',
  warn: '▲',
  critical: '✖',
  fail: '✖',
  unknown: '?',
};

const CLASSES: Readonly<Record<Mark, string>> = {
  plain: 'plain',
  ok: 'ok',
  pass: 'ok',
  info: 'info',
  warning: 'warning',
  warn: 'warning',
  critical: 'critical',
  fail: 'critical',
  unknown: 'plain',
};

/** Name of the class that gives a mark its colour. */
export const markClass = (mark: Mark): string => CLASSES[mark];

export const signOf = (mark: Mark): string => SIGNS[mark];

/** The sign beside a colour, so that neither alone has to be seen; words say it to those who see neither. */
export function markSign(mark: Mark): Markup | null {
  return SIGNS[mark] === ''
    ? null
    : markup`<span class="sign ${CLASSES[mark]}" aria-hidden="true">${SIGNS[mark]}</span>`;
}

/** A share of 0 to 1 as a bar. */
export function shareBar(share: number, mark: Mark = 'plain'): Markup {
  const percent = Math.max(0, Math.min(100, share * 100)).toFixed(1);
  return markup`<svg class="bar ${CLASSES[mark]}" aria-hidden="true"><rect class="track" width="100%" height="100%"/><rect width="${percent}%" height="100%"/></svg>`;
}
