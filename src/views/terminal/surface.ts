/**
 * A rectangle of terminal cells that panels draw on: a grapheme and a style id per cell. A wide grapheme takes two
 * cells, the second one holds ''.
 *
 *   surface.text(0, 0, 'loop delay', theme.styleOf('title'))
 */
import { isNarrow, textCells, textColumns } from './text-cells.ts';
import type { StyleId, Theme } from './theme.ts';
import type { TouchTarget } from '../touch-target.ts';

export type Span = readonly [text: string, style: StyleId];

/** In cells of the whole screen. */
interface Touch {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  readonly target: TouchTarget;
}

/** Where a part of a surface begins. */
interface Place {
  readonly surface: Surface;
  readonly x: number;
  readonly y: number;
}

export class Surface {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  /** The cells row by row; a part shares them with the surface that it lies on. */
  readonly graphemes: string[];
  readonly styles: Uint16Array;
  /** What a touch means where, the topmost last; a part shares them, too. */
  readonly #touches: Touch[];
  readonly #isPart: boolean;
  /** Cells from one row to the next, and to the first one of this surface. */
  readonly #stride: number;
  readonly #first: number;

  constructor(width: number, height: number, theme: Theme, on?: Place) {
    this.width = Math.max(0, Math.floor(width));
    this.height = Math.max(0, Math.floor(height));
    this.theme = theme;
    this.#isPart = on !== undefined;
    this.#touches = on ? on.surface.#touches : [];
    this.#stride = on ? on.surface.#stride : this.width;
    this.#first = on ? on.surface.#first + on.y * this.#stride + on.x : 0;
    this.graphemes = on ? on.surface.graphemes : Array.from({ length: this.width * this.height }, () => ' ');
    this.styles = on ? on.surface.styles : new Uint16Array(this.width * this.height);
  }

  clear(): void {
    if (!this.#isPart) this.#touches.length = 0;
    this.fill(0, 0, this.width, this.height, ' ', 0);
  }

  set(x: number, y: number, grapheme: string, style: StyleId = 0): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const index = this.#first + y * this.#stride + x;
    this.graphemes[index] = grapheme;
    this.styles[index] = style;
  }

  fill(x: number, y: number, width: number, height: number, grapheme: string, style: StyleId): void {
    const [left, right] = [Math.max(0, x), Math.min(this.width, x + width)];
    if (right <= left) return;
    for (let row = Math.max(0, y); row < Math.min(this.height, y + height); row++) {
      const start = this.#first + row * this.#stride;
      this.graphemes.fill(grapheme, start + left, start + right);
      this.styles.fill(style, start + left, start + right);
    }
  }

  /**
   * Writes text that the sanitiser has seen, cut with an ellipsis where it does not fit.
   * @returns the columns it took
   */
  text(x: number, y: number, text: string, style: StyleId = 0, maxColumns: number = this.width - x): number {
    const room = Math.min(maxColumns, this.width - x);
    if (y < 0 || y >= this.height || room <= 0) return 0;
    if (isNarrow(text)) {
      const shown = text.length <= room ? text : text.slice(0, room - 1) + this.theme.glyphs.ellipsis;
      for (let i = 0; i < shown.length; i++) this.set(x + i, y, shown.charAt(i), style);
      return shown.length;
    }
    return this.wideText(x, y, text, style, room);
  }

  private wideText(x: number, y: number, text: string, style: StyleId, room: number): number {
    const cells = textCells(text);
    const total = cells.reduce((sum, cell) => sum + cell.columns, 0);
    const limit = total > room ? room - 1 : room;
    let column = 0;
    for (const cell of cells) {
      if (column + cell.columns > limit) break;
      this.set(x + column, y, cell.grapheme, style);
      if (cell.columns === 2) this.set(x + column + 1, y, '', style);
      column += cell.columns;
    }
    if (total > room) this.set(x + column++, y, this.theme.glyphs.ellipsis, style);
    return column;
  }

  /** Writes text so that it ends at column `x + width`. */
  textRight(x: number, y: number, width: number, text: string, style: StyleId = 0): void {
    this.text(x + Math.max(0, width - textColumns(text)), y, text, style, width);
  }

  /** Writes pieces of text one after another; returns the columns they took. */
  spans(x: number, y: number, spans: readonly Span[], maxColumns: number = this.width - x): number {
    let used = 0;
    for (const [text, style] of spans) {
      if (used >= maxColumns) break;
      used += this.text(x + used, y, text, style, maxColumns - used);
    }
    return used;
  }

  /** Lets `draw` have a part of this surface, blank, as one of its own: it cannot reach beyond. */
  inset(x: number, y: number, width: number, height: number, draw: (part: Surface) => void): void {
    const [left, top] = [Math.max(0, x), Math.max(0, y)];
    const place = { surface: this, x: left, y: top };
    const part = new Surface(
      Math.min(width, this.width - left),
      Math.min(height, this.height - top),
      this.theme,
      place,
    );
    part.clear();
    draw(part);
  }

  /** Says what a click or the wheel means on a part of this surface. */
  touch(x: number, y: number, width: number, height: number, target: TouchTarget): void {
    const left = this.#first + y * this.#stride + x;
    const columns = Math.min(width, this.width - x);
    const rows = Math.min(height, this.height - y);
    this.#touches.push({
      left: left % this.#stride,
      top: Math.floor(left / this.#stride),
      columns,
      rows,
      target,
    });
  }

  /** What it means at a cell of the whole screen; null where it means nothing. */
  touchAt(x: number, y: number): TouchTarget | null {
    const touched = this.#touches.findLast(
      ({ left, top, columns, rows }) => x >= left && x < left + columns && y >= top && y < top + rows,
    );
    return touched?.target ?? null;
  }

  /** The rows as plain text, for tests and for copying. */
  toText(): string {
    const rows: string[] = [];
    for (let row = 0; row < this.height; row++) {
      const start = this.#first + row * this.#stride;
      rows.push(
        this.graphemes
          .slice(start, start + this.width)
          .join('')
          .trimEnd(),
      );
    }
    return rows.join('\n');
  }
}

export function spansColumns(spans: readonly Span[]): number {
  return spans.reduce((total, [text]) => total + textColumns(text), 0);
}
