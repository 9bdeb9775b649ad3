/**
 * Owns the terminal's cells. Ink is given this object as its `stdout`: Ink lays the boxes out and decides what is
 * mounted, but it never writes. Each <Canvas> box is painted by its panel, all boxes are put together in the order
 * in which they were mounted (a dialog lies on top), and only the cells that changed are written, in one write.
 *
 * A terminal that cannot keep up (`writableNeedDrain`) gets no more frames until it has taken what it has: the next
 * frame is newer anyway, so nothing is queued.
 */
import { EventEmitter } from 'node:events';
import { ScreenDiff } from './screen-diff.ts';
import { Surface } from './surface.ts';
import type { Theme } from './theme.ts';
import type { TouchTarget } from '../touch-target.ts';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One box on the screen and the panel that paints it. */
export interface Layer {
  /** Where Ink put it; null before its first layout. */
  rectangle(): Rectangle | null;
  paint(surface: Surface): void;
}

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly writableNeedDrain: boolean;
  write(bytes: string): boolean;
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

export interface FrameStatistics {
  frames: number;
  bytes: number;
  dropped: number;
}

/** Used where a pseudo-terminal does not know its size. */
const FALLBACK_SIZE = { columns: 80, rows: 24 };

export class Compositor extends EventEmitter {
  readonly isTTY = true;
  readonly statistics: FrameStatistics = { frames: 0, bytes: 0, dropped: 0 };
  readonly #terminal: Terminal;
  readonly #layers = new Set<Layer>();
  readonly #diff = new ScreenDiff();
  readonly #drained = () => this.paint();
  #theme: Theme;
  #surface: Surface;
  #scheduled = false;
  #closed = false;

  constructor(terminal: Terminal, theme: Theme) {
    super();
    this.#terminal = terminal;
    this.#theme = theme;
    this.#surface = new Surface(this.columns, this.rows, theme);
    terminal.on('drain', this.#drained);
  }

  get columns(): number {
    return this.#terminal.columns || FALLBACK_SIZE.columns;
  }

  get rows(): number {
    return this.#terminal.rows || FALLBACK_SIZE.rows;
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.repaint();
  }

  /** Ink's frames: the sign that its layout changed, and no more. */
  write(_frame: unknown, written?: () => void): boolean {
    this.schedule();
    if (typeof written === 'function') written();
    return true;
  }

  add(layer: Layer): () => void {
    this.#layers.add(layer);
    this.schedule();
    return () => {
      this.#layers.delete(layer);
      this.schedule();
    };
  }

  /** Paints once what has happened in this turn. */
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.paint();
    });
  }

  /** Writes every cell again: after a resize, a resume, or when another program wrote on our screen. */
  repaint(): void {
    this.#diff.reset();
    this.schedule();
  }

  /** Brings the terminal up to date now, unless it is still busy with the frame before. */
  paint(): void {
    if (this.#closed) return;
    if (this.#terminal.writableNeedDrain) {
      this.statistics.dropped++;
      return;
    }
    const surface = this.#compose();
    const bytes = this.#diff.update(surface);
    this.statistics.frames++;
    if (bytes === '') return;
    this.statistics.bytes += Buffer.byteLength(bytes);
    this.#terminal.write(bytes);
  }

  /** What a click or the wheel means at a cell, as it was painted last. */
  touchAt(x: number, y: number): TouchTarget | null {
    return this.#surface.touchAt(x, y);
  }

  /** No byte more: the session gives the terminal back. `open` takes it again after a suspension. */
  close(): void {
    this.#closed = true;
  }

  open(): void {
    this.#closed = false;
    this.repaint();
  }

  dispose(): void {
    this.close();
    this.#terminal.off('drain', this.#drained);
  }

  #compose(): Surface {
    const { columns, rows } = this;
    const fits =
      this.#surface.width === columns && this.#surface.height === rows && this.#surface.theme === this.#theme;
    if (fits) this.#surface.clear();
    else this.#surface = new Surface(columns, rows, this.#theme);
    for (const layer of this.#layers) {
      const place = layer.rectangle();
      if (!place || place.width < 1 || place.height < 1) continue;
      this.#surface.inset(place.x, place.y, place.width, place.height, (part) => layer.paint(part));
    }
    return this.#surface;
  }
}
