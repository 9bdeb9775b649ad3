import { describe, expect, it } from 'vitest';
import { endOf, startProgram } from '../support/program.ts';
import { startTarget } from '../support/target-process.ts';

/** A service that tells on its own port what is installed in it; asked by itself, so that no tool is between. */
const SELF_OBSERVING = `
const http = require('node:http'), channels = require('node:diagnostics_channel'), inspector = require('node:inspector');
const watched = ['http.server.request.start', 'http.server.response.finish', 'http.client.request.start'];
const state = () => ({
  subscribed: watched.filter((name) => channels.hasSubscribers(name)),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  inspector: inspector.url() ?? null, debugPort: process.debugPort,
  globals: Reflect.ownKeys(globalThis).map(String),
  resources: process.getActiveResourcesInfo().filter((name) => name !== 'TCPSocketWrap'),
  stackTraceLimit: Error.stackTraceLimit,
});
const server = http.createServer((request, response) => response.end(JSON.stringify(state())));
server.listen(0, '127.0.0.1', () => console.log('ready ' + server.address().port));
`;

async function startSelfObserving(extra = '') {
  const service = await startTarget(['-e', SELF_OBSERVING + extra], { ready: /ready (\d+)/ });
  const [, port] = await service.printed(/ready (\d+)/);
  const ask = async () =>
    (await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).json()) as {
      subscribed: string[];
      inspector: string | null;
    };
  await ask();
  return { pid: service.pid, ask };
}

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
