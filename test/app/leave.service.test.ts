import { describe, expect, it } from 'vitest';
import { endOf, startProgram } from '../support/program.ts';
import { startSelfObserving } from '../support/self-observing.ts';

/** Longer than the lease inside the probe: what a killed loopscope left is gone after it. */
const LEASE_OVER_MS = 20_000;

describe('whatever ends loopscope, the service is as it was', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGHUP', 130],
    ['SIGKILL', null],
  ] as const)('after %s', async (signal, exitCode) => {
    const service = await startSelfObserving();
    const before = await service.ask();
    const program = await startProgram(['check', String(service.pid), '--duration', '60s']);
    await expect.poll(async () => (await service.ask()).subscribed, { timeout: 20_000 }).not.toEqual([]);
    expect((await service.ask()).inspector).not.toBeNull();

    program.child.kill(signal);
    const { code } = await program.exited;
    expect(code).toBe(exitCode);
    await expect.poll(service.ask, { timeout: LEASE_OVER_MS, interval: 250 }).toEqual(before);
  });

  it('after it was watched to the end, at once', async () => {
    const service = await startSelfObserving();
    const before = await service.ask();
    const program = await startProgram(['check', String(service.pid), '--duration', '1s']);
    expect((await program.exited).code).toBe(0);
    expect(await service.ask()).toEqual(before);
  });
});

it.each([
  ['exits', 'process.exit(7)'],
  ['is terminated', "process.kill(process.pid, 'SIGTERM')"],
  ['crashes', "throw new Error('crash')"],
])('prints what was seen when the service %s while it is watched, with exit code 4', async (_, end) => {
  const service = await startSelfObserving(`process.once('SIGUSR2', () => { ${end}; });`);
  const program = await startProgram(['check', String(service.pid), '--duration', '60s', '--json']);
  await expect.poll(async () => (await service.ask()).subscribed, { timeout: 20_000 }).not.toEqual([]);
  process.kill(service.pid, 'SIGUSR2');
  const ended = await endOf(program);
  expect(ended.code).toBe(4);
  expect(JSON.parse(ended.stdout)).toMatchObject({
    schema: 'loopscope.report/1',
    target: { pid: service.pid },
  });
  expect(ended.stderr).toMatch(/the service ended/);
});
