/** Loopscope is killed at fifty moments: the service is as it was, the terminal is usable, the recording opens. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { openRecordingFile } from '../../src/app/recording-file.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import { PROGRAM, startProgram } from '../support/program.ts';
import { startSelfObserving, type SelfObserving } from '../support/self-observing.ts';
import { PseudoTerminal } from '../terminal/pseudo-terminal.ts';
import { formatCounts, laneEnvironment, ROUNDS, runRounds, type Round } from './rounds.ts';

/** Longer than the lease inside the probe, and than a busy machine takes to let it run out. */
const RESTORED_WITHIN_MS = 30_000;
/** Of the issue "Everywhere". */
const SLOWER_BY_MS = 10;
/** Every second one is the one that cannot be caught. */
const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGINT', 'SIGKILL', 'SIGHUP'] as const;
/** V8's thread that works a CPU profile's samples: there while a profile runs. */
const PROFILER_THREAD = 'v8:ProfEvntProc';
/** Of loopscope, and of `reset`. */
const SHOW_CURSOR = ['\x1b[?25h', '\x1bc'];

interface Lane {
  readonly service: SelfObserving;
  readonly before: unknown;
  readonly usualMs: number;
}

interface Outcome {
  readonly command: string;
  readonly signal: string;
  readonly restoredMs: number;
  readonly slowerMs: number;
  readonly left: string;
}

async function latencyMs(service: SelfObserving): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < 15; time++) {
    const askedAt = performance.now();
    await service.ask();
    times.push(performance.now() - askedAt);
  }
  return times.toSorted((a, b) => a - b)[7] ?? Infinity;
}

const threadsOf = (pid: number): readonly string[] =>
  readdirSync(`/proc/${pid}/task`).map((task) =>
    readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim(),
  );

const accountOf = async (service: SelfObserving): Promise<unknown> => ({
  own: await service.ask(),
  listens: listeningSocketsOf(service.pid),
  profiles: threadsOf(service.pid).filter((name) => name === PROFILER_THREAD),
});

async function openLane(lane: number): Promise<Lane> {
  const service = await startSelfObserving('', { env: laneEnvironment(lane) });
  return { service, before: await accountOf(service), usualMs: await latencyMs(service) };
}

/** In a shell in a terminal: what a user has before them when loopscope is gone. */
async function killAttached(pid: number, killAfterMs: number, signal: NodeJS.Signals): Promise<string> {
  const terminal = new PseudoTerminal('/bin/bash', ['--norc', '--noprofile'], { env: { PS1: 'shell> ' } });
  onTestFinished(() => terminal.close());
  await terminal.until('shell>');
  terminal.press(`${process.execPath} ${PROGRAM} attach ${pid}`, 'enter');
  const children = `/proc/${terminal.process.pid}/task/${terminal.process.pid}/children`;
  await terminal.until(() => readFileSync(children, 'utf8') !== '');
  const loopscope = Number(readFileSync(children, 'utf8'));
  await sleep(killAfterMs);
  process.kill(loopscope, signal);
  await terminal.until(() => !existsSync(`/proc/${loopscope}`), RESTORED_WITHIN_MS);
  // Whom nobody could ask to give the terminal back, README names the way.
  if (signal === 'SIGKILL') terminal.press('reset', 'enter');
  else await terminal.until(() => !terminal.modes().alternate);
  terminal.press('echo "usable $((6 * 7))"', 'enter');
  await terminal.until('usable 42', RESTORED_WITHIN_MS);
  expect(terminal.modes().alternate).toBe(false);
  const shown = Math.max(...SHOW_CURSOR.map((sequence) => terminal.raw.lastIndexOf(sequence)));
  expect(shown, `after ${signal}`).toBeGreaterThanOrEqual(terminal.raw.lastIndexOf('\x1b[?25l'));
  terminal.close();
  return 'terminal usable';
}

async function killRecording(
  pid: number,
  { killAfterMs, index }: Round,
  signal: NodeJS.Signals,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, `${index}.loopscope`);
  const program = await startProgram(['record', String(pid), '-o', file]);
  await sleep(killAfterMs);
  program.child.kill(signal);
  await program.exited;
  if (!existsSync(file)) return 'killed before the recording began';
  const recording = openRecordingFile(file);
  if (!recording.ok) {
    // Killed before its first second was written.
    expect(recording.error.message).toContain('nothing was recorded in it');
    return 'recording empty yet';
  }
  for (let block = 0; block < recording.value.blockCount; block++) recording.value.readBlock(block);
  recording.value.close();
  return 'recording opens';
}

async function killOnce(round: Round, { service, before, usualMs }: Lane): Promise<Outcome> {
  const { index, killAfterMs } = round;
  const signal = SIGNALS[index % SIGNALS.length] ?? 'SIGKILL';
  const command = index % 4 < 2 ? 'attach' : 'record';
  const left =
    command === 'attach'
      ? await killAttached(service.pid, killAfterMs, signal)
      : await killRecording(service.pid, round, signal);
  const killedAt = performance.now();
  const what = `round ${index}: ${command} ended by ${signal} after ${killAfterMs} ms`;
  await expect
    .poll(() => accountOf(service), { timeout: RESTORED_WITHIN_MS, interval: 100, message: what })
    .toEqual(before);
  const restoredMs = performance.now() - killedAt;
  let slowerMs = Infinity;
  const slower = async (): Promise<number> => (slowerMs = (await latencyMs(service)) - usualMs);
  await expect.poll(slower, { timeout: RESTORED_WITHIN_MS, message: what }).toBeLessThan(SLOWER_BY_MS);
  return { command, signal, restoredMs, slowerMs, left };
}

it('after fifty kills of loopscope, each service is as it was', { timeout: 900_000 }, async () => {
  const outcomes = await runRounds(openLane, killOnce);
  expect(outcomes).toHaveLength(ROUNDS);
  const longest = (signals: (signal: string) => boolean): string =>
    Math.max(
      0,
      ...outcomes.filter(({ signal }) => signals(signal)).map(({ restoredMs }) => restoredMs),
    ).toFixed(0);
  console.log(
    `kills of loopscope: ${formatCounts(outcomes.map(({ command, signal }) => `${command} ${signal}`))}`,
  );
  console.log(`afterwards: ${formatCounts(outcomes.map(({ left }) => left))}`);
  console.log(
    `the service as before, at the latest: ${longest((signal) => signal === 'SIGKILL')} ms after SIGKILL, ` +
      `${longest((signal) => signal !== 'SIGKILL')} ms after another; ` +
      `slower by ${Math.max(...outcomes.map(({ slowerMs }) => slowerMs)).toFixed(1)} ms at most`,
  );
});
