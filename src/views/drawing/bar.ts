/** A horizontal bar on a faint track, half a cell exact. Bars of neighbouring rows stay apart, as blocks would not. */
import type { StyleId } from '../terminal/theme.ts';
import type { Surface } from '../terminal/surface.ts';

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
  const exact = Math.min(1, Math.max(0, share)) * width * 2;
  // Something is never drawn as nothing.
  const halves = exact > 0.25 ? Math.max(1, Math.round(exact)) : 0;
  for (let column = 0; column < width; column++) {
    const left = halves - column * 2;
    if (left >= 2) surface.set(x + column, y, glyphs.bar, style);
    else if (left === 1) surface.set(x + column, y, glyphs.halfBar, style);
    else surface.set(x + column, y, glyphs.track, track);
  }
}
