import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KEYMAP } from '../../src/views/keymap.ts';
import { bundleForTest } from './bundle.ts';
import { PseudoTerminal, type PseudoTerminalOptions } from './pseudo-terminal.ts';

let program = '';
const opened: PseudoTerminal[] = [];

beforeAll(async () => {
  program = await bundleForTest('test/terminal/synthetic-screen.ts');
});
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
});
afterAll(() => rmSync(dirname(program), { recursive: true, force: true }));

async function shown(
  scenario: string,
  theme: string,
  options: PseudoTerminalOptions = {},
): Promise<PseudoTerminal> {
  const terminal = new PseudoTerminal(process.execPath, [program, scenario, theme], options);
  opened.push(terminal);
  await terminal.until(/quit/);
  return terminal;
}

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

/** By the number of the screen: a text that is there when it is shown. */
const SCREENS = [
  ['1', 'overview', /Symptoms|Delay p99/],
  ['2', 'cpu', /Flame graph|Callers below/],
  ['3', 'memory', /Heap spaces/],
  ['4', 'requests', /Percentiles/],
  ['5', 'loop', /Who held the loop/],
  ['6', 'resources', /Connection pools/],
  ['7', 'findings', /What to do/],
] as const;

const golden = (name: string): string => join(import.meta.dirname, 'goldens', `${name}.txt`);

/** The colours of a screen as letters, one for each look, with what each letter stands for below. */
function looksOf({ emulator }: PseudoTerminal): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&*+-=?@^~';
  const looks: string[] = [];
  const { active } = emulator.buffer;
  const lines = Array.from({ length: emulator.rows }, (_, y) => {
    const line = active.getLine(active.baseY + y);
    return Array.from({ length: emulator.cols }, (__, x) => {
      const cell = line?.getCell(x);
      if (!cell) return ' ';
      const blank = cell.isBgDefault() && cell.getChars().trim() === '';
      if (blank) return ' ';
      const colour = (isDefault: boolean, value: number) => (isDefault ? '-' : String(value));
      const look = [
        colour(cell.isFgDefault(), cell.getFgColor()),
        colour(cell.isBgDefault(), cell.getBgColor()),
        cell.isBold() ? 'bold' : '',
        cell.isInverse() ? 'inverse' : '',
      ].join(' ');
      if (!looks.includes(look)) looks.push(look);
      return letters.charAt(looks.indexOf(look)) || '.';
    })
      .join('')
      .trimEnd();
  });
  return [...lines, ...looks.map((look, i) => `${letters.charAt(i) || '.'} ${look}`.trimEnd()), ''].join(
    '\n',
  );
}

describe('the screens', () => {
  it.each(SIZES)('at %dx%d are drawn as they were agreed on', async (columns, rows) => {
    const terminal = await shown('still', 'dark', { columns, rows });
    for (const [key, name, seen] of SCREENS) {
      terminal.press(key);
      await terminal.until(seen);
      await terminal.untilStill();
      await expect(`${terminal.text()}\n`).toMatchFileSnapshot(golden(`${name}-${columns}x${rows}`));
    }
  });

  it.each(
    SIZES.flatMap(([columns, rows]) =>
      (['dark', 'light', 'high-contrast'] as const).map((theme) => [columns, rows, theme] as const),
    ),
  )('at %dx%d have the colours of the %s theme', async (columns, rows, theme) => {
    const terminal = await shown('still', theme, { columns, rows });
    await terminal.untilStill();
    await expect(looksOf(terminal)).toMatchFileSnapshot(golden(`looks-${theme}-${columns}x${rows}`));
  });

  it('take every key on every screen', async () => {
    const terminal = await shown('still', 'dark', { columns: 80, rows: 24 });
    const sent: Readonly<Record<string, string>> = {
      'shift-tab': '\x1b[Z',
      'page-up': '\x1b[5~',
      'page-down': '\x1b[6~',
      home: '\x1b[H',
      end: '\x1b[F',
      backspace: '\x7f',
      'ctrl-u': '\x15',
      'ctrl-d': '\x04',
    };
    const leaving = new Set(['quit', 'suspend']);
    const opening = new Set(['filter', 'mark', 'help', 'back']);
    for (const [screen, , seen] of SCREENS) {
      for (const { command, keys } of KEYMAP) {
        if (leaving.has(command)) continue;
        for (const key of keys) {
          terminal.press(screen, sent[key] ?? key);
          if (!opening.has(command)) continue;
          // An Escape is one when nothing follows it for 50 ms.
          if (key !== 'escape') terminal.press('escape');
          await new Promise((resolve) => setTimeout(resolve, 80));
        }
      }
      terminal.press(screen);
      await terminal.until(seen);
    }
    expect(terminal.exit).toBeNull();
  });

  it('show the same after a resize to a size as when they were opened at it', async () => {
    const opened120 = await shown('still', 'dark', { columns: 120, rows: 40 });
    await opened120.untilStill();
    const resized = await shown('still', 'dark', { columns: 200, rows: 60 });
    resized.resize(50, 10);
    await resized.until('needs 80x24');
    resized.resize(120, 40);
    await resized.until(() => resized.text() === opened120.text());
  });
});
