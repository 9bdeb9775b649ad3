/** The quiet border around a panel, with its title and, on the right, what its figures mean. */
import type { PanelId } from '../ui-state.ts';
import { spansColumns, type Span, type Surface } from '../terminal/surface.ts';

export interface FrameOptions {
  readonly title: string;
  readonly right?: readonly Span[];
  readonly focused?: boolean;
  /** Which panel a click or the wheel is meant for. */
  readonly panel?: PanelId;
}

/** Draws a border along the edges of the surface. The inside is drawn with `insideFrame`. */
export function drawFrame(surface: Surface, options: FrameOptions): void {
  const { width, height, theme } = surface;
  const { glyphs } = theme;
  if (options.panel) surface.touch(0, 0, width, height, { kind: 'panel', panel: options.panel });
  const border = theme.styleOf(options.focused ? 'accent' : 'border');
  for (let x = 1; x < width - 1; x++) {
    surface.set(x, 0, glyphs.horizontal, border);
    surface.set(x, height - 1, glyphs.horizontal, border);
  }
  for (let y = 1; y < height - 1; y++) {
    surface.set(0, y, glyphs.vertical, border);
    surface.set(width - 1, y, glyphs.vertical, border);
  }
  surface.set(0, 0, glyphs.topLeft, border);
  surface.set(width - 1, 0, glyphs.topRight, border);
  surface.set(0, height - 1, glyphs.bottomLeft, border);
  surface.set(width - 1, height - 1, glyphs.bottomRight, border);
  const title = theme.style('title', { bold: true });
  const used = surface.spans(2, 0, [[` ${options.title} `, title]], width - 4);
  const right = options.right ?? [];
  const columns = spansColumns(right) + 2;
  if (right.length > 0 && width - 2 - columns > used + 2) {
    surface.spans(width - 2 - columns, 0, [[' ', 0], ...right, [' ', 0]]);
  }
}

/** Draws inside a frame, with one column of air on each side. */
export function insideFrame(surface: Surface, draw: (inside: Surface) => void): void {
  surface.inset(2, 1, surface.width - 4, surface.height - 2, draw);
}
