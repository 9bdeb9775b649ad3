/** Lines over time in braille: two by four dots a cell; in ASCII, columns of the first series. */
import type { StyleId } from '../terminal/theme.ts';
import type { Surface } from '../terminal/surface.ts';
import { drawSparkline } from './sparkline.ts';

export interface ChartSeries {
  /** Two values a column, the newest last; null breaks the line. */
  readonly values: readonly (number | null)[];
  readonly style: StyleId;
}

export interface Plot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly max: number;
}

export const DOTS_PER_COLUMN = 2;
const DOTS_PER_ROW = 4;
/** Bits of the dots of a braille cell, by column and row (Unicode, "Braille Patterns"). */
const DOT_BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BRAILLE_BLANK = 0x2800;

/** Draws the series, the later ones over the earlier; the first is the one that must be seen. */
export function drawLineChart(surface: Surface, series: readonly ChartSeries[], plot: Plot): void {
  if (plot.width <= 0 || plot.height <= 0) return;
  if (!surface.theme.glyphs.braille) return drawColumns(surface, series, plot);
  const bits = new Uint8Array(plot.width * plot.height);
  const styles = new Uint16Array(plot.width * plot.height);
  for (const line of series) traceLine(line, plot, bits, styles);
  for (let row = 0; row < plot.height; row++) {
    for (let column = 0; column < plot.width; column++) {
      const index = row * plot.width + column;
      const dots = bits[index] ?? 0;
      if (dots === 0) continue;
      surface.set(plot.x + column, plot.y + row, String.fromCharCode(BRAILLE_BLANK + dots), styles[index]);
    }
  }
}

/** A dashed horizontal line: a threshold. */
export function drawThreshold(surface: Surface, value: number, plot: Plot): void {
  if (value <= 0 || value >= plot.max) return;
  const row = plot.y + plot.height - 1 - Math.round((value / plot.max) * (plot.height - 1));
  const faint = surface.theme.styleOf('faint');
  for (let column = 0; column < plot.width; column += 2) {
    surface.set(plot.x + column, row, surface.theme.glyphs.dash, faint);
  }
}

function traceLine(line: ChartSeries, plot: Plot, bits: Uint8Array, styles: Uint16Array): void {
  const dotsWide = plot.width * DOTS_PER_COLUMN;
  const lowest = plot.height * DOTS_PER_ROW - 1;
  const values = line.values.slice(-dotsWide);
  const left = dotsWide - values.length;
  let previous: number | null = null;
  values.forEach((value, i) => {
    if (value === null) {
      previous = null;
      return;
    }
    const share = Math.min(1, Math.max(0, value / plot.max));
    const y = Math.round((1 - share) * lowest);
    const x = left + i;
    const [from, to] = [Math.min(previous ?? y, y), Math.max(previous ?? y, y)];
    for (let dot = from; dot <= to; dot++) {
      const cell = Math.floor(dot / DOTS_PER_ROW) * plot.width + Math.floor(x / DOTS_PER_COLUMN);
      bits[cell] = (bits[cell] ?? 0) | (DOT_BITS[x % 2 === 0 ? 0 : 1][dot % DOTS_PER_ROW] ?? 0);
      styles[cell] = line.style;
    }
    previous = y;
  });
}

function drawColumns(surface: Surface, series: readonly ChartSeries[], plot: Plot): void {
  const [top] = series;
  if (!top) return;
  const columns: (number | null)[] = [];
  for (let i = 0; i < top.values.length; i += DOTS_PER_COLUMN) {
    const pair = top.values.slice(i, i + DOTS_PER_COLUMN).filter((value) => value !== null);
    columns.push(pair.length > 0 ? Math.max(...pair) : null);
  }
  drawSparkline(surface, columns, { ...plot, styleOf: () => top.style });
}
