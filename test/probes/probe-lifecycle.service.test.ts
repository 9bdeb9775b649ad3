import { describe, expect, it } from 'vitest';
import { PROBE_EXPRESSION, PROBE_OWNER, REGISTRY_SYMBOL } from '../../src/probes/extension.ts';
import { composeInstallExpression, READ_EXPRESSION } from '../../src/probes/probe-source.ts';
import { connect, readingThat, startProbedTarget, until } from './probed-target.ts';

const MAJORS = [18, 20, 22, 24, 26];

/** Says what it has installed, also when its inspector is closed; blocks on demand. */
const SERVICE = `
  const http = require('node:http');
  const channels = require('node:diagnostics_channel');
  function spin(ms) { const from = Date.now(); while (Date.now() - from < ms); }
  const names = ['http.server.request.start', 'http.server.response.finish', 'http2.server.stream.start',
    'http2.server.stream.close', 'tracing:fastify.request.handler:start'];
  const traces = () => ({
    probe: typeof globalThis[Symbol.for('loopscope.probe')],
    globals: Reflect.ownKeys(globalThis).length,
    subscribed: names.filter((name) => channels.hasSubscribers(name)),
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]).sort(),
    maxListeners: process.getMaxListeners(),
    resources: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    stackTraceLimit: Error.stackTraceLimit,
    prepares: Object.hasOwn(Error, 'prepareStackTrace'),
    debugPort: process.debugPort,
  });
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://x');
    if (url.pathname === '/traces') return response.end(JSON.stringify({ ...traces(), inspector: require('node:inspector').url() ?? null }));
    if (url.pathname === '/spin') spin(Number(url.searchParams.get('ms')));
    if (url.pathname === '/sleep') require('node:child_process').execSync('sleep 1.5');
    response.end('done');
  });
  server.listen(0, '127.0.0.1', () => console.log('ready ' + server.address().port));`;

const registry = `globalThis[Symbol.for(${JSON.stringify(REGISTRY_SYMBOL)})]`;

const tracesOf = async (port: number): Promise<Record<string, unknown>> =>
  (await fetch(`http://127.0.0.1:${port}/traces`)).json() as Promise<Record<string, unknown>>;

describe('the probe', () => {
  it.each(MAJORS)('leaves nothing in a service on Node %i when it is uninstalled', async (major) => {
    const { port, evaluate, probe, target } = await startProbedTarget(SERVICE, major);
    // One more listener would make Node warn of a leak.
    await evaluate(`for (let i = 0; i < 10; i++) process.on('exit', () => {}); 0`);
    const before = await tracesOf(port);
    const client = probe({ opened: { originalDebugPort: 9229 } });
    const live = readingThat(client, (reading) => reading.state === 'live' && reading.memory !== null);
    expect(await client.install()).toEqual({ ok: true, value: undefined });
    await live;
    const during = await tracesOf(port);
    expect(during).toMatchObject({
      probe: 'object',
      subscribed: expect.arrayContaining(['http.server.request.start']),
    });
    await client.uninstall();
    expect(await tracesOf(port)).toEqual(before);
    expect(target.stderr()).not.toMatch(/warning|leak/i);
  });

  it.each(MAJORS)('keeps no AsyncLocalStorage store of the code it lands in, on Node %i', async (major) => {
    const { evaluate } = await startProbedTarget(
      `const { AsyncLocalStorage } = require('node:async_hooks');
       require('node:v8').setFlagsFromString('--expose-gc');
       const collect = require('node:vm').runInNewContext('gc');
       const storage = new AsyncLocalStorage();
       globalThis.landIn = (land) => {
         const store = { big: new Array(1000).fill(1) };
         storage.run(store, land);
         return new WeakRef(store);
       };
       const turn = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
       globalThis.outcome = null;
       globalThis.tryOften = async (install) => {
         let kept = 0, live = 0;
         for (let i = 0; i < 60; i++) {
           const store = landIn(() => eval(install));
           // Everything of the probe is in place when its heart has beaten once.
           while (!(JSON.parse(${PROBE_EXPRESSION}.read()).loop?.delay.length > 0)) await turn(5);
           live++;
           collect();
           await turn(2);
           collect();
           if (store.deref() !== undefined) kept++;
           ${PROBE_EXPRESSION}.uninstall();
         }
         const control = landIn(() => { globalThis.naive = setInterval(() => {}, 1000); });
         await turn(5);
         collect();
         globalThis.outcome = { live, kept, controlKept: control.deref() !== undefined };
       };
       setInterval(() => {}, 1000);
       console.log('ready 0');`,
      major,
    );
    const install = composeInstallExpression({ originalDebugPort: null });
    await evaluate(`void tryOften(${JSON.stringify(install)})`);
    await until(async () => (await evaluate('outcome')) !== null, 60_000);
    expect(await evaluate('outcome')).toEqual({ live: 60, kept: 0, controlKept: true });
  });

  it('removes itself and closes the inspector when its loopscope was killed', async () => {
    const { port, probe, session, inspectorUrl } = await startProbedTarget(SERVICE);
    const before = await tracesOf(port);
    const client = probe({ opened: { originalDebugPort: 9777 }, leaseMs: 400 });
    await client.install();
    await readingThat(client, (reading) => reading.state === 'live');
    // To the service this is what `kill -9` looks like: the connection ends and nobody says goodbye.
    session.close();
    await until(async () => (await tracesOf(port))['inspector'] === null);
    expect(await tracesOf(port)).toEqual({ ...before, inspector: null, debugPort: 9777 });
    await expect(connect(inspectorUrl)).rejects.toThrow('no inspector');
  });

  it('removes itself when its loopscope hangs with the connection open', async () => {
    const { port, evaluate, target } = await startProbedTarget(SERVICE);
    await evaluate(composeInstallExpression({ originalDebugPort: 9229, leaseMs: 300 }));
    await until(async () => (await tracesOf(port))['inspector'] === null);
    expect(await tracesOf(port)).toMatchObject({ probe: 'undefined', subscribed: [] });
    expect(target.child.exitCode).toBeNull();
  });

  it('stays through blocks that last longer than its lease, and names the function meanwhile', async () => {
    const { port, probe } = await startProbedTarget(SERVICE);
    const client = probe({ leaseMs: 500 });
    const gaps: unknown[] = [];
    const silences: number[] = [];
    client.onGap((gap) => gaps.push(gap));
    client.onSilence((silence) => silences.push(silence.pendingMs));
    await client.install();
    await readingThat(client, (reading) => reading.state === 'live');
    const blocked = readingThat(client, (reading) => (reading.blocked?.ageMs ?? 0) > 1000);
    const stalled = readingThat(client, (reading) => (reading.loop?.stalls.length ?? 0) > 0);
    const answer = fetch(`http://127.0.0.1:${port}/spin?ms=2000`);
    const { blocked: javascript } = await blocked;
    expect(javascript?.stack).toMatch(/^ {4}at spin \(\[eval\]/);
    expect(javascript?.stack).not.toContain('loopscope');
    expect(javascript?.route).toBe('GET /spin');
    const stall = (await stalled).loop!.stalls[0]!;
    expect(stall.endMs - stall.startMs).toBeGreaterThanOrEqual(1995);
    expect(stall.startMs).toBeCloseTo(javascript!.sinceMs, 3);
    await answer;
    const native = readingThat(client, (reading) =>
      (reading.loop?.stalls ?? []).some(({ startMs, endMs }) => endMs - startMs > 1400),
    );
    await fetch(`http://127.0.0.1:${port}/sleep`);
    await native;
    expect(Math.max(...silences)).toBeGreaterThan(1000);
    expect(gaps).toEqual([]);
  });

  it('tells what blocks when it comes in the middle of the block', async () => {
    const { port, probe, session } = await startProbedTarget(SERVICE);
    const answer = fetch(`http://127.0.0.1:${port}/spin?ms=3000`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const client = probe();
    const first = readingThat(client, (reading) => reading.blocked !== null);
    await client.install();
    expect(await first).toMatchObject({
      state: 'pending',
      blocked: { stack: expect.stringContaining('at spin') },
    });
    await readingThat(client, (reading) => reading.state === 'live');
    await answer;
    expect(session.closed).toBe(false);
  });

  it.each([18, 24])('does not hold up the exit of a service on Node %i', async (major) => {
    const { probe, evaluate, target } = await startProbedTarget(SERVICE, major);
    const client = probe({ opened: { originalDebugPort: 9229 } });
    await client.install();
    await readingThat(client, (reading) => reading.state === 'live');
    await evaluate('void setTimeout(() => process.exit(7), 0)');
    expect(await target.exited).toEqual({ code: 7, signal: null });
  });

  it('does not keep a process alive that has nothing left to do', async () => {
    const { probe, target, evaluate, session } = await startProbedTarget(SERVICE);
    await probe().install();
    // Node waits at its end for the debugger of `--inspect`; that is not the probe's doing.
    const waits = new Promise<void>((resolve) => {
      session.on('NodeRuntime.waitingForDisconnect', () => resolve());
    });
    await session.call('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true });
    await evaluate('void setTimeout(() => server.close(), 0)');
    await waits;
    session.close();
    expect(await target.exited).toEqual({ code: 0, signal: null });
  });

  it('takes over what an orphan of a killed loopscope had to close', async () => {
    const { probe, evaluate } = await startProbedTarget(SERVICE);
    const ofAnother = composeInstallExpression({ originalDebugPort: 9229, leaseMs: 60_000 });
    await evaluate(ofAnother.replaceAll(PROBE_OWNER, 'killed'));
    await until(async () => (await evaluate<number>(`${registry}.probes.killed.sincePolledMs()`)) > 2000);
    const heir = probe();
    expect(await heir.install()).toMatchObject({ ok: true });
    expect(await evaluate(`Object.keys(${registry}.probes)`)).toEqual([PROBE_OWNER]);
    await heir.uninstall();
    await expect.poll(() => evaluate('1').catch(() => 'closed'), { timeout: 5000 }).toBe('closed');
  });

  it('is refused where four others are polled already', async () => {
    const { probe, evaluate } = await startProbedTarget(SERVICE);
    const before = await evaluate<number>('process.getMaxListeners()');
    const owners = ['a', 'b', 'c', 'd'];
    for (const owner of owners) {
      const install = composeInstallExpression({ originalDebugPort: 9229, leaseMs: 60_000 });
      await evaluate(install.replaceAll(PROBE_OWNER, owner));
    }
    const polled = `void (globalThis.polling = setInterval(() => {
      for (const each of Object.values(${registry}.probes)) each.read();
    }, 100))`;
    await evaluate(polled);
    expect(await probe().install()).toMatchObject({ ok: false, error: { code: 'probe-held', exitCode: 3 } });
    await evaluate(
      `clearInterval(polling); for (const each of Object.values(${registry}.probes)) each.uninstall();`,
    );
    expect(
      await evaluate(`[typeof ${registry}, process.getMaxListeners(), process.listenerCount('exit')]`),
    ).toEqual(['undefined', before, 0]);
  });

  it('reads stacks past what an application does to Error', async () => {
    const { evaluate } = await startProbedTarget(SERVICE);
    await evaluate(composeInstallExpression({ originalDebugPort: null }));
    const read = JSON.stringify(READ_EXPRESSION);
    const reading = await evaluate<string>(`(() => {
      Error.stackTraceLimit = 0;
      Error.prepareStackTrace = () => { throw new Error('mine'); };
      spin(200);
      return (function deep() { return eval(${read}); })();
    })()`);
    expect(JSON.parse(reading).blocked.stack).toContain('at deep');
    expect(await evaluate('[Error.stackTraceLimit, typeof Error.prepareStackTrace]')).toEqual([
      0,
      'function',
    ]);
  });
});
