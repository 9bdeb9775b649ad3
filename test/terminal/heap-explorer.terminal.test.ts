/** `loopscope heap` in a real pseudo-terminal, on snapshots of a real process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PseudoTerminal, type PseudoTerminalOptions } from './pseudo-terminal.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/loopscope.js');
const folder = mkdtempSync(join(tmpdir(), 'loopscope-explorer-'));
const [before, after] = [join(folder, 'before.heapsnapshot'), join(folder, 'after.heapsnapshot')];

/** Keeps 500 sessions between the two snapshots of itself. */
const GROWS = `
  const { writeHeapSnapshot } = require('node:v8');
  class Session { constructor(token) { this.token = token; this.cart = [token, token + 'x']; } }
  globalThis.sessionsByToken = new Map();
  writeHeapSnapshot(${JSON.stringify(before)});
  for (let i = 0; i < 500; i++) sessionsByToken.set('token-' + i, new Session('token-' + i));
  writeHeapSnapshot(${JSON.stringify(after)});
`;

beforeAll(() => {
  execFileSync(process.execPath, ['-e', GROWS]);
  expect(statSync(after).size).toBeGreaterThan(1_000_000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const opened: PseudoTerminal[] = [];
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
});

function explore(files: readonly string[], options: PseudoTerminalOptions = {}): PseudoTerminal {
  const terminal = new PseudoTerminal(process.execPath, [PROGRAM, 'heap', ...files], options);
  opened.push(terminal);
  return terminal;
}

describe('the heap explorer in a terminal', () => {
  it('goes from what holds the growth to an object of it, and gives the terminal back on q', async () => {
    const terminal = explore([before, after]);
    await terminal.until(/▶ 500 x Session {2}in Map .*sessionsByToken/);
    expect(terminal.text()).toMatch(/\.sessionsByToken +Map/);

    terminal.press('enter');
    await terminal.until(/Kept alive by Map @\d+/);
    await terminal.until(/▶ ▸ \(array\)/);
    // V8's table of the Map comes first, and the sessions in it.
    terminal.press('right');
    await terminal.until(/▸ Session/);
    terminal.press('G', 'right');
    await terminal.until(/▶ +[▾·] Session/);

    terminal.press('escape');
    await terminal.until('What holds the growth');
    terminal.press('f', 'token-499', 'enter');
    await terminal.until(/Found: token-499/);
    await terminal.until(/▶ "token-499/);
    await terminal.until(/\["token-499"\]|\.token/);

    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    expect(terminal.modes()).toEqual({ alternate: false, cursorHidden: false, wrap: true, paste: false });
  });

  it('fits another size at once, and says so where it is too small', async () => {
    const terminal = explore([after], { columns: 80, rows: 24 });
    await terminal.until('Objects that keep the most alive');
    terminal.resize(60, 20);
    await terminal.until('needs 80x24');
    terminal.resize(120, 40);
    await terminal.until(/Objects that keep the most alive.*Held by/);
  });

  it.each([
    ['of a light terminal', [], 'ffff/ffff/ffff'],
    ['that is asked for', ['--theme', 'light'], '0000/0000/0000'],
  ])('takes the palette %s', async (_which, args, background) => {
    const terminal = explore([...args, after], { background });
    await terminal.until('Objects that keep the most alive');
    // The accent of the light palette.
    await terminal.until(() => terminal.raw.includes('38;5;25'));
  });

  it('ends with one line and exit code 2 for a file that is none', async () => {
    const terminal = explore([join(folder, 'missing.heapsnapshot')]);
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 2 });
    await terminal.until(/loopscope: .*missing\.heapsnapshot cannot be read/);
    expect(terminal.modes().alternate).toBe(false);
  });

  it('is left by SIGTERM while it reads', async () => {
    const terminal = explore([before, after]);
    await terminal.until('before.heapsnapshot');
    terminal.process.kill('SIGTERM');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 130 });
    expect(terminal.modes().alternate).toBe(false);
  });
});
