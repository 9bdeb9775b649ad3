/** The service is killed at fifty moments: loopscope ends by itself, the terminal is as it was, the recording opens. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { openRecordingFile } from '../../src/app/recording-file.ts';
import { endOf, PROGRAM, startProgram } from '../support/program.ts';
import { startSelfObserving, type SelfObserving } from '../support/self-observing.ts';
import { PseudoTerminal } from '../terminal/pseudo-terminal.ts';
import { formatCounts, laneEnvironment, ROUNDS, runRounds, type Round } from './rounds.ts';

const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGSEGV', 'SIGKILL', 'SIGABRT'] as const;
const ENDED_WITHIN_MS = 60_000;

async function killUnderAttach(service: SelfObserving, kill: () => Promise<void>): Promise<string> {
  const terminal = new PseudoTerminal(process.execPath, [PROGRAM, 'attach', String(service.pid)]);
  onTestFinished(() => terminal.close());
  await kill();
  // It shows what was seen until it is left, or ends by itself when there was nothing yet; left while it attaches, it
  // was interrupted.
  const quitting = setInterval(() => terminal.exit ?? terminal.press('q'), 500);
  await terminal.until(() => terminal.exit !== null, ENDED_WITHIN_MS).finally(() => clearInterval(quitting));
  const interrupted = terminal.text().includes('interrupted while attaching') ? [130] : [];
  expect([0, 3, 4, ...interrupted], terminal.text()).toContain(terminal.exit?.exitCode);
  expect(terminal.modes()).toMatchObject({ alternate: false, cursorHidden: false });
  expect(terminal.raw).not.toMatch(/\n\s+at .*\(.*\.m?[jt]s:\d+/);
  const code = terminal.exit?.exitCode ?? null;
  terminal.close();
  return `attach exits ${code}`;
}

async function killUnderRecord(service: SelfObserving, kill: () => Promise<void>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'killed.loopscope');
  const program = await startProgram(['record', String(service.pid), '-o', file]);
  await kill();
  const { code, stderr } = await endOf(program);
  expect([3, 4], stderr).toContain(code);
  expect(stderr).not.toMatch(/\n\s+at /);
  if (!existsSync(file)) return `record exits ${code}, no recording yet`;
  const recording = openRecordingFile(file);
  if (!recording.ok) throw new Error(`${recording.error.message}: ${readFileSync(file).byteLength} bytes`);
  expect(recording.value.finished).toBe(true);
  recording.value.close();
  return `record exits ${code}, recording whole`;
}

async function killOnce({ index, lane, killAfterMs }: Round): Promise<string> {
  const service = await startSelfObserving('', { env: laneEnvironment(lane) });
  const kill = async (): Promise<void> => {
    await sleep(killAfterMs);
    service.child.kill(SIGNALS[index % SIGNALS.length]);
    await service.exited;
  };
  return index % 4 < 2 ? killUnderAttach(service, kill) : killUnderRecord(service, kill);
}

it('after fifty kills of the service, loopscope has ended well each time', { timeout: 900_000 }, async () => {
  const outcomes = await runRounds(async () => null, killOnce);
  expect(outcomes).toHaveLength(ROUNDS);
  console.log(`kills of the service: ${formatCounts(outcomes.toSorted())}`);
});
