/** Leaks planted in live services: the first line of the comparison must name what holds the growth. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { formatHeapComparison } from '../../src/exports/heap-text.ts';
import { HeapThread } from '../../src/heap/heap-thread.ts';
import { takeSnapshot } from '../../src/heap/live-snapshot.ts';
import { connectTo } from '../../src/inspector/inspector-connection.ts';
import type { InspectorSession } from '../../src/inspector/session.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { nodeBinary } from '../node-versions.ts';
import { startTarget } from '../support/target-process.ts';
import { bundleHeapWorker } from './heap-worker-bundle.ts';

const NODES = process.env['LOOPSCOPE_ALL_NODES'] ? [18, 20, 22, 24, 26] : [20, 24];

let worker: URL;
beforeAll(async () => {
  worker = await bundleHeapWorker();
});

/** Starts the service on that Node and opens a session of its inspector. */
async function open(leak: string, node: number): Promise<() => Promise<InspectorSession>> {
  const file = join(import.meta.dirname, 'leaks', leak);
  const target = await startTarget(['--inspect=127.0.0.1:0', file], { executable: await nodeBinary(node) });
  const [webSocketUrl] = /ws:\/\/\S+/.exec(target.stderr()) ?? [''];
  return async () => {
    const session = await connectTo({ webSocketUrl });
    if (!session.ok) throw new Error(session.error.message);
    onTestFinished(() => session.value.close());
    return session.value;
  };
}

async function read(session: InspectorSession, thread: HeapThread): Promise<void> {
  expect(await thread.ask({ kind: 'begin' })).toMatchObject({ ok: true });
  expect(await takeSnapshot(session, [(text) => thread.feed(text)], systemClock)).toMatchObject({ ok: true });
  expect(await thread.ask({ kind: 'finish' })).toMatchObject({ ok: true });
}

/** What the comparison of two snapshots says, 300 requests apart. */
async function compare(leak: string, node: number, separateSessions = false): Promise<string> {
  const connect = await open(leak, node);
  const thread = new HeapThread(worker);
  onTestFinished(() => thread.close());
  let session = await connect();
  await read(session, thread);
  await thread.ask({ kind: 'keep-baseline' });
  if (separateSessions) {
    session.close();
    session = await connect();
  }
  const leaked = await session.evaluate('globalThis.leak(300)', { timeoutMs: 30_000 });
  expect(leaked).toMatchObject({ ok: true });
  await read(session, thread);
  const comparison = await thread.ask({ kind: 'compare' });
  if (!comparison.ok) throw new Error(comparison.error.message);
  if (process.env['LOOPSCOPE_SHOW'])
    console.log(`${leak} on ${node}\n${formatHeapComparison(comparison.value)}`);
  return formatHeapComparison(comparison.value);
}

const LEAKS = [
  ['closures-in-an-emitter.mjs', /Array at globalThis\.priceFeed\._events\.price: 300 x Function/],
  ['a-map-without-bounds.mjs', /Map at .*variable sessionsByToken: 300 x Session/],
  ['timers-never-cleared.mjs', /TimersList at .*3600000.*: 300 x Timeout/],
  ['promises-never-settled.mjs', /Promise at .*variable lockReleased/],
  ['an-array-in-a-module.cjs', /Array at .*variable auditTrail: 300 x /],
  ['buffers-in-a-queue.mjs', /Array at .*variable uploads\.#waiting: 300 x Buffer/],
] as const;

describe.each(NODES)('on Node %i', (node) => {
  it.each(LEAKS)('names what holds the growth of %s', async (leak, headline) => {
    const [first] = (await compare(leak, node)).split('\n');
    expect(first).toMatch(headline);
  });
});

it('names it also for snapshots of two sessions, which share no object ids', async () => {
  const text = await compare('a-map-without-bounds.mjs', 20, true);
  expect(text).toContain('share no object ids');
  expect(text.split('\n')[0]).toMatch(/Map at .*variable sessionsByToken: 300 x Session/);
});

it('does not blame a cache that replaces its entries', async () => {
  const text = await compare('a-cache-that-replaces.mjs', 20);
  expect(text.split('\n')[0]).not.toMatch(/latest|Quote/);
});
