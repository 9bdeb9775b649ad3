import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/inspector/attachment.ts';
import { pollUntil } from '../../src/inspector/polling.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import {
  AGENT,
  attached,
  endsBy,
  DERIVES,
  startWithAgent,
  untilAgentListens,
} from '../support/agent-service.ts';
import { check, endOf, PROGRAM, runProgram } from '../support/program.ts';
import { startScript, startTarget } from '../support/target-process.ts';

const IDLE = 'setInterval(() => {}, 1000);';
const OWN_HANDLER = `process.on('SIGUSR1', () => console.log('own handler ran')); ${IDLE}`;
const ENDS_WITHIN_MS = 60_000;

async function valueOf<T>(attachment: Attachment, expression: string): Promise<T> {
  const answer = await attachment.session.evaluate<T>(expression);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}

/** Timers, listeners and symbols of the main thread, as code inside the service sees them. */
const TRACES = `JSON.stringify({
  resources: process.getActiveResourcesInfo().sort(),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]).sort(),
  ours: Object.getOwnPropertySymbols(globalThis).map(String).filter((name) => name.includes('loopscope')),
  listening: require('inspector').url() ?? null,
})`;

it('a service with its own handler of SIGUSR1 is attached to by its agent, and the signal is not sent', async () => {
  const service = await startWithAgent(OWN_HANDLER);
  const attachment = await attached(service.pid);
  expect(attachment).toMatchObject({ opened: null, local: true });
  expect(attachment.target).toMatchObject({ pid: service.pid, attachedBy: 'agent' });
  expect(await valueOf(attachment, 'process.pid')).toBe(service.pid);
  expect(await valueOf(attachment, 'typeof require')).toBe('function');
  expect(await attachment.detach()).toEqual({ ok: true, value: undefined });
  expect(service.stdout()).not.toContain('own handler ran');
});

it('nothing listens on TCP, and only its user can reach the socket', async () => {
  const service = await startWithAgent(IDLE);
  const attachment = await attached(service.pid);
  expect(listeningSocketsOf(service.pid)).toEqual([]);
  await attachment.detach();
  expect(listeningSocketsOf(service.pid)).toEqual([]);
  expect(lstatSync(service.socketPath).mode & 0o777).toBe(0o600);
  expect(lstatSync(dirname(service.socketPath)).mode & 0o777).toBe(0o700);
});

it.runIf(process.getuid?.() === 0)('another user cannot connect, with the path in hand', async () => {
  const service = await startWithAgent(IDLE);
  const path = service.socketPath.replace(/^\/proc\/\d+\/root/, '');
  const script = `require('net').connect(${JSON.stringify(path)}).on('connect', () => console.log('connected')).on('error', (error) => console.log(error.code))`;
  const stranger = await startTarget(
    ['--reuid=12345', '--regid=12345', '--clear-groups', process.execPath, '-e', script],
    { executable: 'setpriv', ready: /\n/ },
  );
  expect(stranger.stdout()).toBe('EACCES\n');
});

it('leaving leaves nothing in the service: no timer, no listener, no probe', async () => {
  // The service looks at itself: an evaluate of ours would be one of the things it sees.
  const service = await startWithAgent(`
    setInterval(() => console.log('state ' + ${TRACES}), 100);`);
  const state = async (): Promise<string> => {
    const from = service.stdout().length;
    const next = (): string | null => /state (.*)\n/.exec(service.stdout().slice(from))?.[1] ?? null;
    return (await pollUntil(next, { everyMs: 20, withinMs: ENDS_WITHIN_MS })) ?? 'silent';
  };
  const before = await state();
  const { code, report } = await check(service.pid, '--duration', '2s');
  expect(code).toBe(0);
  expect(report.target.attachedBy).toBe('agent');
  const after = (): Promise<string> => state();
  await expect.poll(after, { timeout: ENDS_WITHIN_MS }).toBe(before);
  expect(JSON.parse(before)).toMatchObject({ ours: ['Symbol(loopscope.agent)'], listening: null });
});

it('check finds what blocks a service through the agent', async () => {
  const service = await startWithAgent(DERIVES);
  const { report } = await check(service.pid, '--duration', '6s');
  expect(report.target.attachedBy).toBe('agent');
  expect(report.findings[0]).toMatchObject({ kind: 'event-loop-blocked' });
  expect(report.findings[0]?.culprits[0]?.function).toBe('deriveHere');
});

it('a service that is in a loop for ever is attached to, and tells where it is', async () => {
  const service = await startWithAgent(`
    setTimeout(() => { console.log('blocking'); (function forEver() { for (;;); })(); }, 300);`);
  await service.printed(/blocking/);
  const attachment = await attached(service.pid);
  expect(await valueOf(attachment, 'new Error().stack')).toContain('at forEver ');
  await attachment.detach();
});

it('two clients are served at once, and one that breaks off does not disturb the other', async () => {
  const service = await startWithAgent(IDLE);
  const [one, two] = await Promise.all([attached(service.pid), attached(service.pid)]);
  expect(await valueOf(one, 'process.pid')).toBe(service.pid);
  one.session.close();
  expect(await valueOf(two, 'process.pid')).toBe(service.pid);
  await two.detach();
});

it('what is no message of the protocol is passed over, and a line without end is cut off', async () => {
  const service = await startWithAgent(IDLE);
  const socket = connect(service.socketPath);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\n\r\n{"id":"x"}\nnull\n[]\n{"id":1,"method":"No.such"}\n');
  const answer = await new Promise<string>((resolve) => {
    socket.once('data', (bytes: Buffer) => resolve(bytes.toString()));
  });
  expect(JSON.parse(answer)).toMatchObject({ id: 1, error: { code: -32_601 } });
  const piece = Buffer.alloc(2 ** 20, 'x');
  const writeOn = (error?: Error | null): void => {
    if (!error && !socket.destroyed) socket.write(piece, writeOn);
  };
  writeOn();
  await closed;
  const attachment = await attached(service.pid);
  expect(await valueOf(attachment, 'process.pid')).toBe(service.pid);
  await attachment.detach();
});

describe('the end of a service', () => {
  const ENDINGS = {
    'a natural end': { script: endsBy('clearInterval(life)'), code: 0 },
    'process.exit': { script: endsBy('process.exit(3)'), code: 3 },
    'an uncaught exception': { script: endsBy('throw new Error("boom")'), code: 1 },
  };
  it.each(Object.entries(ENDINGS))('%s is held up by nobody, and the socket is gone', async (_, ending) => {
    const alone = await startWithAgent(ending.script);
    const watched = await startWithAgent(ending.script);
    const attachment = await attached(watched.pid);
    for (const { child } of [alone, watched]) child.kill('SIGUSR2');
    expect(await alone.exited).toEqual({ code: ending.code, signal: null });
    expect(await watched.exited).toEqual({ code: ending.code, signal: null });
    expect(await attachment.ended).toMatchObject({ state: 'ended' });
    expect([...alone.sockets(), ...watched.sockets()]).toEqual([]);
  });

  it('SIGTERM ends it at once, with somebody attached, too', async () => {
    const service = await startWithAgent(IDLE);
    const attachment = await attached(service.pid);
    service.child.kill('SIGTERM');
    expect(await service.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await attachment.ended).toMatchObject({ state: 'ended' });
  });

  it('a killed one leaves its socket, and the next agent in that place removes it', async () => {
    const killed = await startWithAgent(IDLE);
    await killed.kill();
    expect(killed.sockets()).toHaveLength(1);
    const next = await startWithAgent(IDLE, { place: killed.place });
    const onlyItsOwn = (): true | null => (next.sockets().length === 1 ? true : null);
    await pollUntil(onlyItsOwn, { everyMs: 10, withinMs: ENDS_WITHIN_MS });
    expect(next.sockets()).toEqual([expect.stringContaining(`agent-${next.pid}-`)]);
  });

  it('ps removes it as well', async () => {
    const killed = await startWithAgent(IDLE);
    await killed.kill();
    const ps = await startTarget([PROGRAM, 'ps'], {
      ready: /(?:)/,
      env: { LOOPSCOPE_AGENT_DIR: killed.place },
    });
    expect((await endOf(ps)).code).toBe(0);
    expect(killed.sockets()).toEqual([]);
  });
});

describe('where the agent runs', () => {
  it('the workers of a cluster have one each, worker threads none', async () => {
    const service = await startWithAgent(`
      const cluster = require('cluster');
      const { Worker } = require('worker_threads');
      new Worker('setInterval(() => {}, 1000)', { eval: true });
      const exec = process.env.LOOPSCOPE_AGENT_DIR + '/worker.cjs';
      require('fs').writeFileSync(exec, 'setInterval(() => {}, 1000)');
      cluster.setupPrimary({ exec, execArgv: process.execArgv.slice(0, 2) });
      console.log('worker ' + cluster.fork().process.pid + ' started');`);
    const [, digits] = await service.printed(/worker (\d+)/);
    const worker = Number(digits);
    await untilAgentListens(worker);
    const attachment = await attached(worker);
    expect(attachment.target).toMatchObject({ pid: worker, attachedBy: 'agent' });
    await attachment.detach();
    const pids = service.sockets().map((name) => Number(name.split('-')[1]));
    expect(new Set(pids)).toEqual(new Set([service.pid, worker]));
    expect(pids).toHaveLength(2);
  });

  it('a place that cannot be written to is said on stderr, and the service runs', async () => {
    const service = await startScript(IDLE, {
      flags: ['--require', AGENT],
      env: { LOOPSCOPE_AGENT_DIR: '/proc/nowhere' },
    });
    const said = (): true | null =>
      service.stderr().includes('LOOPSCOPE_AGENT_DIR=/some/folder') ? true : null;
    expect(await pollUntil(said, { everyMs: 10, withinMs: ENDS_WITHIN_MS })).toBe(true);
    expect(service.stderr()).toContain('loopscope agent: nobody can attach through it');
    expect(service.child.exitCode).toBeNull();
  });

  it('ps shows it, and doctor says what it measures with', async () => {
    const service = await startWithAgent(OWN_HANDLER);
    const { stdout } = await runProgram(['ps']);
    expect(stdout).toMatch(new RegExp(`^ *${service.pid} .* agent +node `, 'm'));
    const doctor = await runProgram(['agent', 'doctor', String(service.pid), '--json']);
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      schema: 'loopscope.agent/1',
      pid: service.pid,
      inspector: true,
      uses: [{ what: 'CPU profiles', by: "Node's inspector" }, {}, {}],
    });
  });

  it('a refusal gives the command line with the agent', async () => {
    const service = await startTarget(['-e', `${OWN_HANDLER} console.log('ready')`]);
    const { code, stderr } = await runProgram(['check', String(service.pid), '--duration', '1s']);
    expect(code).toBe(3);
    expect(stderr).toContain(' --import loopscope/agent -e ');
  });
});

describe('a Node without an inspector', () => {
  const WITHOUT = { env: { LOOPSCOPE_AGENT_WITHOUT_INSPECTOR: '1' } };

  it('is watched by what plain JavaScript can see', async () => {
    const service = await startWithAgent(DERIVES, WITHOUT);
    const { report } = await check(service.pid, '--duration', '4s');
    expect(report.target.attachedBy).toBe('agent');
    expect(report.metrics.eventLoop.stalls?.count).toBeGreaterThan(2);
  });

  it('hands over a heap snapshot by its own means', async () => {
    const service = await startWithAgent(IDLE, WITHOUT);
    const attachment = await attached(service.pid);
    let text = '';
    attachment.session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }: { chunk: string }) => {
      text += chunk;
    });
    const taken = await attachment.session.call(
      'HeapProfiler.takeHeapSnapshot',
      {},
      { timeoutMs: ENDS_WITHIN_MS },
    );
    expect(taken.ok).toBe(true);
    expect(JSON.parse(text)).toHaveProperty('snapshot.meta');
    await attachment.detach();
  });
});

it('a large heap snapshot comes through whole', async () => {
  const service = await startWithAgent(
    `globalThis.kept = Array.from({ length: 3e5 }, (_, i) => ({ i })); ${IDLE}`,
  );
  const attachment = await attached(service.pid);
  let bytes = 0;
  attachment.session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }: { chunk: string }) => {
    bytes += chunk.length;
  });
  const taken = await attachment.session.call(
    'HeapProfiler.takeHeapSnapshot',
    {},
    { timeoutMs: ENDS_WITHIN_MS },
  );
  expect(taken.ok).toBe(true);
  expect(bytes).toBeGreaterThan(10e6);
  await attachment.detach();
});
