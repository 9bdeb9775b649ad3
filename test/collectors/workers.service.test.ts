import { expect, test } from 'vitest';
import { createWorkersCollector } from '../../src/collectors/workers-collector.ts';
import { PROBE_EXPRESSION } from '../../src/probes/extension.ts';
import { startWatchedService } from './watched-service.ts';

test('the workers of a cluster show side by side, and how one of them ended', async () => {
  const service = await startWatchedService('forks-workers.cjs');
  const { next, collector } = await service.watch((context) =>
    createWorkersCollector(context, service.extensions),
  );
  const { workers } = await next(
    'workers',
    (event) => event.workers.length === 2 && event.workers.some(({ cpuPercent }) => cpuPercent > 20),
  );
  expect(Math.min(...workers.map(({ cpuPercent }) => cpuPercent))).toBeLessThan(20);

  const listening = `'workers' in ${PROBE_EXPRESSION}.extensions`;
  await expect.poll(() => service.session.evaluate(listening)).toEqual({ ok: true, value: true });
  service.request('/crash');
  const { exits } = await next('workers', (event) => event.exits.length > 0);
  expect(exits).toEqual([{ pid: expect.any(Number), how: 'exit code 3' }]);
  expect(workers.map(({ pid }) => pid)).toContain(exits[0]?.pid);

  await collector.stop();
  const listeners = `process.getBuiltinModule?.('cluster').listenerCount('exit')`;
  expect(await service.session.evaluate(listeners)).toEqual({ ok: true, value: 1 });
});
