import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createThreadpoolCollector } from '../../src/collectors/threadpool-collector.ts';
import { PROBE_EXPRESSION } from '../../src/probes/extension.ts';
import { nodeBinary } from '../node-versions.ts';
import { startWatchedService } from './watched-service.ts';

test('an idle pool answers at once, and its size is that of the environment', async () => {
  const service = await startWatchedService('fills-thread-pool.cjs', { env: { UV_THREADPOOL_SIZE: '3' } });
  const { next, collector } = await service.watch((context) =>
    createThreadpoolCollector(context, service.extensions),
  );
  expect(await service.answered('/once')).toBe(200);
  const idle = await next('threadpool');
  expect(idle).toMatchObject({ size: 3, filledBy: [] });
  expect(idle.queueDelayMs).toBeLessThan(50);
  await collector.stop();
  const left = `Object.keys(${PROBE_EXPRESSION}.extensions)`;
  expect(await service.session.evaluate(left)).toEqual({ ok: true, value: [] });
});

test.each(['crypto', 'zlib'])('a pool full of %s is told by its delay and by name', async (work) => {
  const service = await startWatchedService('fills-thread-pool.cjs');
  const { next } = await service.watch((context) => createThreadpoolCollector(context, service.extensions));
  expect(await service.answered(`/${work}`)).toBe(200);
  const full = await next('threadpool', ({ filledBy }) => filledBy.length > 0);
  expect(full.size).toBe(4);
  expect(full.queueDelayMs).toBeGreaterThan(50);
  expect(full.filledBy[0]?.work).toBe(work);
});

test('timers that hold up the loop are not taken for a full pool', async () => {
  const service = await startWatchedService('fills-thread-pool.cjs');
  const { next, events } = await service.watch((context) =>
    createThreadpoolCollector(context, service.extensions),
  );
  expect(await service.answered('/once')).toBe(200);
  await next('threadpool');
  expect(await service.answered('/timers')).toBe(200);
  const before = events.length;
  await expect.poll(() => events.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(before + 4);
  const delaysMs = events
    .slice(before + 1)
    .flatMap((event) => ('queueDelayMs' in event ? [event.queueDelayMs] : []));
  // The least of several: on a full machine the pool's thread may be late, too. Each is 100 if the loop's delay counts.
  expect(Math.min(...delaysMs)).toBeLessThan(50);
});

test.each([18, 20, 22, 24])(
  'a service on Node %i that never used its pool is left without one',
  async (major) => {
    const service = await startWatchedService('fills-thread-pool.cjs', {
      executable: await nodeBinary(major),
    });
    const threads = (): number => readdirSync(`/proc/${service.pid}/task`).length;
    const { next, events } = await service.watch((context) =>
      createThreadpoolCollector(context, service.extensions),
    );
    const installed = `${PROBE_EXPRESSION}?.extensions.threadpool !== undefined`;
    await expect.poll(() => service.session.evaluate(installed)).toEqual({ ok: true, value: true });
    const before = threads();
    // Twice as long as it rests between two measurements.
    await new Promise((resolve) => setTimeout(resolve, 2200));
    expect(threads()).toBe(before);
    expect(events).toEqual([]);
    expect(await service.answered('/once')).toBe(200);
    await next('threadpool');
    expect(threads()).toBe(before + 4);
  },
);
