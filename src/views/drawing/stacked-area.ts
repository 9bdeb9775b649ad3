/** Amounts on top of each other over time, an eighth of a row exact. */
import type { Token } from '../terminal/palettes.ts';
import type { Surface } from '../terminal/surface.ts';
import type { Plot } from './line-chart.ts';

export interface StackedSeries {
  /** One value a column, the newest last. */
  readonly values: readonly (number | null)[];
  readonly token: Token;
  /** How it is drawn in ASCII. */
  readonly ascii: string;
}

const STEPS = 8;

/** @param series from the bottom up */
export function drawStackedArea(surface: Surface, series: readonly StackedSeries[], plot: Plot): void {
  for (let column = 0; column < plot.width; column++) {
    const values = series.map(({ values: all }) => all[all.length - plot.width + column] ?? null);
    if (values.every((value) => value === null)) continue;
    let sum = 0;
    const tops = values.map((value) => {
      sum += value ?? 0;
      return Math.round(Math.min(1, sum / plot.max) * plot.height * STEPS);
    });
    for (let row = 0; row < plot.height; row++) drawCell(surface, series, tops, plot, column, row);
  }
}

function drawCell(
  surface: Surface,
  series: readonly StackedSeries[],
  tops: readonly number[],
  plot: Plot,
  column: number,
  row: number,
): void {
  const { theme } = surface;
  const bottom = row * STEPS;
  const here = tops.findIndex((top) => top > bottom);
  const drawn = series[here];
  const top = tops[here];
  if (!drawn || top === undefined) return;
  const [x, y] = [plot.x + column, plot.y + plot.height - 1 - row];
  if (!theme.glyphs.braille) return surface.set(x, y, drawn.ascii, theme.styleOf(drawn.token));
  if (top >= bottom + STEPS)
    return surface.set(x, y, theme.glyphs.columns.charAt(STEPS), theme.styleOf(drawn.token));
  // The rest of the cell belongs to the series above.
  const above = tops.findIndex((other, i) => i > here && other > top);
  const behind = series[above];
  const style =
    behind && theme.depth !== 0
      ? theme.style(drawn.token, { background: behind.token })
      : theme.styleOf(drawn.token);
  surface.set(x, y, theme.glyphs.columns.charAt(top - bottom), style);
}
