import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { PROGRAM } from '../support/program.ts';
import { PseudoTerminal } from '../terminal/pseudo-terminal.ts';

const SERVICES = join(import.meta.dirname, 'run');
/** A profile has to be cut before a function is named. */
const SEEN_MS = 60_000;

const opened: PseudoTerminal[] = [];
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
});

function run(args: readonly string[], columns: number, rows: number): PseudoTerminal {
  const terminal = new PseudoTerminal(process.execPath, [PROGRAM, 'run', ...args], { columns, rows });
  opened.push(terminal);
  return terminal;
}

/** The file that the program names when it ends. */
async function outputFile(terminal: PseudoTerminal): Promise<string> {
  await terminal.until('its output is in', SEEN_MS);
  const [, file = ''] = /its output is in (\S+\.log)/.exec(terminal.text().replaceAll('\n', '')) ?? [];
  onTestFinished(() => rmSync(file));
  return file;
}

describe.each([
  [80, 24],
  [160, 50],
])('run on a terminal of %ix%i', (columns, rows) => {
  it('shows what the service prints, what ran from its first line on, and passes its exit code on', async () => {
    const terminal = run([join(SERVICES, 'blocks-at-start.cjs'), '7'], columns, rows);
    await terminal.until(/o output/, SEEN_MS);
    terminal.press('o');
    await terminal.until('Output of the service');
    await terminal.until('its own word');
    expect(terminal.text()).not.toContain('Debugger');
    terminal.press('2');
    await terminal.until('blockFromTheFirstLine', SEEN_MS);
    await terminal.until('ENDED', SEEN_MS);
    terminal.press('q');
    const file = await outputFile(terminal);
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 7 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"arguments":\["7"\].*\n(?:.*\n)*/);
    expect(terminal.modes()).toMatchObject({ alternate: false, cursorHidden: false });
  });
});

describe('run on a terminal', () => {
  it('hands Ctrl-C on to the service, once, and leaves the screens', async () => {
    const terminal = run([join(SERVICES, 'counts-signals.cjs')], 80, 24);
    await terminal.until('LIVE', SEEN_MS);
    terminal.press('o');
    await terminal.until(/│ ready/);
    terminal.press('ctrl-c');
    await terminal.until('The service runs on as it was.', SEEN_MS);
    // On the terminal that was given back, Ctrl-C is a signal again, and the service is still our child.
    terminal.press('ctrl-c');
    const file = await outputFile(terminal);
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 9 });
    expect(readFileSync(file, 'utf8')).toBe('ready\nSIGINT 1\nSIGINT 2\n');
  });

  it('goes back and forth in the output, and follows at its end', async () => {
    const terminal = run(
      ['node', '-e', "let n = 0; setInterval(() => console.log('line', n++), 20)"],
      80,
      24,
    );
    await terminal.until('LIVE', SEEN_MS);
    terminal.press('o');
    await terminal.until(/line 60\b/, SEEN_MS);
    terminal.press('g');
    await terminal.until(/│ line 0 /);
    await terminal.until(/\d+ newer below/);
    terminal.press('G');
    await terminal.until('following');
    terminal.press('q');
    await terminal.until('The service runs on as it was.', SEEN_MS);
    // Its output goes on where it was started.
    await terminal.until(/^line \d+$/m);
    terminal.press('ctrl-c');
    await outputFile(terminal);
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 130 });
  });
});
