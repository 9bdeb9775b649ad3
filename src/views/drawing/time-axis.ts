/** The scales beside and below a plot. */
import type { Surface } from '../terminal/surface.ts';
import { formatAxisTime } from '../../presentation/format.ts';

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
