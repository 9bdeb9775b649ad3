import { expect, onTestFinished, test } from 'vitest';
import { createContextCollector } from '../../src/collectors/context-collector.ts';
import { createSourceKnowledge } from '../../src/collectors/cpu-profile.ts';
import { PROBE_EXPRESSION } from '../../src/probes/extension.ts';
import { startWatchedService } from './watched-service.ts';

test('work after the response is told apart from work before it, by route and function', async () => {
  const service = await startWatchedService('works-after-response.mjs');
  const { locator } = createSourceKnowledge(null, process.cwd());
  const { collector, events } = await service.watch((context) => createContextCollector(context, locator));
  const load = new AbortController();
  onTestFinished(() => load.abort());
  const keepAsking = async (path: string): Promise<void> => {
    while (!load.signal.aborted) await service.answered(path);
  };
  expect(await collector.enable(60_000)).toBe(true);
  void keepAsking('/cpu').catch(() => undefined);
  for (let i = 0; i < 3; i++) service.request('/report');
  const samples = () =>
    events
      .flatMap((event) => (event.kind === 'context-samples' ? event.samples : []))
      .filter(({ stack }) => stack.some((frame) => frame.function === 'summarise'));
  const of = (route: string) => samples().filter((sample) => sample.route === route);
  await expect.poll(() => of('GET /report').length, { timeout: 20_000 }).toBeGreaterThan(5);
  await expect.poll(() => of('GET /cpu').length, { timeout: 20_000 }).toBeGreaterThan(5);
  expect(of('GET /report').every(({ finished }) => finished)).toBe(true);
  expect(of('GET /cpu').every(({ finished }) => !finished)).toBe(true);
  expect(of('GET /report').every(({ stack }) => stack.some((frame) => frame.function === 'goOn'))).toBe(true);

  await collector.disable();
  load.abort();
  expect(collector.enabled).toBe(false);
  const left = `Object.keys(${PROBE_EXPRESSION}.extensions)`;
  expect(await service.session.evaluate(left)).toEqual({ ok: true, value: [] });
});

test('sampling ends by itself', async () => {
  const service = await startWatchedService('works-after-response.mjs');
  const { locator } = createSourceKnowledge(null, process.cwd());
  const { collector } = await service.watch((context) => createContextCollector(context, locator));
  await collector.enable(100);
  await expect.poll(() => collector.enabled).toBe(false);
});
