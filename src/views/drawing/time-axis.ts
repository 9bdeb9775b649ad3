/** The scales beside and below a plot. */
import type { Surface } from '../terminal/surface.ts';
import { formatAxisTime, formatMs } from '../../presentation/format.ts';
import type { Span as TimeSpan } from '../../timeline/series.ts';

/** Columns that the labels of a value axis take, with a space before the plot. */
export const VALUE_AXIS_COLUMNS = 7;

/** `-60s … -30s … now` under a plot whose right edge is `agoMs` back. */
export function drawTimeAxis(
  surface: Surface,
  y: number,
  x: number,
  width: number,
  time: { readonly lengthMs: number; readonly agoMs: number },
): void {
  const dim = surface.theme.styleOf('dim');
  const label = (agoMs: number) => (agoMs < 500 ? 'now' : `-${formatAxisTime(agoMs)}`);
  surface.text(x, y, label(time.agoMs + time.lengthMs), dim, width);
  if (width >= 30) {
    const middle = label(time.agoMs + time.lengthMs / 2);
    surface.text(x + Math.floor((width - middle.length) / 2), y, middle, dim);
  }
  surface.textRight(x, y, width, label(time.agoMs), dim);
}

/**
 * A bar on a plot's lowest row from one moment to another, its length written on it where there is room: the span
 * that is being selected.
 * @param plot where the plot lies, and the time that it shows
 */
export function drawSpanBar(
  surface: Surface,
  y: number,
  plot: { readonly x: number; readonly width: number; readonly shown: TimeSpan },
  selected: TimeSpan,
): void {
  const { fromMs, toMs } = plot.shown;
  const columnOf = (atMs: number) => ((atMs - fromMs) / (toMs - fromMs)) * plot.width;
  const left = Math.max(0, Math.floor(columnOf(selected.fromMs)));
  const right = Math.min(plot.width, Math.max(left + 1, Math.ceil(columnOf(selected.toMs))));
  const style = surface.theme.style('onBadge', { background: 'accent', bold: true });
  surface.fill(plot.x + left, y, right - left, 1, ' ', style);
  const length = formatMs(selected.toMs - selected.fromMs);
  const room = right - left - length.length;
  if (room >= 0) surface.text(plot.x + left + Math.floor(room / 2), y, length, style);
}

/** Labels at the top, in the middle and at the bottom of a plot. */
export function drawValueAxis(
  surface: Surface,
  y: number,
  height: number,
  max: number,
  format: (value: number) => string,
): void {
  const dim = surface.theme.styleOf('dim');
  const columns = VALUE_AXIS_COLUMNS - 1;
  surface.textRight(0, y, columns, format(max), dim);
  if (height >= 3) surface.textRight(0, y + height - 1, columns, format(0), dim);
  if (height >= 5) {
    surface.textRight(0, y + Math.floor((height - 1) / 2), columns, format(max / 2), dim);
  }
}

/** The next value up that reads well on an axis: 1, 2, 2.5, 5 times a power of ten. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step =
    [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * power >= value * 0.999) ?? 10;
  return step * power;
}
