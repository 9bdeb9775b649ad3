import { afterEach, describe, expect, it } from 'vitest';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import { PROGRAM } from '../support/program.ts';
import { strippedNode } from '../support/stripped-node.ts';
import { startScript, type TargetProcess } from '../support/target-process.ts';
import { PseudoTerminal, type PseudoTerminalOptions } from '../terminal/pseudo-terminal.ts';

const IDLE = 'setInterval(() => {}, 1000);';
/** Longer than it takes to attach, shorter than a test may take. */
const RUNS_A_CHILD =
  "setTimeout(() => require('child_process').execSync('sleep 5'), 0);setInterval(() => {}, 1000);";

const opened: PseudoTerminal[] = [];
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
});

function loopscope(args: readonly string[], options: PseudoTerminalOptions = {}): PseudoTerminal {
  const terminal = new PseudoTerminal(process.execPath, [PROGRAM, ...args], options);
  opened.push(terminal);
  return terminal;
}

const hasInspector = (target: TargetProcess): boolean => listeningSocketsOf(target.pid).length > 0;

describe('loopscope alone', () => {
  it('shows the processes, and attaches to the one that is chosen', async () => {
    const word = `chosen-${process.pid}`;
    const target = await startScript(`/* ${word} */ ${IDLE}`);
    const terminal = loopscope([], { columns: 80, rows: 24 });
    await terminal.until('which process?');
    terminal.press(String(target.pid));
    await terminal.until(new RegExp(`▶ +${target.pid} +v\\d.* /\\* ${word.slice(0, 4)}`));
    terminal.press('enter');
    await terminal.until(() => hasInspector(target));
    await terminal.until(/quit/);
    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    expect(hasInspector(target)).toBe(false);
    expect(terminal.text()).not.toContain('attaching to');
  });

  it('shows what starts and ends meanwhile', async () => {
    const terminal = loopscope([]);
    await terminal.until('which process?');
    const target = await startScript(IDLE);
    terminal.press(String(target.pid));
    await terminal.until(new RegExp(`▶ +${target.pid} `));
    await target.kill();
    await terminal.until('none matches');
    terminal.press('escape');
    await terminal.until(() => !terminal.text().includes('none matches'));
    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    expect(terminal.modes()).toMatchObject({ alternate: false, cursorHidden: false });
  });

  it('says of one that cannot be attached to why, and stays', async () => {
    const target = await startScript(`process.on('SIGUSR1', () => {}); ${IDLE}`);
    const terminal = loopscope([], { columns: 80, rows: 24 });
    await terminal.until('which process?');
    terminal.press(String(target.pid));
    await terminal.until(/handles SIGUSR1 itself: the signal would run/);
    terminal.press('enter');
    terminal.press('ctrl-c');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    expect(target.stderr()).not.toContain('Debugger listening');
  });
});

describe('attach, where it cannot be seen whether the signal is safe', () => {
  it('asks, and leaves the service alone without a yes', async () => {
    const target = await startScript(IDLE, { executable: strippedNode() });
    const terminal = loopscope(['attach', String(target.pid)]);
    await terminal.until(/Send it\? \(y\/N\)/);
    expect(terminal.text()).toMatch(/^loopscope: it cannot be seen whether/);
    terminal.press('enter');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 3 });
    expect(terminal.text()).toContain('--assume-no-handler');
    expect(hasInspector(target)).toBe(false);
  });

  it('asks, and attaches after a yes', async () => {
    const target = await startScript(IDLE, { executable: strippedNode() });
    const terminal = loopscope(['attach', String(target.pid)]);
    await terminal.until(/Send it\? \(y\/N\)/);
    terminal.press('y', 'enter');
    await terminal.until(() => hasInspector(target));
    await terminal.until(/quit/);
    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    expect(hasInspector(target)).toBe(false);
  });
});

describe('attach, where the service cannot be attached to', () => {
  it('says why in one line on the terminal as it was, with exit code 3', async () => {
    const target = await startScript(`process.on('SIGUSR1', () => {}); ${IDLE}`);
    const terminal = loopscope(['attach', String(target.pid)]);
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 3 });
    await terminal.until('handles SIGUSR1 itself');
    expect(terminal.text()).toMatch(/^loopscope: .*\n/);
    expect(terminal.raw).toContain('ATTACHING');
    expect(terminal.text()).not.toContain('attaching to');
    expect(terminal.modes()).toEqual({ alternate: false, cursorHidden: false, wrap: true, paste: false });
    expect(target.stderr()).not.toContain('Debugger listening');
  });
});

describe('attach, while a native call keeps the inspector from opening', () => {
  it('says what is waited for, stays after Ctrl-C to close it, and leaves nothing open', async () => {
    const target = await startScript(RUNS_A_CHILD);
    const terminal = loopscope(['attach', String(target.pid)]);
    await terminal.until('waiting for its child: sleep 5');
    terminal.press('ctrl-c');
    await terminal.until(/when the call returns; waiting to close it then/);
    expect(terminal.exit).toBeNull();
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 130 });
    expect(terminal.text()).toContain('interrupted while attaching');
    await terminal.until(() => !hasInspector(target));
    expect(target.stderr()).toContain('Debugger listening');
  });

  it('takes q for Ctrl-C, leaves at once after a second one, and nothing stays open either', async () => {
    const target = await startScript(RUNS_A_CHILD);
    const terminal = loopscope(['attach', String(target.pid)]);
    await terminal.until('waiting for its child: sleep 5');
    terminal.press('q');
    await terminal.until(/interrupt again/);
    terminal.press('ctrl-c');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 130 });
    expect(target.stderr()).not.toContain('Debugger listening');
    await terminal.until(
      () => target.stderr().includes('Debugger listening') && !hasInspector(target),
      60_000,
    );
  });
});
