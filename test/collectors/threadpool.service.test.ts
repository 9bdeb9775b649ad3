import { expect, test } from 'vitest';
import { createThreadpoolCollector } from '../../src/collectors/threadpool-collector.ts';
import { PROBE_EXPRESSION } from '../../src/probes/extension.ts';
import { startWatchedService } from './watched-service.ts';

test('an idle pool answers at once, and its size is that of the environment', async () => {
  const service = await startWatchedService('fills-thread-pool.cjs', { env: { UV_THREADPOOL_SIZE: '3' } });
  const { next, collector } = await service.watch(createThreadpoolCollector);
  const idle = await next('threadpool');
  expect(idle).toMatchObject({ size: 3, filledBy: [] });
  expect(idle.queueDelayMs).toBeLessThan(50);
  await collector.stop();
  const left = `Object.keys(${PROBE_EXPRESSION}.extensions)`;
  expect(await service.session.evaluate(left)).toEqual({ ok: true, value: [] });
});

test.each(['crypto', 'zlib'])('a pool full of %s is told by its delay and by name', async (work) => {
  const service = await startWatchedService('fills-thread-pool.cjs');
  const { next } = await service.watch(createThreadpoolCollector);
  expect(await service.answered(`/${work}`)).toBe(200);
  const full = await next('threadpool', ({ filledBy }) => filledBy.length > 0);
  expect(full.size).toBe(4);
  expect(full.queueDelayMs).toBeGreaterThan(50);
  expect(full.filledBy[0]?.work).toBe(work);
});
