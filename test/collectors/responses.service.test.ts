import { expect, onTestFinished, test } from 'vitest';
import { createResponsesCollector } from '../../src/collectors/responses-collector.ts';
import { startWatchedService } from './watched-service.ts';

const PATHS = ['/whole', '/pieces', '/small', '/compressed/report', '/compressed/pieces'];

test('a large body that is sent whole is told apart from one that is sent in pieces, also where it is compressed', async () => {
  const service = await startWatchedService('sends-whole-bodies.mjs');
  const { next } = await service.watch((context) => createResponsesCollector(context, service.probe));
  const load = new AbortController();
  onTestFinished(() => load.abort());
  const ask = async (): Promise<void> => {
    for (const path of PATHS) await service.answered(path);
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
  const compressed = routes.find(({ route }) => route === 'GET /compressed/report');
  expect(compressed?.largestBytes).toBeGreaterThan(1_000_000);
  expect(compressed?.buffered).toBe(compressed?.count);
  for (const route of ['GET /pieces', 'GET /compressed/pieces'])
    expect(routes.find((each) => each.route === route)?.buffered ?? 0).toBe(0);
  expect(routes.find(({ route }) => route === 'GET /small')).toBeUndefined();
});
