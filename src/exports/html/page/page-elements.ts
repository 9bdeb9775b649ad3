/** What the page's script needs of the document. Text is only ever set as text: the page's policy forbids the rest. */
import type { SvgNode } from '../svg-node.ts';

/** An element that the page always has. */
export function elementOf<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${id}`);
}

/** Data that the page carries; null where the section that it belongs to had nothing to show. */
export function readData(id: string): unknown {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : null;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svgElement({ tag, attributes, content }: SvgNode): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (typeof content === 'string') element.textContent = content;
  else element.append(...content.map(svgElement));
  return element;
}

/** `<name class="...">text</name>` */
export function textElement(name: 'b' | 'span', text: string, className = ''): HTMLElement {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = className;
  return element;
}
