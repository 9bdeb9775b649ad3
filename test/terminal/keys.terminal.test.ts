import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
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

describe('the screens', () => {
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
