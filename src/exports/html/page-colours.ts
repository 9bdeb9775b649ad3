/** The colours of the terminal as the page's custom properties: dark and light as the reader's system, paper light. */
import { PALETTES, type Palette, type Token } from '../../views/terminal/palettes.ts';

/** A terminal brings its own background and text; these are those of the pictures in the README. */
const GROUNDS = {
  dark: { page: '#14171c', text: '#c8ccd4', raised: '#1b1f26' },
  light: { page: '#ffffff', text: '#24292e', raised: '#f6f8fa' },
} as const;

const USED: readonly Token[] = [
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
  'percentile50',
  'percentile99',
  'series',
  'heapOld',
  'heapNew',
  'heapExternal',
  'onFlame',
  'onSelected',
  'search',
];

/** The style sheet's first part. */
export function pageColours(): string {
  const [light, dark] = [propertiesOf('light'), propertiesOf('dark')];
  return `:root{color-scheme:light dark;${light}}@media screen and (prefers-color-scheme:dark){:root{${dark}}}${fills()}`;
}

/** Classes that fill a shape with a shade. */
function fills(): string {
  const { heat, flame } = PALETTES.light;
  const names = [
    ...heat.map((_, step) => [`.heat-${step}`, `heat-${step}`] as const),
    ...Object.entries(flame).flatMap(([origin, shades]) =>
      shades.map((_, shade) => [`.${origin}-${shade}`, `flame-${origin}-${shade}`] as const),
    ),
  ];
  return names.map(([selector, name]) => `${selector}{fill:var(--${name})}`).join('');
}

function propertiesOf(name: keyof typeof GROUNDS): string {
  const palette: Palette = PALETTES[name];
  const properties = [
    ...Object.entries(GROUNDS[name]),
    ...USED.map((token) => [token, palette.tokens[token].colour ?? 'currentColor'] as const),
    ...palette.heat.map((colour, step) => [`heat-${step}`, colour] as const),
    ...Object.entries(palette.flame).flatMap(([origin, shades]) =>
      shades.map((colour, shade) => [`flame-${origin}-${shade}`, colour] as const),
    ),
    ['flame-muted', palette.flameMuted] as const,
    ['flame-selected', palette.flameSelected] as const,
  ];
  return properties.map(([key, colour]) => `--${key}:${colour}`).join(';');
}
