/** The colours of each theme, by what they stand for. Values sit on the 256-colour cube where they can. */

/** `attributes` replace the colour when there is none (NO_COLOR). */
interface Look {
  /** `#rrggbb`, or null for the terminal's own foreground. */
  readonly colour: `#${string}` | null;
  readonly attributes: '' | 'bold' | 'dim';
}

const TOKENS = [
  'text',
  'strong',
  'dim',
  'faint',
  'border',
  'title',
  'accent',
  'ok',
  'warning',
  'critical',
  'onBadge',
  'criticalBadge',
  'onCritical',
  'tab',
  'percentile50',
  'percentile99',
  'series',
  'heapOld',
  'heapNew',
  'heapExternal',
  'onFlame',
  'onSelected',
  'search',
  'panel',
] as const;

export type Token = (typeof TOKENS)[number];
export type PaletteName = 'dark' | 'light' | 'high-contrast';

export interface Palette {
  readonly tokens: Readonly<Record<Token, Look>>;
  /** Few to many, for heat maps. */
  readonly heat: readonly `#${string}`[];
  /** Three shades for each kind of frame, so that neighbours differ. */
  readonly flame: Readonly<
    Record<'user' | 'dependency' | 'node' | 'native' | 'meta', readonly `#${string}`[]>
  >;
  /** A flame graph's frames that a search does not find. */
  readonly flameMuted: `#${string}`;
  readonly flameSelected: `#${string}`;
}

type Colours = readonly [
  dark: `#${string}` | null,
  light: `#${string}` | null,
  contrast: `#${string}` | null,
];

const ATTRIBUTES: Partial<Record<Token, 'bold' | 'dim'>> = {
  strong: 'bold',
  title: 'bold',
  accent: 'bold',
  warning: 'bold',
  critical: 'bold',
  percentile99: 'bold',
  tab: 'bold',
  dim: 'dim',
  faint: 'dim',
  border: 'dim',
};

const COLOURS: Readonly<Record<Token, Colours>> = {
  text: [null, null, null],
  strong: ['#ffffff', '#080808', '#ffffff'],
  dim: ['#8a8a8a', '#6c6c6c', '#d0d0d0'],
  faint: ['#585858', '#a8a8a8', '#b2b2b2'],
  border: ['#4e4e4e', '#bcbcbc', '#b2b2b2'],
  title: ['#afd7ff', '#005f87', '#ffffff'],
  accent: ['#5fafff', '#005faf', '#87d7ff'],
  ok: ['#5fd7af', '#00875f', '#00ff87'],
  warning: ['#ffaf00', '#af5f00', '#ffff00'],
  critical: ['#ff875f', '#d7005f', '#ff8787'],
  criticalBadge: ['#d70000', '#d70000', '#ff8787'],
  onCritical: ['#ffffff', '#ffffff', '#000000'],
  onBadge: ['#000000', '#ffffff', '#000000'],
  tab: ['#303030', '#e4e4e4', '#ffffff'],
  percentile50: ['#5fafff', '#005faf', '#87d7ff'],
  percentile99: ['#ffaf00', '#af5f00', '#ffff00'],
  series: ['#5fafff', '#005faf', '#87d7ff'],
  heapOld: ['#5f87af', '#5f87af', '#5fafff'],
  heapNew: ['#5faf87', '#5faf87', '#00ff87'],
  heapExternal: ['#af87af', '#af87af', '#ffafff'],
  onFlame: ['#000000', '#000000', '#000000'],
  onSelected: ['#000000', '#ffffff', '#000000'],
  search: ['#ffff5f', '#ffd700', '#ffff00'],
  panel: ['#1c1c1c', '#f0f0f0', '#000000'],
};

const FLAME: Palette['flame'] = {
  user: ['#ffaf5f', '#ffd75f', '#ff875f'],
  dependency: ['#5fd7d7', '#87d7d7', '#5fafaf'],
  node: ['#afafd7', '#d7afff', '#af87d7'],
  native: ['#bcbcbc', '#d7d7d7', '#a8a8a8'],
  meta: ['#d0d0d0', '#d0d0d0', '#d0d0d0'],
};

const DARK_HEAT = [
  '#005f87',
  '#0087af',
  '#00afaf',
  '#5fd7af',
  '#87d787',
  '#afd75f',
  '#ffd700',
  '#ffff87',
  '#ffffd7',
] as const;
const LIGHT_HEAT = [
  '#d7ffff',
  '#afffff',
  '#87d7ff',
  '#5fafff',
  '#5f87ff',
  '#5f5fd7',
  '#5f00af',
  '#5f005f',
  '#000000',
] as const;

export const PALETTES: Readonly<Record<PaletteName, Palette>> = {
  dark: palette(0, DARK_HEAT, '#303030', '#eeeeee'),
  light: palette(1, LIGHT_HEAT, '#dadada', '#005f87'),
  'high-contrast': palette(2, DARK_HEAT, '#444444', '#ffffff'),
};

function palette(
  column: 0 | 1 | 2,
  heat: Palette['heat'],
  flameMuted: `#${string}`,
  flameSelected: `#${string}`,
): Palette {
  const tokens = Object.fromEntries(
    TOKENS.map((token) => [token, { colour: COLOURS[token][column], attributes: ATTRIBUTES[token] ?? '' }]),
  ) as Record<Token, Look>;
  return { tokens, heat, flame: FLAME, flameMuted, flameSelected };
}
