/** Counts by time and value as shades: few is dark, many is bright (on a light background the other way). */
import type { Surface } from '../terminal/surface.ts';

export interface HeatPlot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** @param columns counts by column, each with one count a row from the bottom up; null where nothing was measured */
export function drawHeatStrip(
  surface: Surface,
  columns: readonly (readonly number[] | null)[],
  plot: HeatPlot,
): void {
  const shown = columns.slice(-plot.width);
  const left = plot.x + plot.width - shown.length;
  const most = Math.max(1e-9, ...shown.map((column) => (column ? Math.max(...column) : 0)));
  shown.forEach((column, i) => {
    column?.forEach((count, row) => {
      if (count <= 0 || row >= plot.height) return;
      // The root keeps a few requests visible beside thousands.
      drawShade(surface, left + i, plot.y + plot.height - 1 - row, Math.sqrt(count / most));
    });
  });
}

/** One cell of heat. @param share 0 to 1 */
export function drawShade(surface: Surface, x: number, y: number, share: number): void {
  const { theme } = surface;
  const step = (steps: number) => Math.min(steps - 1, Math.floor(share * steps));
  if (theme.depth === 0 || !theme.glyphs.braille) {
    surface.set(x, y, theme.glyphs.shades.charAt(step(theme.glyphs.shades.length)), theme.styleOf('series'));
    return;
  }
  const { heat } = theme.palette;
  surface.set(x, y, ' ', theme.style(null, { background: heat[step(heat.length)] ?? '#000000' }));
}
