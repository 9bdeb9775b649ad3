import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenersOffMainLoop } from '../../src/inspector/debug-port.ts';
import { nodeTreeOf } from '../../src/inspector/process-tree.ts';
import { PROGRAM } from '../support/program.ts';
import { startTarget } from '../support/target-process.ts';
import { PseudoTerminal } from '../terminal/pseudo-terminal.ts';

const CLUSTER = join(import.meta.dirname, 'fleet', 'cluster.cjs');
/** Four processes are attached to one after the other, and a profile has to be cut. */
const SEEN_MS = 60_000;

const opened: PseudoTerminal[] = [];
/** What `w` writes goes where the program was started. */
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loopscope-fleet-'));
});
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  [80, 24],
  [160, 50],
])('attach --tree on a terminal of %ix%i', (columns, rows) => {
  it('shows the processes side by side, the screens of each, and who takes the place of one that dies', async () => {
    const ready = /ready (\d+) (\d+) (\d+)/;
    const cluster = await startTarget([CLUSTER], { ready });
    const [, first = ''] = await cluster.printed(ready);
    const args = [PROGRAM, 'attach', '--tree', String(cluster.pid)];
    const terminal = new PseudoTerminal(process.execPath, args, { columns, rows, cwd: folder });
    opened.push(terminal);
    await terminal.until('4 of 4 processes', SEEN_MS);
    await terminal.until(/blockTogether blocks the[^]*on 2 of 4 processes: \d+, \d+/, SEEN_MS);

    process.kill(Number(first), 'SIGKILL');
    await terminal.until('started 2 times', SEEN_MS);
    await terminal.until('4 of 4 processes', SEEN_MS);
    expect(terminal.text()).not.toMatch(new RegExp(`\\b${first}\\b`));

    // The primary stands first; its successor's row is the one below.
    terminal.press('down');
    await terminal.until(/▶ .*started 2 times/);
    const [, successor] = /▶ +(?:\S+ +)?(\d+) .*started/.exec(terminal.text()) ?? [];
    terminal.press('enter');
    await terminal.until(new RegExp(`pid ${successor}\\b`));
    terminal.press('2');
    await terminal.until('Flame');
    terminal.press('escape');
    await terminal.until('Hottest functions');
    terminal.press('escape');
    await terminal.until('4 of 4 processes');
    terminal.press('w');
    await terminal.until(/written to loopscope-fleet-\S+/, SEEN_MS);
    const [written = ''] = readdirSync(folder);
    expect(readdirSync(join(folder, written))).toHaveLength(5);
    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    await terminal.until('The services run on as they were.');
    expect(terminal.modes()).toMatchObject({ alternate: false, cursorHidden: false });
    const left = nodeTreeOf(cluster.pid).filter(({ pid }) => listenersOffMainLoop(pid).length > 0);
    expect(left).toEqual([]);
  });
});
