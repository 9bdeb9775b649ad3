import { describe, expect, it } from 'vitest';
import { PALETTES, type PaletteName, type Token } from '../../../src/views/terminal/palettes.ts';

type Triple = readonly [number, number, number];

const linearOf = (hex: string): Triple => {
  const value = Number.parseInt(hex.slice(1), 16);
  const channel = (byte: number) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return [channel((value >> 16) & 255), channel((value >> 8) & 255), channel(value & 255)];
};

const times = (matrix: readonly Triple[], [r, g, b]: Triple): Triple =>
  matrix.map(([x, y, z]) => x * r + y * g + z * b) as unknown as Triple;

/** Viénot, Brettel and Mollon 1999: what red-blind and green-blind people see, in linear RGB. */
const EYES: Readonly<Record<string, readonly Triple[]>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no red cones': [
    [0.112_38, 0.887_62, 0],
    [0.112_38, 0.887_62, 0],
    [0.004_01, -0.004_01, 1],
  ],
  'no green cones': [
    [0.292_75, 0.707_25, 0],
    [0.292_75, 0.707_25, 0],
    [-0.022_34, 0.022_34, 1],
  ],
};

const TO_XYZ: readonly Triple[] = [
  [0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505],
  [0.2126, 0.7152, 0.0722],
  [0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089],
];

function labOf(linear: Triple): Triple {
  const root = (share: number) => (share > 0.008_856 ? Math.cbrt(share) : 7.787 * share + 16 / 116);
  const [x, y, z] = times(TO_XYZ, linear).map((share) => root(Math.max(0, share))) as unknown as Triple;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const colourOf = (palette: PaletteName, token: Token): string => PALETTES[palette].tokens[token].colour ?? '';

/** CIE 1976: 2.3 is just noticeable; ten times that is another colour at a glance, in a small cell too. */
const APART = 23;

describe('the colours that mean something', () => {
  it.each(
    (['dark', 'light', 'high-contrast'] as const).flatMap((palette) =>
      Object.keys(EYES).map((eyes) => [palette, eyes] as const),
    ),
  )('of the %s theme differ for eyes with %s', (palette, eyes) => {
    const tokens = ['accent', 'warning', 'critical'] as const;
    for (const [i, one] of tokens.entries()) {
      for (const other of tokens.slice(i + 1)) {
        const [a, b] = [one, other].map((token) =>
          labOf(times(EYES[eyes] ?? [], linearOf(colourOf(palette, token)))),
        ) as [Triple, Triple];
        const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        expect(distance, `${one} and ${other}`).toBeGreaterThan(APART);
      }
    }
  });

  it.each([
    ['dark', '#14171c', 4.5],
    ['light', '#ffffff', 4.5],
    ['high-contrast', '#000000', 7],
  ] as const)('of the %s theme stand out from its background as WCAG asks', (palette, background, ratio) => {
    const luminance = (hex: string) => times(TO_XYZ, linearOf(hex))[1];
    for (const token of ['accent', 'ok', 'warning', 'critical'] as const) {
      const [light, dark] = [luminance(colourOf(palette, token)), luminance(background)].toSorted(
        (a, b) => b - a,
      ) as [number, number];
      expect((light + 0.05) / (dark + 0.05), token).toBeGreaterThanOrEqual(ratio);
    }
  });
});
