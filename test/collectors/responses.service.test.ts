import { expect, onTestFinished, test } from 'vitest';
import { createResponsesCollector } from '../../src/collectors/responses-collector.ts';
import { startWatchedService } from './watched-service.ts';

test('a large body that is sent whole is told apart from one that is sent in pieces', async () => {
  const service = await startWatchedService('sends-whole-bodies.mjs');
  const { next } = await service.watch((context) => createResponsesCollector(context, service.probe));
  const load = new AbortController();
  onTestFinished(() => load.abort());
  const ask = async (): Promise<void> => {
    for (const path of ['/whole', '/pieces', '/small']) await service.answered(path);
  };
  const keepAsking = async (): Promise<void> => {
    while (!load.signal.aborted) await ask();
  };
  void keepAsking().catch(() => undefined);
  const { routes } = await next('large-responses');
  const whole = routes.find(({ route }) => route === 'GET /whole');
  expect(whole).toMatchObject({ largestBytes: 1024 * 1024, totalBytes: whole!.count * 1024 * 1024 });
  expect(whole?.buffered).toBe(whole?.count);
  expect(whole?.count).toBeGreaterThan(0);
  const pieces = routes.find(({ route }) => route === 'GET /pieces');
  expect(pieces?.buffered ?? 0).toBe(0);
  expect(routes.find(({ route }) => route === 'GET /small')).toBeUndefined();
});
