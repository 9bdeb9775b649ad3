import { expect, test } from 'vitest';
import { createOutgoingCollector } from '../../src/collectors/outgoing-collector.ts';
import { histogramPercentile } from '../../src/model/latency-histogram.ts';
import { PROBE_EXPRESSION } from '../../src/probes/extension.ts';
import { startWatchedService } from './watched-service.ts';

test('calls of http and of fetch are told by host, with latency, failures and the routes that wait', async () => {
  const service = await startWatchedService('calls-slow-neighbour.mjs');
  const { next, collector } = await service.watch((context) =>
    createOutgoingCollector(context, service.extensions),
  );
  const installed = `'outgoing' in ${PROBE_EXPRESSION}.extensions`;
  await expect.poll(() => service.session.evaluate(installed)).toEqual({ ok: true, value: true });
  expect(await service.answered('/http')).toBe(200);
  expect(await service.answered('/fetch')).toBe(200);
  expect(await service.answered('/broken')).toBe(502);

  for (const via of ['http', 'undici'] as const) {
    const event = await next('outgoing', ({ peers }) =>
      peers.some((each) => each.via === via && each.count > 0),
    );
    const peer = event.peers.find((each) => each.via === via && each.count > 0);
    expect(peer).toMatchObject({ count: 1, errors: 0, inFlight: 0 });
    expect(peer?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(peer?.routes).toEqual([via === 'http' ? 'GET /http' : 'GET /fetch']);
    expect(histogramPercentile(peer?.latency ?? [], 0.5)).toBeGreaterThan(79_000);
  }
  const broken = await next('outgoing', ({ peers }) => peers.some(({ peer }) => peer === '127.0.0.1:2'));
  expect(broken.peers.find(({ peer }) => peer === '127.0.0.1:2')).toMatchObject({ count: 1, errors: 1 });

  await collector.stop();
  const left = `Object.keys(${PROBE_EXPRESSION}.extensions)`;
  expect(await service.session.evaluate(left)).toEqual({ ok: true, value: [] });
});
