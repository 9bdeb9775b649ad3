/** A horizontal bar on a dotted track, an eighth of a cell exact. */
import type { StyleId } from '../terminal/theme.ts';
import type { Surface } from '../terminal/surface.ts';

const STEPS = 8;

/** @param share how much of the width is filled, 0 to 1 */
export function drawBar(
  surface: Surface,
  x: number,
  y: number,
  width: number,
  share: number,
  style: StyleId,
): void {
  const { glyphs } = surface.theme;
  const track = surface.theme.styleOf('faint');
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width * STEPS);
  for (let column = 0; column < width; column++) {
    const step = Math.min(STEPS, Math.max(0, filled - column * STEPS));
    const glyph = glyphs.bars.charAt(step);
    if (glyph === ' ') surface.set(x + column, y, glyphs.dot, track);
    else surface.set(x + column, y, glyph, style);
  }
}
