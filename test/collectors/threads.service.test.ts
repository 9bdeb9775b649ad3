import { describe, expect, test } from 'vitest';
import { createSourceKnowledge } from '../../src/collectors/cpu-profile.ts';
import { createThreadsCollector } from '../../src/collectors/threads-collector.ts';
import type { ThreadsEvent } from '../../src/model/timeline-event.ts';
import { nodeBinary } from '../node-versions.ts';
import type { TargetOptions } from '../support/target-process.ts';
import { startWatchedService, type WatchedEvents, type WatchedService } from './watched-service.ts';
import type { Collector } from '../../src/collectors/collector.ts';

const { locator } = createSourceKnowledge('', process.cwd());

async function watchThreads(
  options: TargetOptions = {},
): Promise<WatchedEvents<Collector> & { readonly service: WatchedService }> {
  const service = await startWatchedService('starts-worker-threads.cjs', options);
  const watched = await service.watch((context) => createThreadsCollector(context, locator));
  return { ...watched, service };
}

const named = ({ threads }: ThreadsEvent, name: string): ThreadsEvent['threads'][number] | undefined =>
  threads.find((thread) => thread.name === name);

describe.each([18, 22, 26])('worker threads on Node %i', (major) => {
  test('are told by their names: how busy each loop is, its heap, and the function that keeps it busy', async () => {
    const { next, collector, service } = await watchThreads({ executable: await nodeBinary(major) });
    const event = await next('threads', (each) => (named(each, 'prices')?.hottest.length ?? 0) > 0);
    expect(event.threads.map(({ name }) => name).toSorted()).toEqual(['mail', 'prices', 'search']);
    const [busy, idle] = [named(event, 'prices'), named(event, 'mail')];
    expect(busy?.utilization).toBeGreaterThan(0.8);
    expect(busy?.hottest[0]?.stack[0]).toMatchObject({ function: 'rebuildPrices' });
    expect(busy?.heapUsedBytes).toBeGreaterThan(1e6);
    expect(busy?.heapLimitBytes).toBeGreaterThan(1e7);
    expect(idle?.utilization).toBeLessThan(0.3);
    expect(idle?.hottest).toEqual([]);

    await collector.stop();
    const again = await service.watch((context) => createThreadsCollector(context, locator));
    await again.next('threads', ({ threads }) => threads.length === 3);
  });
});

test('a worker thread that ends is not held up, and is told no more', async () => {
  const { next, service } = await watchThreads();
  await next('threads', (event) => named(event, 'search') !== undefined);
  process.kill(service.pid, 'SIGUSR2');
  await next('threads', (event) => event.threads.length === 2 && named(event, 'search') === undefined);
});

test('worker threads are asked while the main thread computes', async () => {
  const { events, next, service } = await watchThreads();
  await next('threads', (event) => typeof named(event, 'prices')?.utilization === 'number');
  let isOver = false;
  const answer = service.answered('/for-a-while').then(() => (isOver = true));
  // The service is gone before it could answer.
  answer.catch(() => {});
  await service.session.evaluate('1');
  const before = events.length;
  // The reading after the next one began when the main thread computed already.
  await next('threads', (event) => {
    const later = events.slice(before).filter(({ kind }) => kind === 'threads');
    return later.indexOf(event) >= 1 && named(event, 'prices')?.silentMs === 0;
  });
  expect(isOver).toBe(false);
});
