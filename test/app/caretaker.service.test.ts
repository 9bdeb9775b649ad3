/** Between the signal and the probe nothing in the service could close the inspector: somebody outside of it does. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pollUntil } from '../../src/inspector/polling.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import { startProgram } from '../support/program.ts';
import { startSelfObserving } from '../support/self-observing.ts';
import type { TargetProcess } from '../support/target-process.ts';

const WITHIN_MS = 60_000;

const caretakersOf = (program: TargetProcess): readonly number[] =>
  readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);

const untilGone = (pid: number): Promise<void> =>
  expect.poll(() => existsSync(`/proc/${pid}`), { timeout: WITHIN_MS }).toBe(false);

it('a loopscope that is killed as soon as the inspector is open leaves the service as it was', async () => {
  const service = await startSelfObserving();
  const before = await service.ask();
  const listening = listeningSocketsOf(service.pid).length;
  const program = await startProgram(['check', String(service.pid), '--duration', '60s']);
  const opened = await pollUntil(() => (listeningSocketsOf(service.pid).length > listening ? true : null), {
    everyMs: 1,
    withinMs: WITHIN_MS,
  });
  expect(opened).toBe(true);
  const [caretaker = 0] = caretakersOf(program);
  program.child.kill('SIGKILL');
  await untilGone(caretaker);
  await expect.poll(service.ask, { timeout: WITHIN_MS }).toEqual(before);
});

it('a loopscope that is killed while the signal waits for a native call leaves the service as it was', async () => {
  const sleeps = "process.once('SIGUSR2', () => require('node:child_process').execSync('sleep 3'));";
  const service = await startSelfObserving(sleeps);
  const before = await service.ask();
  process.kill(service.pid, 'SIGUSR2');
  const program = await startProgram(['check', String(service.pid), '--duration', '60s']);
  await expect.poll(program.stderr, { timeout: WITHIN_MS }).toContain('blocked by a native call');
  const [caretaker = 0] = caretakersOf(program);
  program.child.kill('SIGKILL');
  await untilGone(caretaker);
  // The listener of SIGUSR2 has been used up.
  expect(await service.ask()).toEqual({ ...before, listeners: expect.anything() });
});

it('nobody is left when loopscope has ended by itself', async () => {
  const service = await startSelfObserving();
  const program = await startProgram([
    'check',
    String(service.pid),
    '--duration',
    '2s',
    '--fail-on',
    'never',
  ]);
  await expect.poll(() => caretakersOf(program).length, { timeout: WITHIN_MS }).toBe(1);
  const [caretaker = 0] = caretakersOf(program);
  expect((await program.exited).code).toBe(0);
  await untilGone(caretaker);
});
