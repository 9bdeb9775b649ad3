/** Small columns over time, one or more rows high; the newest value is on the right. */
import type { StyleId } from '../terminal/theme.ts';
import type { Surface } from '../terminal/surface.ts';

export interface SparklineOptions {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height?: number;
  /** The value at the top; the largest value when it is not given. */
  readonly max?: number;
  readonly styleOf: (value: number) => StyleId;
}

const STEPS = 8;

export function drawSparkline(
  surface: Surface,
  values: readonly (number | null)[],
  options: SparklineOptions,
): void {
  const { theme } = surface;
  const { x, y, width, height = 1, styleOf } = options;
  const shown = values.slice(-width);
  const max = options.max ?? Math.max(0, ...shown.map((value) => value ?? 0));
  const left = x + width - shown.length;
  shown.forEach((value, column) => {
    if (value === null) return;
    const share = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
    // Something is never drawn as nothing.
    const filled = value > 0 ? Math.max(1, Math.round(share * STEPS * height)) : 0;
    for (let row = 0; row < height; row++) {
      const step = Math.min(STEPS, Math.max(0, filled - row * STEPS));
      if (step > 0)
        surface.set(left + column, y + height - 1 - row, theme.glyphs.columns.charAt(step), styleOf(value));
      else if (row === 0)
        surface.set(left + column, y + height - 1, theme.glyphs.baseline, theme.styleOf('faint'));
    }
  });
}
