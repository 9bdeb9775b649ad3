import { expect, it } from 'vitest';
import { REGISTRY_SYMBOL } from '../../src/probes/extension.ts';
import { startProgram } from '../support/program.ts';
import { startScript } from '../support/target-process.ts';

/** Says over HTTP who is attached to it. */
const SERVICE = `
  const traces = () => ({
    probes: Object.keys(globalThis[Symbol.for(${JSON.stringify(REGISTRY_SYMBOL)})]?.probes ?? {}).length,
    inspector: require('node:inspector').url() !== undefined,
    exitListeners: process.listenerCount('exit') + process.listenerCount('beforeExit'),
    maxListeners: process.getMaxListeners(),
    subscribed: require('node:diagnostics_channel').hasSubscribers('http.server.request.start'),
  });
  require('node:http').createServer((request, response) => response.end(JSON.stringify(traces())))
    .listen(0, '127.0.0.1', function () { console.log('ready ' + this.address().port); });`;

it('two people look at one service: one leaves, one is killed, and nothing is left when both are gone', async () => {
  const service = await startScript(SERVICE, { announce: false, ready: /ready \d+/ });
  const port = /ready (\d+)/.exec(service.stdout())?.[1];
  const traces = async (): Promise<Record<string, unknown>> =>
    (await fetch(`http://127.0.0.1:${port}`)).json() as Promise<Record<string, unknown>>;
  const attached = (probes: number): Promise<void> =>
    expect.poll(async () => (await traces())['probes'], { timeout: 30_000 }).toBe(probes);
  const look = () => startProgram(['check', String(service.pid), '--duration', '90s', '--json']);
  const untouched = await traces();

  const first = await look();
  await attached(1);
  const second = await look();
  await attached(2);
  first.child.kill('SIGINT');
  await first.exited;
  await attached(1);
  expect(await traces()).toMatchObject({ inspector: true, subscribed: true });

  const third = await look();
  await attached(2);
  await third.kill();
  // Its lease runs out; the other one is not disturbed.
  await attached(1);
  expect(await traces()).toMatchObject({ inspector: true, subscribed: true });
  expect(second.child.exitCode).toBeNull();

  second.child.kill('SIGINT');
  await second.exited;
  await expect.poll(traces, { timeout: 10_000 }).toEqual(untouched);
  expect(service.stderr()).not.toMatch(/warning|leak/i);
});
