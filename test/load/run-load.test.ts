import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { loadPlan, loadTarget } from '../../src/load/load-plan.ts';
import { runLoad } from '../../src/load/run-load.ts';
import type { LoadProgress } from '../../src/load/load-result.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { serve } from './local-server.ts';

const clock = systemClock;

describe('load at a rate', () => {
  it('sends what the schedule asks for and counts every answer', async () => {
    let seen = 0;
    const url = await serve((_request, response) => {
      seen++;
      response.statusCode = seen % 2 === 0 ? 200 : 503;
      response.end('four');
    });
    const result = await runLoad(
      loadPlan({ kind: 'rate', perSecond: 100 }, [loadTarget(url)], { durationMs: 1_000 }),
      { clock },
    );
    expect(result).toMatchObject({ schema: 'loopscope.load/1', sent: 100, answered: 100, errors: {} });
    expect(result.statuses).toEqual({ 200: 50, 503: 50 });
    expect(result.bytesReceived).toBe(400);
    expect(seen).toBe(100);
  });

  it('counts the wait of requests that a standing service could not take', async () => {
    // The service answers nothing for its first 500 ms; then at once. A client that waits for its answer before
    // it asks again would see one slow request; at 100/s for 1 s half of the requests were due in that time.
    const openAtMs = clock.monotonicMs() + 500;
    const url = await serve((_request, response) => {
      setTimeout(() => response.end(), Math.max(0, openAtMs - clock.monotonicMs()));
    });
    const result = await runLoad(
      loadPlan({ kind: 'rate', perSecond: 100 }, [loadTarget(url)], { durationMs: 1_000 }),
      { clock },
    );
    const { p50 = 0, p90 = 0, max = 0 } = result.latencyMs ?? {};
    expect(max).toBeGreaterThan(400);
    // One request in ten was due in the first 100 ms and waited for 400 ms or more.
    expect(p90).toBeGreaterThan(300);
    expect(p50).toBeLessThan(p90);
  });

  it('gives up requests that take too long, and counts the time they waited', async () => {
    const url = await serve(() => {});
    const result = await runLoad(
      loadPlan({ kind: 'rate', perSecond: 50 }, [loadTarget(url)], { durationMs: 300, timeoutMs: 200 }),
      { clock },
    );
    expect(result).toMatchObject({ sent: 15, answered: 0, errors: { timeout: 15 } });
    expect(result.latencyMs?.p50).toBeGreaterThan(190);
  });

  it('divides requests by weight, evenly in every short stretch', async () => {
    const order: string[] = [];
    const url = await serve((request, response) => {
      order.push(request.url ?? '');
      response.end();
    });
    const targets = [loadTarget(`${url}/often?x=1`, { weight: 3 }), loadTarget(`${url}/seldom`)];
    const plan = loadPlan({ kind: 'rate', perSecond: 40 }, targets, { durationMs: 1_000 });
    const result = await runLoad(plan, { clock });
    expect(result.targets.map(({ sent }) => sent)).toEqual([30, 10]);
    expect(new Set(order)).toEqual(new Set(['/often?x=1', '/seldom']));
  });

  it('sends method, headers and body as given', async () => {
    const received: unknown[] = [];
    const url = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (body) => {
        received.push([request.method, request.headers['content-type'], body]);
        response.end();
      });
    });
    const target = loadTarget(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    await runLoad(loadPlan({ kind: 'rate', perSecond: 10 }, [target], { durationMs: 100 }), { clock });
    expect(received).toEqual([['PUT', 'application/json', '{"a":1}']]);
  });

  it('follows no redirect: it sends only where it is told', async () => {
    let elsewhere = 0;
    const other = await serve((_request, response) => {
      elsewhere++;
      response.end();
    });
    const url = await serve((_request, response) => response.writeHead(302, { location: other }).end());
    const plan = loadPlan({ kind: 'rate', perSecond: 20 }, [loadTarget(url)], { durationMs: 200 });
    expect(await runLoad(plan, { clock })).toMatchObject({ statuses: { 302: 4 } });
    expect(elsewhere).toBe(0);
  });

  it('leaves the warm-up out of the figures', async () => {
    let seen = 0;
    const url = await serve((_request, response) => {
      seen++;
      response.end();
    });
    const times = { durationMs: 200, warmupMs: 300 };
    const result = await runLoad(loadPlan({ kind: 'rate', perSecond: 50 }, [loadTarget(url)], times), {
      clock,
    });
    expect(seen).toBe(25);
    // The request that is due when the warm-up ends may fall on either side by the timer's grain.
    expect(result.sent).toBeGreaterThanOrEqual(10);
    expect(result.sent).toBeLessThanOrEqual(11);
  });

  it('counts a refused connection by its kind', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const target = loadTarget(`http://127.0.0.1:${port}`);
    const result = await runLoad(loadPlan({ kind: 'rate', perSecond: 20 }, [target], { durationMs: 200 }), {
      clock,
    });
    expect(result).toMatchObject({ sent: 4, answered: 0, errors: { refused: 4 }, latencyMs: null });
  });

  it('counts a connection that breaks', async () => {
    const url = await serve((request) => request.socket.destroy());
    const plan = loadPlan({ kind: 'rate', perSecond: 20 }, [loadTarget(url)], { durationMs: 200 });
    expect(await runLoad(plan, { clock })).toMatchObject({ sent: 4, answered: 0, errors: { reset: 4 } });
  });

  it('ends at once on a signal, with what was seen', async () => {
    const interruption = new AbortController();
    let seen = 0;
    const url = await serve((_request, response) => {
      if (++seen > 10) interruption.abort();
      else response.end();
    });
    const plan = loadPlan({ kind: 'rate', perSecond: 100 }, [loadTarget(url)], { durationMs: 60_000 });
    const result = await runLoad(plan, { clock, signal: interruption.signal });
    expect(result.interrupted).toBe(true);
    expect(result.answered).toBe(10);
    expect(result.window.durationMs).toBeLessThan(30_000);
  });

  it('tells its progress while it runs', async () => {
    const url = await serve((_request, response) => response.end());
    const told: LoadProgress[] = [];
    const plan = loadPlan({ kind: 'rate', perSecond: 50 }, [loadTarget(url)], { durationMs: 1_500 });
    await runLoad(plan, { clock, onProgress: (progress) => told.push(progress) });
    expect(told[0]).toMatchObject({ warmingUp: false, totalMs: 1_500 });
    expect(told[0]?.recent.answeredPerSecond).toBeGreaterThan(20);
  });
});

describe('load in turns', () => {
  it('keeps as many requests in flight as it has connections', async () => {
    let open = 0;
    let mostOpen = 0;
    const url = await serve((_request, response) => {
      mostOpen = Math.max(mostOpen, ++open);
      setTimeout(() => {
        open--;
        response.end();
      }, 20);
    });
    const plan = loadPlan({ kind: 'connections', count: 3 }, [loadTarget(url)], { durationMs: 500 });
    const result = await runLoad(plan, { clock });
    expect(mostOpen).toBe(3);
    expect(result.connections).toBe(3);
    expect(result.answered).toBeGreaterThan(10);
    expect(result.errors).toEqual({});
  });
});
