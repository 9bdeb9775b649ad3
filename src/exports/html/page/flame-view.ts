/** The flame graph, moved in with arrows or the pointer: zoom, search, callers below. */
import type { CallTreeNode } from '../../../model/call-tree.ts';
import {
  findInFlame,
  heaviestPath,
  matchedMs,
  matchesFrame,
  moveInFlame,
  nodeAt,
  type FlameDirection,
  type FramePath,
} from '../../../presentation/flame-layout.ts';
import { formatShare } from '../../../presentation/format.ts';
import { invertTree } from '../../../presentation/inverted-tree.ts';
import { toCallTree, type FlameData } from '../flame-data.ts';
import { describeFrame, drawFlame } from '../flame-drawing.ts';
import { elementOf, readData, svgElement, textElement } from './page-elements.ts';

/** Callers that are named below the graph. */
const MOST_CALLERS = 12;

const ARROWS: Readonly<Record<string, FlameDirection>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

interface Drawn {
  readonly path: FramePath;
  readonly node: CallTreeNode;
  readonly element: SVGElement;
}

export function openFlame(): void {
  const data = readData('flame-data') as FlameData | null;
  if (data === null) return;
  const tree = toCallTree(data);
  const view = new FlameView(tree, invertTree(tree));
  view.listen();
  view.draw();
}

class FlameView {
  readonly #trees: { readonly callees: CallTreeNode; readonly callers: CallTreeNode };
  readonly #graph = elementOf('flame', SVGElement);
  readonly #detail = elementOf('flame-detail', HTMLElement);
  readonly #search = elementOf('flame-search', HTMLInputElement);
  readonly #found = elementOf('flame-found', HTMLElement);
  readonly #invert = elementOf('flame-invert', HTMLButtonElement);
  #inverted = false;
  #zoom: FramePath = [];
  #cursor: FramePath;
  #drawn = new Map<string, Drawn>();

  constructor(callees: CallTreeNode, callers: CallTreeNode) {
    this.#trees = { callees, callers };
    this.#cursor = heaviestPath(callees);
  }

  get #root(): CallTreeNode {
    return this.#inverted ? this.#trees.callers : this.#trees.callees;
  }

  listen(): void {
    for (const id of ['flame-controls', 'flame-keys']) elementOf(id, HTMLElement).hidden = false;
    this.#graph.setAttribute('role', 'tree');
    this.#graph.setAttribute('tabindex', '0');
    this.#graph.setAttribute('aria-label', 'flame graph, callers above callees');
    this.#graph.addEventListener('keydown', (event) => {
      if (this.#press(event)) event.preventDefault();
    });
    this.#graph.addEventListener('focus', () => this.#mark());
    this.#graph.addEventListener('click', (event) => this.#click(event));
    this.#search.addEventListener('input', () => this.#mark());
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.#nextMatch(event.shiftKey ? -1 : 1);
      else if (event.key === 'Escape') this.#leaveSearch();
      else return;
      event.preventDefault();
    });
    const onClick = (id: string, action: () => void): void =>
      elementOf(id, HTMLButtonElement).addEventListener('click', action);
    onClick('flame-next', () => this.#nextMatch(1));
    onClick('flame-zoom', () => this.#zoomTo(this.#cursor));
    onClick('flame-out', () => this.#zoomTo([]));
    onClick('flame-invert', () => this.#turn());
  }

  draw(): void {
    const drawing = drawFlame(this.#root, this.#zoom);
    this.#drawn = new Map();
    const elements = drawing.blocks.map(({ path, depth, node: block }, index) => {
      const element = svgElement(block);
      const { node } = nodeAt(this.#root, path);
      element.id = `flame-block-${index}`;
      element.setAttribute('role', 'treeitem');
      element.setAttribute('aria-level', String(depth + 1));
      element.setAttribute('aria-label', describeFrame(node, this.#root.totalMs));
      this.#drawn.set(keyOf(path), { path, node, element });
      return element;
    });
    this.#graph.setAttribute('height', String(drawing.height));
    this.#graph.replaceChildren(...elements);
    this.#mark();
  }

  /** @returns whether the key means something here */
  #press({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const direction = ARROWS[key];
    if (direction) this.#moveTo(moveInFlame(this.#root, this.#cursor, direction));
    else if (key === 'Enter' || key === ' ') this.#zoomTo(this.#cursor);
    else if (key === 'Escape' || key === 'Backspace') this.#zoomTo(this.#zoom.slice(0, -1));
    else if (key === 'Home') this.#zoomTo([]);
    else if (key === '/') this.#search.focus();
    else if (key === 'n') this.#nextMatch(1);
    else if (key === 'N') this.#nextMatch(-1);
    else if (key === 'i') this.#turn();
    else return false;
    return true;
  }

  #click(event: Event): void {
    const block = event.target instanceof Element ? event.target.closest('.block') : null;
    const clicked = [...this.#drawn.values()].find(({ element }) => element === block);
    if (!clicked) return;
    this.#cursor = clicked.path;
    // The frame that fills the width already is the way back out.
    this.#zoomTo(keyOf(clicked.path) === keyOf(this.#zoom) ? clicked.path.slice(0, -1) : clicked.path);
  }

  /** A frame too narrow or too deep to be drawn is reached by zooming to its caller. */
  #moveTo(path: FramePath): void {
    this.#cursor = path;
    if (!this.#drawn.has(keyOf(path))) {
      this.#zoom = path.slice(0, -1);
      this.draw();
    } else this.#mark();
    this.#drawn.get(keyOf(path))?.element.scrollIntoView({ block: 'nearest' });
  }

  #zoomTo(path: FramePath): void {
    this.#zoom = path;
    this.draw();
  }

  #turn(): void {
    this.#inverted = !this.#inverted;
    this.#invert.setAttribute('aria-pressed', String(this.#inverted));
    this.#zoom = [];
    this.#cursor = heaviestPath(this.#root);
    this.draw();
  }

  #nextMatch(step: 1 | -1): void {
    const matches = findInFlame(this.#root, this.#search.value);
    if (matches.length === 0) return;
    const here = matches.findIndex(({ path }) => keyOf(path) === keyOf(this.#cursor));
    const next = here === -1 ? 0 : (here + step + matches.length) % matches.length;
    this.#moveTo(matches[next]?.path ?? []);
  }

  #leaveSearch(): void {
    this.#search.value = '';
    this.#mark();
    this.#graph.focus();
  }

  /** Shows the cursor and what the search finds. */
  #mark(): void {
    const wanted = this.#search.value.toLowerCase();
    const current = keyOf(this.#cursor);
    for (const [key, { node, element }] of this.#drawn) {
      const found = matchesFrame(node, wanted);
      element.classList.toggle('found', found);
      element.classList.toggle('muted', wanted !== '' && !found);
      element.classList.toggle('selected', key === current);
      element.setAttribute('aria-selected', String(key === current));
    }
    const selected = this.#drawn.get(current);
    if (selected) this.#graph.setAttribute('aria-activedescendant', selected.element.id);
    else this.#graph.removeAttribute('aria-activedescendant');
    this.#found.textContent = this.#foundText(wanted);
    this.#describe();
  }

  #foundText(wanted: string): string {
    if (wanted === '') return '';
    const share = this.#root.totalMs > 0 ? matchedMs(this.#root, wanted) / this.#root.totalMs : 0;
    const count = findInFlame(this.#root, wanted).length;
    return count === 0
      ? 'no frame matches'
      : `${count} match${count === 1 ? '' : 'es'}, ${formatShare(share)} of the time`;
  }

  #describe(): void {
    const { node, path } = nodeAt(this.#root, this.#cursor);
    const names = path.slice(0, -1).map((key) => key.split('\n')[0] ?? '');
    const chain = names.toReversed().slice(0, MOST_CALLERS).join(' ‹ ');
    const relation = this.#inverted ? 'calls' : 'called by';
    this.#detail.replaceChildren(
      textElement('b', describeFrame(node, this.#root.totalMs)),
      ...(chain === '' ? [] : [textElement('span', ` ${relation} ${chain}`, 'dim')]),
    );
  }
}

const keyOf = (path: FramePath): string => path.join('\0');
