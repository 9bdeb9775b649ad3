/** Colours between their forms: `#rrggbb`, the 256-colour index, and the SGR parameters of each depth. */
import { assertNever } from '../../shared/result.ts';

/** 0: none (NO_COLOR); 16, 256: palettes; 24: true colour. */
export type ColourDepth = 0 | 16 | 256 | 24;

export type Rgb = readonly [red: number, green: number, blue: number];

const CUBE_LEVELS = [0, 95, 135, 175, 215, 255];

function fromHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Nearest entry of the 6x6x6 cube or the grey ramp; the first 16 are the terminal's own and not used. */
export function toPalette([red, green, blue]: Rgb): number {
  const level = (value: number) => {
    let best = 0;
    for (let i = 1; i < 6; i++) {
      if (Math.abs((CUBE_LEVELS[i] ?? 0) - value) < Math.abs((CUBE_LEVELS[best] ?? 0) - value)) best = i;
    }
    return best;
  };
  const [r, g, b] = [level(red), level(green), level(blue)];
  const distance = (cr: number, cg: number, cb: number) =>
    (cr - red) ** 2 + (cg - green) ** 2 + (cb - blue) ** 2;
  const cube = distance(CUBE_LEVELS[r] ?? 0, CUBE_LEVELS[g] ?? 0, CUBE_LEVELS[b] ?? 0);
  const step = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const grey = 8 + step * 10;
  return distance(grey, grey, grey) < cube ? 232 + step : 16 + 36 * r + 6 * g + b;
}

/** The nearest of the terminal's 16 by brightness and hue, as the SGR foreground parameter (30 to 37, 90 to 97). */
export function toAnsi16([red, green, blue]: Rgb): number {
  const brightest = Math.max(red, green, blue);
  if (brightest < 60) return 30;
  const threshold = brightest * 0.62;
  const hue = (red >= threshold ? 1 : 0) | (green >= threshold ? 2 : 0) | (blue >= threshold ? 4 : 0);
  if (hue === 7) return brightest > 200 ? 97 : brightest > 140 ? 37 : 90;
  return (brightest > 190 ? 90 : 30) + hue;
}

/** SGR parameters that set a foreground or background colour. */
export function colourParameters(
  hex: string,
  depth: ColourDepth,
  layer: 'foreground' | 'background',
): string {
  const rgb = fromHex(hex);
  const base = layer === 'foreground' ? 38 : 48;
  switch (depth) {
    case 0:
      return '';
    case 16:
      return String(toAnsi16(rgb) + (layer === 'foreground' ? 0 : 10));
    case 256:
      return `${base};5;${toPalette(rgb)}`;
    case 24:
      return `${base};2;${rgb.join(';')}`;
    default:
      return assertNever(depth);
  }
}
