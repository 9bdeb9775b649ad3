/** SVG as data: the page is written with it on this side and drawn anew with it by its script on the other. */
import { Markup, markup } from './markup.ts';

export interface SvgNode {
  readonly tag: 'svg' | 'rect' | 'text' | 'title';
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Text alone, or further elements. */
  readonly content: string | readonly SvgNode[];
}

export function svgMarkup({ tag, attributes, content }: SvgNode): Markup {
  const inside = typeof content === 'string' ? markup`${content}` : markup`${content.map(svgMarkup)}`;
  const given = Object.entries(attributes).map(([name, value]) => markup`${name}="${value}" `);
  return TEMPLATES[tag](given, inside);
}

type Template = (attributes: readonly Markup[], inside: Markup) => Markup;

/** Tag names are never put together: each has its template. */
const TEMPLATES: Readonly<Record<SvgNode['tag'], Template>> = {
  svg: (attributes, inside) => markup`<svg ${attributes}>${inside}</svg>`,
  rect: (attributes, inside) => markup`<rect ${attributes}>${inside}</rect>`,
  text: (attributes, inside) => markup`<text ${attributes}>${inside}</text>`,
  title: (attributes, inside) => markup`<title ${attributes}>${inside}</title>`,
};
