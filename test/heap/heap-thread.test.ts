import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { HeapThread } from '../../src/heap/heap-thread.ts';
import type { HeapProgress } from '../../src/heap/heap-messages.ts';
import { bundleHeapWorker } from './heap-worker-bundle.ts';
import { snapshotJson } from './snapshot-text.ts';

let worker: URL;
let folder = '';
beforeAll(async () => {
  worker = await bundleHeapWorker();
  folder = mkdtempSync(join(tmpdir(), 'loopscope-heap-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openThread(): HeapThread {
  const thread = new HeapThread(worker);
  onTestFinished(() => thread.close());
  return thread;
}

const heapWith = (entries: number): string =>
  snapshotJson(`
    (root) synthetic 0
    global object 16
    Cache object 24
    Map object 32
    table array 4096
    (root) -shortcut:global-> global
    global -property:cache-> Cache
    Cache -property:entries-> Map
    Map -internal:table-> table
    ${Array.from({ length: entries }, (_, index) => `Session#${index} object 100 @${1001 + index * 2}\ntable -internal:${index * 3}-> Session#${index}`).join('\n')}
  `);

describe('the heap thread', () => {
  it('reads a file, tells how far it is, and answers for it', async () => {
    const file = join(folder, 'one.heapsnapshot');
    writeFileSync(file, heapWith(20));
    const thread = openThread();
    const stages = new Set<HeapProgress['stage']>();
    thread.onProgress = ({ stage }) => stages.add(stage);
    const summary = await thread.ask({ kind: 'open-file', path: file });
    if (!summary.ok) throw new Error(summary.error.message);
    expect(summary.value.objects).toBe(25);
    expect([...stages]).toEqual(['reading', 'dominators', 'objects', 'constructors']);
    const sessions = summary.value.constructors.find(({ name }) => name === 'Session');
    expect(sessions).toMatchObject({ instances: 20, shallowBytes: 2000, retainedBytes: 2000 });
    // The table belongs to the Map alone: its bytes are the Map's.
    expect(summary.value.retainers[0]).toMatchObject({
      name: 'Map',
      shallowBytes: 4128,
      retainedBytes: 6128,
    });

    const instances = await thread.ask({ kind: 'instances', key: sessions!.key, limit: 3 });
    expect(instances).toMatchObject({ ok: true, value: [{ id: 1001 }, { id: 1003 }, { id: 1005 }] });
    const path = await thread.ask({ kind: 'path', id: 1003 });
    expect(path.ok && path.value.map(({ object, edge, name }) => `${object.name} ${edge} ${name}`)).toEqual([
      'globalThis property cache',
      'Cache property entries',
      'Map entry ',
    ]);
    expect(await thread.ask({ kind: 'search', text: 'sess', limit: 50 })).toMatchObject({
      ok: true,
      value: { length: 20 },
    });
    expect(await thread.ask({ kind: 'search', text: '@1003', limit: 50 })).toMatchObject({
      ok: true,
      value: [{ id: 1003 }],
    });
  });

  it('takes a snapshot in chunks and compares it with an earlier one', async () => {
    const thread = openThread();
    for (const entries of [20, 520]) {
      const json = heapWith(entries);
      await thread.ask({ kind: 'begin' });
      for (let at = 0; at < json.length; at += 1000) thread.feed(json.slice(at, at + 1000));
      expect(await thread.ask({ kind: 'finish' })).toMatchObject({ ok: true });
      if (entries === 20) await thread.ask({ kind: 'keep-baseline' });
    }
    const comparison = await thread.ask({ kind: 'compare' });
    expect(comparison).toMatchObject({
      ok: true,
      value: {
        matchedBy: 'ids',
        newObjects: 500,
        holders: [
          { object: { name: 'Map' }, grownBytes: 50_000, holds: [{ constructor: 'Session', objects: 500 }] },
        ],
      },
    });
  });

  it('answers with an error for what it cannot read and does not hold', async () => {
    const thread = openThread();
    const missing = await thread.ask({ kind: 'open-file', path: join(folder, 'none') });
    expect(missing).toMatchObject({ ok: false, error: { code: 'snapshot-unreadable', exitCode: 2 } });
    expect(await thread.ask({ kind: 'compare' })).toMatchObject({
      ok: false,
      error: { code: 'snapshot-missing' },
    });
    const broken = join(folder, 'broken.heapsnapshot');
    writeFileSync(broken, heapWith(5).slice(0, 900));
    expect(await thread.ask({ kind: 'open-file', path: broken })).toMatchObject({
      ok: false,
      error: { code: 'snapshot-broken' },
    });
  });

  it('settles what was asked when it is closed', async () => {
    const thread = openThread();
    const answer = thread.ask({ kind: 'search', text: 'x', limit: 1 });
    await thread.close();
    expect(await answer).toMatchObject({ ok: false });
    expect(await thread.ask({ kind: 'compare' })).toMatchObject({
      ok: false,
      error: { code: 'heap-analysis-ended' },
    });
  });

  it('leaves the thread that draws free while it works', async () => {
    const file = join(folder, 'large.heapsnapshot');
    writeFileSync(file, heapWith(4000));
    const thread = openThread();
    const busyBefore = performance.eventLoopUtilization();
    const summary = await thread.ask({ kind: 'open-file', path: file });
    const { utilization } = performance.eventLoopUtilization(busyBefore);
    expect(summary.ok).toBe(true);
    expect(utilization).toBeLessThan(0.5);
  });
});
