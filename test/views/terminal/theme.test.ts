import { describe, expect, it } from 'vitest';
import { toAnsi16, toPalette } from '../../../src/views/terminal/colours.ts';
import { PALETTES } from '../../../src/views/terminal/palettes.ts';
import {
  colourDepthFrom,
  paletteFromEnvironment,
  paletteFromReply,
} from '../../../src/views/terminal/terminal-look.ts';
import { Theme } from '../../../src/views/terminal/theme.ts';

describe('Theme', () => {
  it('gives the same look the same id', () => {
    const theme = new Theme({ palette: 'dark', depth: 256, ascii: false });
    expect(theme.style('critical', { bold: true })).toBe(theme.style('critical', { bold: true }));
    expect(theme.style('critical')).not.toBe(theme.style('warning'));
  });

  it('changes from one style to another in one sequence', () => {
    const theme = new Theme({ palette: 'dark', depth: 256, ascii: false });
    const bold = theme.style('warning', { bold: true });
    expect(theme.transition(0, bold)).toBe('\x1b[1;38;5;214m');
    expect(theme.transition(bold, theme.style('warning'))).toBe('\x1b[0;38;5;214m');
    expect(theme.transition(bold, bold)).toBe('');
  });

  it('uses attributes and no colour at all under NO_COLOR', () => {
    const theme = new Theme({ palette: 'dark', depth: 0, ascii: false });
    for (const token of Object.keys(PALETTES.dark.tokens) as (keyof typeof PALETTES.dark.tokens)[]) {
      const change = theme.transition(0, theme.style(token, { background: 'accent' }));
      expect(change).not.toMatch(/3[0-8]|4[0-8]|9\d|10\d/);
    }
    expect(theme.transition(0, theme.style('critical'))).toBe('\x1b[1m');
  });

  it('keeps the severities apart in every palette and depth', () => {
    for (const palette of ['dark', 'light', 'high-contrast'] as const) {
      for (const depth of [16, 256, 24] as const) {
        const theme = new Theme({ palette, depth, ascii: false });
        const looks = (['ok', 'warning', 'critical', 'dim'] as const).map((token) =>
          theme.transition(0, theme.style(token)),
        );
        expect(
          new Set(looks).size,
          `${palette} ${depth}: ${looks.map((look) => look.slice(1)).join(' ')}`,
        ).toBe(4);
      }
    }
  });

  it('finds the nearest colour of a smaller palette', () => {
    expect(toPalette([255, 175, 0])).toBe(214);
    expect(toPalette([138, 138, 138])).toBe(245);
    expect(toAnsi16([215, 0, 0])).toBe(91);
  });
});

describe('what the terminal can show', () => {
  it.each([
    [{ TERM: 'xterm-256color' }, 256],
    [{ TERM: 'tmux-256color' }, 256],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 24],
    [{ TERM: 'linux' }, 16],
    [{ TERM: 'dumb' }, 0],
    [{ TERM: 'xterm-256color', NO_COLOR: '1' }, 0],
    [{ TERM: 'xterm-256color', NO_COLOR: '' }, 256],
  ])('takes %j for %i colours', (env, depth) => {
    expect(colourDepthFrom(env)).toBe(depth);
  });

  it('reads the background from COLORFGBG and from the answer to a query', () => {
    expect(paletteFromEnvironment({ COLORFGBG: '15;0' })).toBe('dark');
    expect(paletteFromEnvironment({ COLORFGBG: '0;default;15' })).toBe('light');
    expect(paletteFromEnvironment({})).toBeNull();
    expect(paletteFromReply('\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\')).toBe('light');
    expect(paletteFromReply('\x1b]11;rgb:1414/1717/1c1c\x07')).toBe('dark');
    expect(paletteFromReply('\x1b[?62c')).toBeNull();
  });
});
