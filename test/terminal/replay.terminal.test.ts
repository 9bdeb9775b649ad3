/** A recording on a real terminal: it stands at its end, plays, is moved, and shows what was marked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import { recordingOf } from '../exports/recording-bytes.ts';
import { PROGRAM } from '../support/program.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';
import { DEFAULT_SYNTHETIC, SyntheticService } from './synthetic-timeline.ts';

/** A minute of a service that begins to block after 20 seconds; somebody marked the deployment. */
function aMinute(): TimelineEvent[] {
  const service = new SyntheticService(DEFAULT_SYNTHETIC);
  const start = service.start();
  const steps = Array.from({ length: 240 }, () => service.step()).flat();
  const mark: TimelineEvent = { kind: 'mark', atMs: start.atMs + 15_000, note: 'deployed' };
  return [start, ...steps, mark].toSorted((a, b) => a.atMs - b.atMs);
}

function replay(bytes: Buffer): PseudoTerminal {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-replay-'));
  const file = join(folder, 'incident.loopscope');
  writeFileSync(file, bytes);
  const terminal = new PseudoTerminal(process.execPath, [PROGRAM, 'replay', file], { cwd: folder });
  onTestFinished(() => {
    terminal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return terminal;
}

const at = (minutes: string, more = ''): RegExp => new RegExp(`REPLAY ${minutes}/1:00${more} `);

describe('loopscope replay', () => {
  it('begins at the end, where the verdict is, and leaves with q', async () => {
    const terminal = replay(recordingOf(aMinute()));
    await terminal.until(at('1:00'));
    await terminal.until(/(CRITICAL|WARNING) /);
    expect(terminal.text()).toContain('Ⅱ REPLAY');
    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    expect(terminal.modes()).toMatchObject({ alternate: false, cursorHidden: false });
  });

  it('is moved, and shows then what was to be seen then', async () => {
    const terminal = replay(recordingOf(aMinute()));
    await terminal.until(at('1:00'));
    terminal.press('[');
    await terminal.until(at('0:30'));
    terminal.press('{');
    await terminal.until(at('0:00'));
    await terminal.until('WATCHING');
    terminal.press(']', '}');
    await terminal.until(at('1:00'));
    await terminal.until(/(CRITICAL|WARNING) /);
  });

  it('plays at the speed that was chosen, to the end, and pauses', async () => {
    const terminal = replay(recordingOf(aMinute()));
    await terminal.until(at('1:00'));
    terminal.press('>', '>', '>', '>');
    await terminal.until(at('1:00', ' x16'));
    // At the end there is only the beginning to play from.
    terminal.press('space');
    await terminal.until(/▶ REPLAY 0:\d\d\/1:00 x16/);
    terminal.press('space');
    await terminal.until(/Ⅱ REPLAY 0:\d\d\/1:00 x16/);
    terminal.press('space');
    await terminal.until(/Ⅱ REPLAY 1:00\/1:00 x16/, 30_000);
  });

  it('goes to marks, those of the recording and those made while it is watched', async () => {
    const terminal = replay(recordingOf(aMinute()));
    await terminal.until(at('1:00'));
    terminal.press('m');
    await terminal.until('mark:');
    terminal.press('h', 'e', 'r', 'e', 'enter');
    terminal.press('[', ',');
    await terminal.until(at('0:15'));
    await terminal.until('deployed');
    terminal.press('.');
    await terminal.until(at('1:00'));
    await terminal.until('here');
  });

  it('says what is missing of one that breaks off', async () => {
    const whole = recordingOf(aMinute());
    const terminal = replay(whole.subarray(0, whole.length - 30));
    await terminal.until(/REPLAY 0:5\d\/0:5\d/);
    terminal.press('q');
    await terminal.untilExit();
    await terminal.until(/incident\.loopscope: it breaks off/);
  });
});
