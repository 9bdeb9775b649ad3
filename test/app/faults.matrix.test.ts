/** What goes wrong between loopscope and a service, and in a service: loopscope ends well, the service is unharmed. */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../../src/inspector/inspector-connection.ts';
import { pollUntil } from '../../src/inspector/polling.ts';
import type { InspectorSession } from '../../src/inspector/session.ts';
import type { Report } from '../../src/model/report.ts';
import { startFaultyWire, type FaultyWire } from '../support/faulty-wire.ts';
import { endOf, startProgram, type ProgramEnd } from '../support/program.ts';
import { randomNumbers } from '../support/random-numbers.ts';
import { startSelfObserving, type SelfObserving } from '../support/self-observing.ts';
import { startScript, type TargetProcess } from '../support/target-process.ts';

const INSPECTED = { env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' } };
const WATCHED_WITHIN_MS = 30_000;
const MB = 2 ** 20;

const MEMORY_GROUPS = '/sys/fs/cgroup/memory';
/** Groups of cgroup v1 that we may make. */
const canLimitMemory = ((): boolean => {
  try {
    accessSync(`${MEMORY_GROUPS}/memory.limit_in_bytes`);
    accessSync(MEMORY_GROUPS, constants.W_OK);
    return true;
  } catch {
    return false;
  }
})();

function limitMemory(pid: number, bytes: number): void {
  const group = `${MEMORY_GROUPS}/loopscope-faults-${process.pid}`;
  mkdirSync(group);
  onTestFinished(async () => {
    // The kernel takes its last process out a moment after that has ended.
    await pollUntil(() => removed(group), { everyMs: 50, withinMs: 10_000 });
  });
  writeFileSync(`${group}/memory.limit_in_bytes`, String(bytes));
  writeFileSync(`${group}/cgroup.procs`, String(pid));
}

function removed(group: string): true | null {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return null;
  }
}

const portOf = (service: TargetProcess): number =>
  Number(/listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(service.stderr())?.[1]);

/** A service whose inspector is open, and a wire to it that can fail. */
async function startBehindWire(): Promise<{ service: SelfObserving; wire: FaultyWire; before: unknown }> {
  const service = await startSelfObserving('', INSPECTED);
  const before = await service.ask();
  return { service, before, wire: await startFaultyWire(portOf(service)) };
}

/** Not said as a loopback address: of one whose port another process holds than the one that answers it would be refused. */
const addressOf = (wire: FaultyWire): string => `0.0.0.0:${wire.port}`;

const checkThrough = (wire: FaultyWire, duration: string): Promise<TargetProcess> =>
  startProgram(['check', addressOf(wire), '--json', '--fail-on', 'never', '--duration', duration]);

const untilWatched = (service: SelfObserving): Promise<void> =>
  expect.poll(async () => (await service.ask()).subscribed, { timeout: WATCHED_WITHIN_MS }).not.toEqual([]);

/** It is as it was, at once or when the lease in it has run out. */
const untilRestored = (service: SelfObserving, before: unknown): Promise<void> =>
  expect.poll(service.ask, { timeout: WATCHED_WITHIN_MS, interval: 250 }).toEqual(before);

function expectNoCrash({ stderr }: ProgramEnd): void {
  expect(stderr).not.toMatch(/\n\s+at /);
}

describe('on a connection', () => {
  it('that is cut, what was seen is printed, and the service undoes what was installed', async () => {
    const { service, wire, before } = await startBehindWire();
    let readings = 0;
    wire.fault = (message, send) => {
      send(message);
      if (message.includes('sequence')) readings++;
    };
    const program = await checkThrough(wire, '60s');
    // When the second is sent, the first has come.
    await expect.poll(() => readings, { timeout: WATCHED_WITHIN_MS }).toBeGreaterThan(1);
    wire.cut();
    const end = await endOf(program);
    expectNoCrash(end);
    expect(end).toMatchObject({ code: 4, stderr: expect.stringMatching(/connection/) });
    expect(JSON.parse(end.stdout)).toMatchObject({ target: { pid: service.pid } });
    await untilRestored(service, before);
  });

  it('that sends bytes that are no protocol, it is given up, and the service undoes what was installed', async () => {
    const { service, wire, before } = await startBehindWire();
    const program = await checkThrough(wire, '60s');
    await untilWatched(service);
    wire.babble(randomBytes(4096));
    const end = await endOf(program);
    expectNoCrash(end);
    expect(end.code, end.stderr).toBe(4);
    await untilRestored(service, before);
  });

  it('that answers out of order, twice, with garbage between, the report is as ever', async () => {
    const { service, wire, before } = await startBehindWire();
    const random = randomNumbers(7);
    wire.fault = (message, send) => {
      for (const garbage of ['', '{', 'null', '[]', '{"id":-1}', '{"id":1e99}', '{"method":7}', '\0\u202e'])
        send(garbage);
      const repeated = (): void => [message, message].forEach(send);
      setTimeout(repeated, random(30));
    };
    const end = await endOf(await checkThrough(wire, '2s'));
    expectNoCrash(end);
    expect(end.code, end.stderr).toBe(0);
    expect((JSON.parse(end.stdout) as Report).target.pid).toBe(service.pid);
    await untilRestored(service, before);
  });

  it('that sends a message of 100 MB, the report is as ever', async () => {
    const { service, wire, before } = await startBehindWire();
    const huge = JSON.stringify({
      method: 'Runtime.consoleAPICalled',
      params: { text: 'x'.repeat(100 * MB) },
    });
    const program = await checkThrough(wire, '8s');
    await untilWatched(service);
    wire.fault = (message, send) => {
      wire.fault = (next, sendNext) => sendNext(next);
      [huge, message].forEach(send);
    };
    const end = await endOf(program);
    expectNoCrash(end);
    expect(end.code, end.stderr).toBe(0);
    await untilRestored(service, before);
  });
});

describe('a service that is watched', () => {
  it('and runs out of heap, is told as ended, with what was seen', async () => {
    const grows =
      "process.once('SIGUSR2', () => { const all = []; for (;;) all.push(new Array(1000).fill({})); });";
    const service = await startSelfObserving(grows, { env: { NODE_OPTIONS: '--max-old-space-size=48' } });
    const program = await startProgram(['check', String(service.pid), '--json', '--duration', '60s']);
    await untilWatched(service);
    process.kill(service.pid, 'SIGUSR2');
    const end = await endOf(program);
    expect(await service.exited).toMatchObject({ signal: 'SIGABRT' });
    expect(end).toMatchObject({ code: 4, stderr: expect.stringMatching(/the service ended/) });
    expect(JSON.parse(end.stdout)).toMatchObject({ target: { pid: service.pid } });
  });

  it.runIf(canLimitMemory)('and is killed by the kernel for its memory, is told as ended', async () => {
    const grows =
      "process.once('SIGUSR2', () => { globalThis.held = []; for (;;) held.push(Buffer.alloc(1 << 20, 1)); });";
    const service = await startSelfObserving(grows);
    limitMemory(service.pid, 256 * MB);
    const program = await startProgram(['check', String(service.pid), '--json', '--duration', '60s']);
    await untilWatched(service);
    process.kill(service.pid, 'SIGUSR2');
    const end = await endOf(program);
    expect(await service.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(end).toMatchObject({ code: 4, stderr: expect.stringMatching(/the service ended/) });
    expect(JSON.parse(end.stdout)).toMatchObject({ target: { pid: service.pid } });
  });

  it('and exits while its heap is streamed to disk, leaves one line and no half of a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopscope-faults-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const service = await startScript(
      `globalThis.held = Array.from({ length: 400_000 }, (_, i) => ({ ['key' + (i % 999)]: 'value ' + i })); setInterval(() => {}, 1000);`,
      INSPECTED,
    );
    const wire = await startFaultyWire(portOf(service));
    let chunks = 0;
    wire.fault = (message, send) => {
      send(message);
      if (message.includes('addHeapSnapshotChunk') && ++chunks === 20) service.child.kill('SIGKILL');
    };
    const file = join(folder, 'heap.heapsnapshot');
    const end = await endOf(await startProgram(['snapshot', addressOf(wire), '-o', file, '--force']));
    expectNoCrash(end);
    expect(chunks).toBeGreaterThanOrEqual(20);
    expect(end.code, end.stderr).toBe(4);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('and debugged as well, serves both, and each leaves the other what is its own', async () => {
    const service = await startSelfObserving('', INSPECTED);
    const before = await service.ask();
    const debuggerSession = await debuggerOn(portOf(service));
    await debuggerSession.call('Debugger.enable');
    await debuggerSession.call('Profiler.enable');
    await debuggerSession.call('Profiler.start');
    const program = await startProgram([
      'check',
      String(service.pid),
      '--json',
      '--duration',
      '3s',
      '--fail-on',
      'never',
    ]);
    expect((await endOf(program)).code).toBe(0);

    const profile = await debuggerSession.call<{ profile: { samples: number[] } }>('Profiler.stop');
    expect(profile.ok && profile.value.profile.samples.length).toBeGreaterThan(100);
    const paused = new Promise((resolve) => debuggerSession.on('Debugger.paused', resolve));
    await debuggerSession.call('Debugger.pause');
    void service.ask().catch(() => {});
    await paused;
    await debuggerSession.call('Debugger.resume');
    debuggerSession.close();
    await untilRestored(service, before);
  });
});

async function debuggerOn(port: number): Promise<InspectorSession> {
  const connected = await connectTo({ host: '127.0.0.1', port });
  if (!connected.ok) throw new Error(connected.error.message);
  onTestFinished(() => connected.value.close());
  return connected.value;
}
