/**
 * The one place where text becomes HTML. Whatever is put into a template is escaped, unless a template made it:
 *
 *   markup`<td title="${route}">${count}</td>`   route = `"><script>`  ->  <td title="&quot;&gt;&lt;script&gt;">7</td>
 *
 * Values stand in text or in quoted attributes, nowhere else: not in tag names, not in scripts, not in styles.
 */

/** HTML that needs no escaping any more; only this file makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text and numbers are escaped, lists are joined, null is nothing. */
export type Content = string | number | Markup | null | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0] ?? '';
  values.forEach((value, index) => {
    text += textOf(value) + (strings[index + 1] ?? '');
  });
  return new Markup(text);
}

function textOf(value: Content): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/**
 * Data for the page's script. It is not run: a browser keeps the text of a script whose type it does not know. No
 * `<` can end the element early.
 */
export function dataScript(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
  return new Markup(`<script type="application/json" id="${id}">${json}</script>`);
}

/** The page's own style and script, which are part of this program; each is named by its hash in the page's policy. */
export const ownStyle = (text: string): Markup => new Markup(`<style>${text}</style>`);
export const ownScript = (text: string): Markup => new Markup(`<script>${text}</script>`);
