import { describe, expect, it } from 'vitest';
import { Surface } from '../../../src/views/terminal/surface.ts';
import { Theme } from '../../../src/views/terminal/theme.ts';

const theme = new Theme({ palette: 'dark', depth: 256, ascii: false });

describe('Surface', () => {
  it.each([
    ['plain text', 'handler', 'handler |'],
    ['text that is too long', 'processTicks', 'process…|'],
    ['wide letters', '日本語です', '日本語… |'],
    ['emoji', '🚀🚀', '🚀🚀    |'],
    ['letters with marks', 'e\u0301te\u0301', 'e\u0301te\u0301     |'],
    ['right-to-left letters', 'שלום', 'שלום    |'],
  ])('keeps the border in place beside %s', (_what, text, expected) => {
    const surface = new Surface(9, 1, theme);
    surface.set(8, 0, '|');
    surface.text(0, 0, text, 0, 8);
    expect(surface.toText()).toBe(expected);
  });

  it('draws nothing outside of itself', () => {
    const surface = new Surface(3, 2, theme);
    surface.text(2, 5, 'below');
    surface.text(-1, 0, 'ab');
    surface.fill(-5, -5, 20, 1, 'x', 0);
    expect(surface.toText()).toBe('b\n');
  });

  it('puts text flush right by its columns', () => {
    const surface = new Surface(8, 1, theme);
    surface.textRight(0, 0, 8, '日本');
    expect(surface.toText()).toBe('    日本');
  });
});
