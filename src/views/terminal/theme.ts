/**
 * What things look like. Panels name what they draw (`critical`, `border`, `percentile99`), the theme gives it a
 * style for the terminal's colours and background. Styles are interned: a cell holds a small number.
 *
 * The palette is blue, orange and vermilion with differing lightness, which colour-blind people tell apart
 * (Okabe and Ito, "Color universal design"); and a sign stands beside every colour that means something.
 */
import { colourParameters, type ColourDepth } from './colours.ts';
import { ASCII_GLYPHS, UNICODE_GLYPHS, type Glyphs } from './glyphs.ts';
import { PALETTES, type Palette, type PaletteName, type Token } from './palettes.ts';

/** Index into the theme's styles; 0 is the terminal's own text. */
export type StyleId = number;

export interface StyleOptions {
  /** A token, or a colour of its own as `#rrggbb`. */
  readonly background?: Token | Colour;
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export type Colour = `#${string}`;

interface Style {
  readonly foreground: string;
  readonly background: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

export interface ThemeOptions {
  readonly palette: PaletteName;
  readonly depth: ColourDepth;
  readonly ascii: boolean;
}

export class Theme {
  readonly glyphs: Glyphs;
  readonly depth: ColourDepth;
  readonly palette: Palette;
  readonly #styles: Style[] = [];
  readonly #ids = new Map<string, StyleId>();
  readonly #named = new Map<Token, StyleId>();
  /** By foreground, background and attributes: asked for some hundred times a frame, so no key is built. */
  readonly #asked = new Map<Token | Colour | null, Map<Token | Colour | null, StyleId[]>>();
  readonly #changes = new Map<number, string>();

  constructor(options: ThemeOptions) {
    this.depth = options.depth;
    this.palette = PALETTES[options.palette];
    this.glyphs = options.ascii ? ASCII_GLYPHS : UNICODE_GLYPHS;
    this.#intern({
      foreground: '',
      background: '',
      bold: false,
      dim: false,
      underline: false,
      inverse: false,
    });
  }

  /** The plain style of a token; the call for the hot paths. */
  styleOf(token: Token): StyleId {
    const known = this.#named.get(token);
    if (known !== undefined) return known;
    const id = this.style(token);
    this.#named.set(token, id);
    return id;
  }

  style(foreground: Token | Colour | null, options: StyleOptions = {}): StyleId {
    let ofForeground = this.#asked.get(foreground);
    if (!ofForeground) this.#asked.set(foreground, (ofForeground = new Map()));
    const background = options.background ?? null;
    let ofBoth = ofForeground.get(background);
    if (!ofBoth) ofForeground.set(background, (ofBoth = []));
    const attributes = (options.bold ? 1 : 0) + (options.underline ? 2 : 0) + (options.inverse ? 4 : 0);
    return (ofBoth[attributes] ??= this.#makeStyle(foreground, options));
  }

  #makeStyle(foreground: Token | Colour | null, options: StyleOptions): StyleId {
    const colour = this.#colourOf(foreground);
    const background = this.#colourOf(options.background ?? null);
    const look = foreground === null || isColour(foreground) ? undefined : this.palette.tokens[foreground];
    const monochrome = this.depth === 0;
    const attributes = look?.attributes ?? '';
    return this.#intern({
      foreground: colour === null ? '' : colourParameters(colour, this.depth, 'foreground'),
      background: background === null ? '' : colourParameters(background, this.depth, 'background'),
      bold: (options.bold ?? false) || (monochrome && attributes === 'bold'),
      dim: monochrome && attributes === 'dim',
      underline: options.underline ?? false,
      // Without colours, a block of background is shown by swapping the terminal's own two.
      inverse: (options.inverse ?? false) || (monochrome && options.background !== undefined),
    });
  }

  /** The escape sequence that changes one style into another; '' when they are the same. */
  transition(from: StyleId, to: StyleId): string {
    if (from === to) return '';
    const key = from * 65_536 + to;
    const known = this.#changes.get(key);
    if (known !== undefined) return known;
    const change = changeOf(this.#styles[from], this.#styles[to]);
    this.#changes.set(key, change);
    return change;
  }

  #colourOf(name: Token | Colour | null): string | null {
    if (name === null) return null;
    return isColour(name) ? name : this.palette.tokens[name].colour;
  }

  #intern(style: Style): StyleId {
    const key = `${style.foreground}|${style.background}|${+style.bold}${+style.dim}${+style.underline}${+style.inverse}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#styles.push(style) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

function isColour(name: string): name is Colour {
  return name.startsWith('#');
}

function changeOf(from: Style | undefined, to: Style | undefined): string {
  if (!from || !to) return '\x1b[0m';
  const codes: string[] = [];
  let before = from;
  const mustReset =
    (from.bold && !to.bold) ||
    (from.dim && !to.dim) ||
    (from.underline && !to.underline) ||
    (from.inverse && !to.inverse);
  if (mustReset) {
    codes.push('0');
    before = { foreground: '', background: '', bold: false, dim: false, underline: false, inverse: false };
  }
  if (to.bold && !before.bold) codes.push('1');
  if (to.dim && !before.dim) codes.push('2');
  if (to.underline && !before.underline) codes.push('4');
  if (to.inverse && !before.inverse) codes.push('7');
  if (to.foreground !== before.foreground) codes.push(to.foreground || '39');
  if (to.background !== before.background) codes.push(to.background || '49');
  return `\x1b[${codes.join(';')}m`;
}
