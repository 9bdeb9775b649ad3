/** What the terminal can show, from its environment and from its own answer. */
import type { ColourDepth } from './colours.ts';
import type { PaletteName } from './palettes.ts';

/** Colours by convention: NO_COLOR (no-color.org), COLORTERM, TERM. 256 colours are the default. */
export function colourDepthFrom(env: NodeJS.ProcessEnv): ColourDepth {
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return 0;
  if (env['COLORTERM'] === 'truecolor' || env['COLORTERM'] === '24bit') return 24;
  const term = env['TERM'] ?? '';
  return /^(linux|ansi|vt\d+|cons25|xterm|screen|xterm-16color)$/.test(term) ? 16 : 256;
}

/** The palette for a background named in COLORFGBG (`15;0`: the last number is the background); null when unsaid. */
export function paletteFromEnvironment(env: NodeJS.ProcessEnv): PaletteName | null {
  const background = /;(\d+)$/.exec(env['COLORFGBG'] ?? '')?.[1];
  if (background === undefined) return null;
  // White and light grey; the other fourteen are dark.
  return background === '7' || background === '15' ? 'light' : 'dark';
}

/** Asks for the background colour; a second question that every terminal answers marks the end of waiting. */
export const BACKGROUND_QUERY = '\x1b]11;?\x1b\\\x1b[c';

/** Longest wait for the answer before the dark palette is taken: a slow link answers later and is repainted. */
export const BACKGROUND_TIMEOUT_MS = 150;

/** The palette for an answer like `ESC ] 11 ; rgb:ffff/ffff/ffff ESC \`; null when it is another answer. */
export function paletteFromReply(reply: string): PaletteName | null {
  const channels = /\]11;rgba?:([0-9a-f]+)\/([0-9a-f]+)\/([0-9a-f]+)/i.exec(reply);
  if (!channels) return null;
  const [red, green, blue] = channels
    .slice(1)
    .map((hex) => Number.parseInt(hex, 16) / (16 ** hex.length - 1));
  // Relative luminance (ITU-R BT.709), on the encoded values: near enough to tell paper from slate.
  const luminance = 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
  return luminance > 0.5 ? 'light' : 'dark';
}
