import headless from '@xterm/headless';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScreenDiff } from '../../../src/views/terminal/screen-diff.ts';
import { Surface } from '../../../src/views/terminal/surface.ts';
import { Theme } from '../../../src/views/terminal/theme.ts';

const [COLUMNS, ROWS] = [20, 6];
const theme = new Theme({ palette: 'dark', depth: 256, ascii: false });

interface Stroke {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly bold: boolean;
}

const strokes = fc.array(
  fc.record({
    x: fc.nat(COLUMNS),
    y: fc.nat(ROWS - 1),
    text: fc.constantFrom('a', 'loop', '日本', '│', '⣿⣿', '   ', 'é'),
    bold: fc.boolean(),
  }),
);

function surfaceOf(drawn: readonly Stroke[]): Surface {
  const surface = new Surface(COLUMNS, ROWS, theme);
  for (const { x, y, text, bold } of drawn) {
    // Half of a wide letter cannot be drawn over: panels never overlap inside one surface.
    surface.fill(0, y, COLUMNS, 1, ' ', 0);
    surface.text(x, y, text, theme.style('warning', { bold }));
  }
  return surface;
}

function shown(terminal: InstanceType<typeof headless.Terminal>): string {
  const { active } = terminal.buffer;
  return Array.from({ length: ROWS }, (_, y) =>
    (active.getLine(y)?.translateToString(true) ?? '').trimEnd(),
  ).join('\n');
}

describe('ScreenDiff', () => {
  it('brings a terminal to any next picture', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(strokes, { minLength: 1, maxLength: 4 }), async (pictures) => {
        const terminal = new headless.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
        const diff = new ScreenDiff();
        for (const picture of pictures) {
          const surface = surfaceOf(picture);
          const bytes = diff.update(surface);
          await new Promise<void>((resolve) => terminal.write(bytes, resolve));
          expect(shown(terminal)).toBe(surface.toText());
        }
        terminal.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('writes nothing when nothing changed', () => {
    const diff = new ScreenDiff();
    diff.update(surfaceOf([{ x: 1, y: 1, text: 'loop', bold: true }]));
    expect(diff.update(surfaceOf([{ x: 1, y: 1, text: 'loop', bold: true }]))).toBe('');
  });

  it('writes one changed letter as one letter, in a synchronised update', () => {
    const diff = new ScreenDiff();
    diff.update(surfaceOf([]));
    const surface = surfaceOf([]);
    surface.set(4, 2, 'x');
    expect(diff.update(surface)).toBe('\x1b[?2026h\x1b[3;5Hx\x1b[?2026l');
  });

  it('writes the whole picture again after a reset and after a change of size', () => {
    const diff = new ScreenDiff();
    diff.update(surfaceOf([]));
    diff.reset();
    expect(diff.update(surfaceOf([]))).toContain('\x1b[2J');
    expect(diff.update(new Surface(5, 5, theme))).toContain('\x1b[2J');
  });
});
