import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../src/model/latency-histogram.ts';
import type { FrameworkRequest, RequestMeter, Tracked } from '../../src/probes/in-service/request-meter.ts';
import { createMeter } from '../support/request-meter.ts';

let nowMs = 0;

const ask = (meter: RequestMeter, url: string, request: FrameworkRequest = {}, statusCode = 200): void => {
  const response: Tracked = { req: request };
  meter.begin(response, 'GET', url, nowMs, true);
  nowMs += 1;
  meter.end(response, request, statusCode, 10, nowMs);
};

const told = (meter: RequestMeter): Record<string, number> =>
  Object.fromEntries(meter.read(nowMs)!.routes.map(({ route, count }) => [route, count]));

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => 'n' + 'abcdefgh'[i % 8]! + 'x'.repeat(i >> 3));

describe('the table of routes', () => {
  it('takes a place where many values come for what it is, with what was counted before', () => {
    const meter = createMeter();
    for (const name of names(40)) ask(meter, `/accounts/${name}/login`);
    ask(meter, '/accounts');
    expect(told(meter)).toEqual({ '/accounts/:value/login': 40, '/accounts': 1 });
    for (const name of names(40)) ask(meter, `/accounts/${name}/profile`);
    expect(told(meter)).toEqual({ '/accounts/:value/profile': 40 });
  });

  it('keeps thirty resources apart that come again and again', () => {
    const meter = createMeter();
    for (let round = 0; round < 5; round++) {
      for (const name of names(20)) ask(meter, `/api/${name}`);
    }
    for (const name of names(30)) ask(meter, `/api/${name}`);
    expect(Object.keys(told(meter))).toHaveLength(30);
  });

  it('has room for new routes after it merged', () => {
    const meter = createMeter();
    for (let place = 0; place < 12; place++) {
      for (const name of names(100)) ask(meter, `/list${'abcdefghijkl'[place]!}/${name}`);
    }
    const routes = told(meter);
    expect(Object.keys(routes)).toHaveLength(12);
    expect(Object.values(routes)).toEqual(Array.from({ length: 12 }, () => 100));
  });

  it('keeps the latencies of the routes that it merges', () => {
    const meter = createMeter();
    for (const name of names(40)) ask(meter, `/accounts/${name}`);
    const [route] = meter.read(nowMs)!.routes;
    expect(route).toMatchObject({ count: 40, maxUs: 1000, bytes: 400, latency: [bucketOf(1000), 40] });
  });

  it('leaves alone what the framework calls its routes, and folds where it is mounted', () => {
    const meter = createMeter();
    for (const name of names(40))
      ask(meter, `/api/${name}`, { route: { path: `/${name}` }, baseUrl: '/api' });
    expect(Object.keys(told(meter))).toHaveLength(40);
    const login = { path: '/login' };
    for (const name of names(40)) {
      ask(meter, `/accounts/${name}/login`, { route: login, baseUrl: `/accounts/${name}` });
    }
    expect(told(meter)).toEqual({ '/accounts/:value/login': 40 });
  });

  it('calls the parameters of a mounted router by their names, where the router has them, too', () => {
    const meter = createMeter();
    const route = { path: '/reports/:id' };
    const baseUrl = '/api/v1/tenants/acme';
    ask(meter, `${baseUrl}/reports/7`, { route, baseUrl, params: { tenant: 'acme', id: '7' } });
    ask(meter, '/users/users/reports/users', {
      route,
      baseUrl: '/users/users',
      params: { kind: 'users', id: 'users' },
    });
    ask(meter, '/shops/12/reports/12', { route, baseUrl: '/shops/12', params: { id: '12' } });
    expect(told(meter)).toEqual({
      '/api/v1/tenants/:tenant/reports/:id': 1,
      '/users/:kind/reports/:id': 1,
      '/shops/:id/reports/:id': 1,
    });
  });

  it('calls a request in flight by the pattern that the framework has or will have for it', () => {
    const meter = createMeter();
    const route = { path: '/accounts/:user/login' };
    ask(meter, '/accounts/ada/login', { route, baseUrl: '' });
    const since = nowMs;
    // Not matched yet: it looks like one that was.
    meter.begin({ req: {} }, 'GET', '/accounts/bob/login', nowMs, true);
    expect(meter.selectRunning(since)).toBe('GET /accounts/:user/login');
    // Matched, and never seen before.
    const request = { route: { path: '/teams/:team' }, baseUrl: '' };
    meter.begin({ req: request }, 'GET', '/teams/blue', nowMs, true);
    expect(meter.selectRunning(since)).toBe('GET /teams/:team');
    expect(meter.read(nowMs)!.starts.map(([name]) => name)).toEqual([
      'GET /accounts/:user/login',
      'GET /accounts/:user/login',
      'GET /teams/:team',
    ]);
  });

  it('does not mistake a path for a pattern that is another one', () => {
    const meter = createMeter();
    ask(meter, '/users/ada', { route: { path: '/users/:id' }, baseUrl: '' });
    ask(meter, '/users/me', { route: { path: '/users/me' }, baseUrl: '' });
    const since = nowMs;
    meter.begin({ req: {} }, 'GET', '/users/me?full=1', nowMs, true);
    expect(meter.selectRunning(since)).toBe('GET /users/me');
    meter.begin({ req: {} }, 'GET', '/users/bob/orders', nowMs, true);
    expect(meter.selectRunning(since)).toBe('GET /users/bob/orders');
    meter.begin({ req: {} }, 'POST', '/users/bob', nowMs, true);
    expect(meter.selectRunning(since)).toBe('POST /users/bob');
  });
});
