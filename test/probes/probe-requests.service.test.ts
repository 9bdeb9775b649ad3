import { connect as connectSocket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { histogramPercentile, mergeHistograms } from '../../src/model/latency-histogram.ts';
import type { RouteWindow, SparseHistogram } from '../../src/model/timeline-event.ts';
import { extensionExpression } from '../../src/probes/extension.ts';
import { createExtensionReader } from '../../src/probes/extension-reader.ts';
import { FRAMEWORK_ROUTES_TEXT, FRAMEWORKS } from '../../src/probes/framework-probe.ts';
import type { ProbeClient } from '../../src/probes/probe-client.ts';
import { readingThat, startProbedTarget, until } from './probed-target.ts';

const REPLY = `const reply = (response) => response.end('done');`;
const LISTEN = `.listen(0, '127.0.0.1', function () { console.log('ready ' + this.address().port); });`;

const SERVICES = {
  http: `${REPLY} require('node:http').createServer((request, response) => {
    response.statusCode = request.url.startsWith('/nothing') ? 404 : 200;
    reply(response);
  })${LISTEN}`,
  express: `const express = require('express');
    const users = express.Router({ mergeParams: true });
    users.get('/', (request, response) => response.send('all'));
    users.get('/:user/orders', (request, response) => response.send('orders'));
    const app = express();
    app.use('/teams/:team/users', users);
    app.get('/login/:name', async (request, response) => { await null; response.send('in'); });
    app${LISTEN}`,
  fastify: `const app = require('fastify')();
    app.get('/login/:name', async () => 'in');
    app.listen({ port: 0, host: '127.0.0.1' }).then(() => console.log('ready ' + app.server.address().port));`,
  koa: `const Koa = require('koa');
    const app = new Koa();
    app.use((context) => { context.body = 'in'; });
    app${LISTEN}`,
  hapi: `const server = require('@hapi/hapi').server({ port: 0, host: '127.0.0.1' });
    server.route({ method: 'GET', path: '/login/{name}', handler: () => 'in' });
    server.start().then(() => console.log('ready ' + server.info.port));`,
  'koa with its router': `const Koa = require('koa');
    const Router = require('@koa/router');
    const router = new Router({ prefix: '/v1' });
    router.use((context, next) => next());
    router.get('/login/:name', (context) => { context.body = 'in'; });
    const app = new Koa();
    app.use(router.routes());
    app${LISTEN}`,
  hono: `const { Hono } = require('hono');
    const app = new Hono();
    app.get('/login/:name', (context) => context.text('in'));
    require('@hono/node-server').serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' },
      (address) => console.log('ready ' + address.port));`,
} as const;

/** Adds the windows up, for as long as the test runs. */
function collectRoutes(client: ProbeClient): Map<string, RouteWindow> {
  const routes = new Map<string, RouteWindow>();
  client.onReading((reading) => {
    for (const window of reading.requests?.routes ?? []) {
      const key = `${window.method} ${window.route}`.trim();
      const known = routes.get(key);
      routes.set(key, {
        ...window,
        count: window.count + (known?.count ?? 0),
        errors: window.errors + (known?.errors ?? 0),
        latency: mergeHistograms(window.latency, known?.latency ?? []),
      });
    }
  });
  return routes;
}

async function startWithProbe(script: string, major?: number) {
  const target = await startProbedTarget(script, major);
  const client = target.probe();
  const routes = collectRoutes(client);
  const live = readingThat(client, (reading) => reading.state === 'live');
  expect(await client.install()).toMatchObject({ ok: true });
  await live;
  const counted = (): number => [...routes.values()].reduce((sum, { count }) => sum + count, 0);
  const get = async (...paths: string[]): Promise<void> => {
    for (const path of paths) await (await fetch(`http://127.0.0.1:${target.port}${path}`)).text();
  };
  return { ...target, client, routes, counted, get };
}

describe('requests', () => {
  it.each([
    ['http', ['/users/41', '/users/42?full=1', '/nothing/here'], { 'GET /users/:id': 2, '(not found)': 1 }],
    [
      'express',
      ['/login/ann', '/login/bob', '/teams/7/users', '/teams/8/users/ann/orders'],
      { 'GET /login/:name': 2, 'GET /teams/:team/users': 1, 'GET /teams/:team/users/:user/orders': 1 },
    ],
    ['fastify', ['/login/ann', '/login/bob'], { 'GET /login/:name': 2 }],
    ['koa', ['/login/41', '/login/42'], { 'GET /login/:id': 2 }],
    ['hapi', ['/login/41', '/login/42'], { 'GET /login/:id': 2 }],
    ['hono', ['/login/41', '/login/42'], { 'GET /login/:id': 2 }],
  ] as const)('of %s are told by route', async (service, paths, expected) => {
    const { get, routes, counted } = await startWithProbe(SERVICES[service]);
    await get(...paths);
    await until(() => counted() >= paths.length);
    expect(Object.fromEntries([...routes].map(([route, { count }]) => [route, count]))).toEqual(expected);
  });

  it.each([
    ['koa with its router', ['/v1/login/ann', '/v1/login/bob?full=1', '/v1/nothing'], '/v1/login/:name'],
    ['hapi', ['/login/ann', '/login/bob', '/nothing'], '/login/{name}'],
  ] as const)('of %s go by its own patterns', async (service, paths, pattern) => {
    const { get, routes, counted, session, client } = await startWithProbe(SERVICES[service]);
    const reader = createExtensionReader(session, client);
    const frameworks = reader.follow(FRAMEWORKS, FRAMEWORK_ROUTES_TEXT, () => {});
    const isIn = async (): Promise<boolean> => {
      const answer = await session.evaluate<boolean>(`${extensionExpression(FRAMEWORKS)} !== undefined`);
      return answer.ok && answer.value;
    };
    while (!(await isIn())) await new Promise((resolve) => setTimeout(resolve, 20));
    await get(...paths);
    await until(() => counted() >= paths.length);
    expect(Object.fromEntries([...routes].map(([route, { count }]) => [route, count]))).toEqual({
      [`GET ${pattern}`]: 2,
      '(not found)': 1,
    });
    await frameworks.leave();
  });

  it('of http2 are told from Node 22 on', async () => {
    const { routes, evaluate, counted } = await startWithProbe(
      `const http2 = require('node:http2');
       const server = http2.createServer((request, response) => {
         response.writeHead(request.url === '/fails' ? 500 : 200);
         response.end('done');
       });
       server.listen(0, '127.0.0.1', () => console.log('ready ' + server.address().port));
       globalThis.ask = (...paths) => {
         const client = http2.connect('http://127.0.0.1:' + server.address().port);
         for (const path of paths) client.request({ ':path': path }).resume();
       };`,
      24,
    );
    await evaluate(`ask('/users/1', '/users/2', '/fails')`);
    await until(() => counted() >= 3);
    expect(routes.get('GET /users/:id')).toMatchObject({ count: 2, errors: 0 });
    expect(routes.get('GET /fails')).toMatchObject({ count: 1, errors: 1 });
  });

  it('that their clients abandon are counted and followed no longer', async () => {
    const { client, port, routes } = await startWithProbe(
      `require('node:http').createServer(() => {})${LISTEN}`,
    );
    const open = readingThat(client, ({ requests }) => requests?.inFlight === 3);
    const sockets = Array.from({ length: 3 }, () => {
      const socket = connectSocket(port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket.write('GET /slow/1 HTTP/1.1\r\nHost: x\r\n\r\n');
      return socket;
    });
    expect((await open).requests!.oldestInFlightMs).toBeGreaterThanOrEqual(0);
    let aborted = 0;
    client.onReading(({ requests }) => (aborted += requests?.aborted ?? 0));
    sockets[0]!.destroy();
    sockets[1]!.destroy();
    const one = await readingThat(client, ({ requests }) => requests?.inFlight === 1);
    expect(one.requests!.untracked).toBe(0);
    expect(aborted).toBe(2);
    expect(routes.get('GET /slow/:id')).toMatchObject({ count: 2, errors: 2, latency: [] });
  });

  it('that are sent one behind the other on a connection are each timed', async () => {
    const { port, routes, counted } = await startWithProbe(
      `require('node:http').createServer((request, response) => {
         setTimeout(() => response.end('done'), request.url === '/slow' ? 200 : 0);
       })${LISTEN}`,
    );
    const socket = connectSocket(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /quick HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => counted() >= 2);
    expect(histogramPercentile(routes.get('GET /slow')!.latency, 1)).toBeGreaterThan(195_000);
    expect(routes.get('GET /quick')!.count).toBe(1);
  });

  it('have the percentiles that their own timing on the server gives', async () => {
    const { evaluate, port, routes, counted } = await startWithProbe(
      `const channels = require('node:diagnostics_channel');
       const began = new WeakMap();
       globalThis.tookUs = [];
       channels.subscribe('http.server.request.start', ({ response }) => began.set(response, performance.now()));
       channels.subscribe('http.server.response.finish', ({ response }) => {
         tookUs.push((performance.now() - began.get(response)) * 1000);
       });
       require('node:http').createServer((request, response) => {
         // From 5 to 100 ms with a long tail.
         setTimeout(() => response.end('done'), 5 + 95 * Math.random() ** 4);
       })${LISTEN}`,
    );
    // The service's own subscriber was there before the probe and sees each request a few microseconds earlier.
    const total = 1500;
    const answers: Promise<unknown>[] = [];
    const startedAt = performance.now();
    while (answers.length < total) {
      const due = Math.floor((performance.now() - startedAt) * 0.5);
      while (answers.length < Math.min(due, total)) {
        answers.push(fetch(`http://127.0.0.1:${port}/any`).then((response) => response.text()));
      }
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    await Promise.all(answers);
    await until(() => counted() >= total);
    const own = (await evaluate<number[]>('tookUs')).toSorted((a, b) => a - b);
    expect(own).toHaveLength(total);
    const latency: SparseHistogram = routes.get('GET /any')!.latency;
    for (const quantile of [0.5, 0.9, 0.95, 0.99]) {
      const exact = own[Math.ceil(quantile * total) - 1]!;
      const told = histogramPercentile(latency, quantile);
      // Half a bucket is 0.4 %; the two subscribers' clock readings are some microseconds apart.
      expect(Math.abs(told - exact), `p${quantile * 100}`).toBeLessThan(exact * 0.01);
    }
  });

  it('with a hundred thousand distinct URLs take no memory', async () => {
    const { evaluate, client, routes } = await startWithProbe(
      `require('node:v8').setFlagsFromString('--expose-gc');
       const collect = require('node:vm').runInNewContext('gc');
       const channels = require('node:diagnostics_channel');
       const start = channels.channel('http.server.request.start');
       const finish = channels.channel('http.server.response.finish');
       globalThis.used = () => { collect(); return process.memoryUsage().heapUsed; };
       globalThis.ask = (from, to) => {
         for (let i = from; i < to; i++) {
           const message = { request: { method: 'GET', url: '/articles/' + i.toString(36) + '-a-slug' },
             response: { destroyed: false, statusCode: 200 } };
           start.publish(message);
           finish.publish(message);
         }
       };
       require('node:http').createServer()${LISTEN}`,
    );
    await evaluate('ask(0, 5000)');
    const before = await evaluate<number>('used()');
    await evaluate('ask(5000, 105000)');
    const growth = (await evaluate<number>('used()')) - before;
    expect(growth).toBeLessThan(1_000_000);
    await readingThat(client, () => (routes.get('GET /articles/:value')?.count ?? 0) > 100_000);
    expect(routes.size).toBeLessThanOrEqual(3);
  });

  it('that are strange harm nobody', async () => {
    const { evaluate, client, get, counted } = await startWithProbe(SERVICES.http);
    const strange = readingThat(client, ({ requests }) => (requests?.untracked ?? 0) > 0);
    await evaluate(`(() => {
      const channels = require('node:diagnostics_channel');
      const start = channels.channel('http.server.request.start');
      const finish = channels.channel('http.server.response.finish');
      start.publish(null);
      start.publish({ request: {}, response: {} });
      start.publish({ request: { method: 'GET', url: '/x' }, response: Object.freeze({}) });
      finish.publish({ request: { get route() { throw new Error('mine'); } }, response: {} });
    })()`);
    expect((await strange).requests!.untracked).toBe(3);
    await get('/fine');
    await until(() => counted() >= 1);
  });
});
