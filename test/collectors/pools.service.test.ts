import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createSourceKnowledge } from '../../src/collectors/cpu-profile.ts';
import { createPoolsCollector } from '../../src/collectors/pools-collector.ts';
import type { CodeFrame, PoolState } from '../../src/model/timeline-event.ts';
import { PROBE_EXPRESSION } from '../../src/probes/extension.ts';
import { startPostgres } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import type { RedisServer } from '../support/redis.ts';
import { startWatchedService } from './watched-service.ts';
import type { WatchedService } from './watched-service.ts';

let postgres: PostgresServer;
let redis: RedisServer;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
});
afterAll(() => Promise.all([postgres.stop(), redis.stop()]));

const startPgService = (): Promise<WatchedService> =>
  startWatchedService('exhausts-pg-pool.mjs', { env: postgres.env });

async function watchPools(service: WatchedService) {
  const { locator } = createSourceKnowledge(null, process.cwd());
  const watched = await service.watch((context) =>
    createPoolsCollector(context, locator, service.extensions),
  );
  /** The first state of a pool that fits. */
  const pool = async (fits: (pool: PoolState) => boolean): Promise<PoolState> => {
    const event = await watched.next('pools', ({ pools }) => pools.some(fits));
    return event.pools.find(fits)!;
  };
  return { ...watched, pool };
}

const userFrame = (stack: readonly CodeFrame[] = []): CodeFrame | undefined =>
  stack.find(({ origin }) => origin === 'user');

test('slow queries that exhaust a pg pool are found, with the function that took each and who waits', async () => {
  const service = await startPgService();
  const { pool } = await watchPools(service);
  await pool(({ driver }) => driver === 'pg');
  for (let i = 0; i < 5; i++) service.request('/held');
  const exhausted = await pool(({ holders }) => holders.length === 3 && holders.every(({ busy }) => busy));
  expect(exhausted).toMatchObject({ driver: 'pg', max: 3, active: 3, idle: 0, waiting: 2 });
  expect(exhausted.name).toBe(`postgres@127.0.0.1:${postgres.port}`);
  for (const { takenBy } of exhausted.holders) {
    expect(userFrame(takenBy)).toMatchObject({
      function: 'runReport',
      file: expect.stringMatching(/exhausts-pg-pool\.mjs$/),
      line: 8,
    });
  }
  expect(exhausted.waiters?.map(({ askedBy }) => userFrame(askedBy)?.function)).toEqual([
    'runReport',
    'runReport',
  ]);
  expect(exhausted.longestWaitMs).toBeGreaterThan(0);
});

test('connections that are never given back are held without a query running', async () => {
  const service = await startPgService();
  const { pool } = await watchPools(service);
  await pool(({ driver }) => driver === 'pg');
  for (let i = 0; i < 4; i++) service.request('/leaked');
  const leaked = await pool(({ waiting, longestHeldMs }) => waiting === 1 && Number(longestHeldMs) > 1000);
  expect(leaked.holders.map(({ busy }) => busy)).toEqual([false, false, false]);
  expect(leaked.holders.map(({ takenBy }) => userFrame(takenBy)?.function)).toEqual([
    'forgetClient',
    'forgetClient',
    'forgetClient',
  ]);
});

test('a pool that leaked dry before loopscope came shows its holders, and who waits', async () => {
  const service = await startPgService();
  for (let i = 0; i < 3; i++) expect(await service.answered('/leaked')).toBe(200);
  const { pool } = await watchPools(service);
  await pool(({ holders }) => holders.length === 3);
  service.request('/quick');
  const dry = await pool(({ waiters = [] }) => waiters.length === 1);
  expect(dry.holders.map(({ takenBy }) => takenBy)).toEqual([[], [], []]);
  expect(userFrame(dry.waiters?.[0]?.askedBy)?.function).toBe('/quick');
});

test('quick queries are told by their median time, and nothing of it stays in the service', async () => {
  const service = await startPgService();
  const { pool, collector } = await watchPools(service);
  await pool(({ driver }) => driver === 'pg');
  const hasOwnConnect = `${PROBE_EXPRESSION}.extensions.pools.search.pools
    .filter(({ shape }) => shape.driver === 'pg').map(({ ref }) => (globalThis.found = ref.deref(), Object.hasOwn(found, 'connect')))`;
  expect(await service.session.evaluate(hasOwnConnect)).toEqual({ ok: true, value: [true] });
  for (let i = 0; i < 20; i++) expect(await service.answered('/quick')).toBe(200);
  const quick = await pool(({ medianHeldMs }) => medianHeldMs !== null);
  expect(quick).toMatchObject({ active: 0, waiting: 0, holders: [], longestWaitMs: null });
  await collector.stop();
  const left = `[Object.hasOwn(found, 'connect'), Object.keys(${PROBE_EXPRESSION}.extensions)]`;
  expect(await service.session.evaluate(left)).toEqual({ ok: true, value: [false, []] });
  expect(await service.answered('/quick')).toBe(200);
});

test('the pool is as it was when the probe goes first, as it does when loopscope was killed', async () => {
  const service = await startPgService();
  const { pool } = await watchPools(service);
  await pool(({ driver }) => driver === 'pg');
  for (let i = 0; i < 2; i++) expect(await service.answered('/leaked')).toBe(200);
  const { holders } = await pool((state) => state.holders.length === 2);
  expect(holders.every(({ takenBy }) => takenBy.length > 0)).toBe(true);
  await service.session.evaluate(`globalThis.found = ${PROBE_EXPRESSION}.extensions.pools.search.pools
    .map(({ ref }) => ref.deref()).find((each) => '_clients' in each)`);
  await service.probe.uninstall();
  const left = `[Object.hasOwn(found, 'connect'), found._clients.some(({ release }) => /takeBack/.test(release))]`;
  expect(await service.session.evaluate(left)).toEqual({ ok: true, value: [false, false] });
  expect(await service.answered('/quick')).toBe(200);
});

test('pools of every driver are found, with their limits, and their holders where the driver hands out connections', async () => {
  const env = { ...postgres.env, REDIS_PORT: String(redis.port) };
  const service = await startWatchedService('uses-every-pool.mjs', { env });
  const { pool, next } = await watchPools(service);
  const limits = [
    ['knex', 4],
    ['generic-pool', 5],
    ['sequelize', 6],
    ['mysql2', 7],
    ['undici', 8],
    ['http.Agent', 9],
    ['ioredis', null],
    ['redis', null],
  ] as const;
  for (const [name, max] of limits) {
    expect(await pool(({ driver, max: own }) => driver === name && own === max)).toMatchObject({
      waiting: 0,
    });
  }
  expect(await service.answered('/use')).toBe(200);
  const database = await next('outgoing', ({ peers }) =>
    peers.some(({ peer, count }) => peer.startsWith('knex') && count > 0),
  );
  expect(database.peers.find(({ peer }) => peer.startsWith('knex'))).toMatchObject({
    via: 'database',
    routes: ['GET /use'],
  });

  expect(await service.answered('/keep')).toBe(200);
  const takers = [
    ['generic-pool', 'keepGeneric'],
    ['sequelize', 'keepSequelize'],
    ['mysql2', 'keepMysql'],
  ] as const;
  for (const [name, taker] of takers) {
    const kept = await pool(({ driver, holders }) => driver === name && holders.length === 1);
    expect(userFrame(kept.holders[0]?.takenBy)?.function).toBe(taker);
    expect(kept.active).toBe(1);
  }
});

test('a table of a million names beside a pool hides it not, and is not listed', async () => {
  const service = await startWatchedService('keeps-large-table.mjs', { env: postgres.env });
  const { pool, next } = await watchPools(service);
  await pool(({ driver }) => driver === 'pg');
  const search = await next('own-cost', ({ what }) => what === 'search for pools');
  // To list its names takes the service 930 ms (measured on Node 20).
  expect(search.longestPauseMs).toBeLessThan(400);
});

test('a pool that leaked dry behind a framework shows itself with the next request, and its class is as it was', async () => {
  const service = await startWatchedService('fastify-pg-pool-leaked.mjs', { env: postgres.env });
  const connect = `Object.entries(process.getBuiltinModule('module')._cache)
    .find(([file]) => file.includes('/node_modules/pg-pool/'))[1].exports.prototype.connect`;
  await service.session.evaluate(`void (globalThis.before = ${connect})`);
  for (let i = 0; i < 20; i++) expect(await service.answered('/invoices/8')).toBe(200);
  const { pool, collector } = await watchPools(service);
  await expect
    .poll(() => service.session.evaluate(`${connect} === before`))
    .toEqual({ ok: true, value: false });
  service.request('/invoices/8');
  expect(await pool(({ driver }) => driver === 'pg')).toMatchObject({ max: 5, active: 5 });
  await collector.stop();
  expect(await service.session.evaluate(`${connect} === before`)).toEqual({ ok: true, value: true });
});

test.each([
  [
    'sequelize',
    'sequelize-pool-held-long.cjs',
    '/users',
    'registerUser',
    'dialects/abstract/connection-manager.js',
    'ConnectionManager',
    'getConnection',
  ],
  ['knex', 'koa-knex-pool-undersized.mjs', '/basket', 'loadBasket', 'knex/lib/client.js', '', 'raw'],
])(
  'the user of %s is known behind it, and its classes are as they were',
  async (driver, file, path, user, module, name, method) => {
    const service = await startWatchedService(file, { env: postgres.env });
    const own = `((exported) => exported${name === '' ? '' : `.${name}`}.prototype.${method})(
    Object.entries(process.getBuiltinModule('module')._cache).find(([file]) => file.endsWith('${module}'))[1].exports)`;
    await service.session.evaluate(`void (globalThis.before = ${own})`);
    const { pool, collector } = await watchPools(service);
    await expect
      .poll(() => service.session.evaluate(`${own} === before`))
      .toEqual({ ok: true, value: false });
    service.request(path);
    await pool((state) => state.driver === driver || state.driver === 'tarn');
    // Quick queries, two at a time: some reading falls into one.
    for (let i = 0; i < 40; i++) service.request(path);
    const isKnown = ({ takenBy }: PoolState['holders'][number]): boolean => takenBy.length > 0;
    const { holders } = await pool((state) => state.holders.some(isKnown));
    expect(userFrame(holders.find(isKnown)?.takenBy)?.function).toBe(user);
    await collector.stop();
    expect(await service.session.evaluate(`${own} === before`)).toEqual({ ok: true, value: true });
  },
);

test('an ORM that nobody knows is named where it takes connections for its users, and the driver below it is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-orm-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const orm = join(folder, 'node_modules', 'acme-orm');
  mkdirSync(orm, { recursive: true });
  const driver = JSON.stringify(createRequire(import.meta.url).resolve('pg'));
  // Jobs of its own queue: no frame leads back to who asked for them.
  writeFileSync(
    join(orm, 'index.js'),
    `const pool = new (require(${driver}).Pool)({ max: 3 });
    const jobs = [];
    async function runJob(done) {
      const client = await pool.connect();
      await client.query('select pg_sleep(30)');
      client.release();
      done();
    }
    setInterval(() => jobs.splice(0).forEach(runJob), 5);
    exports.run = () => new Promise((done) => jobs.push(done));`,
  );
  const service = join(folder, 'service.js');
  writeFileSync(
    service,
    `const orm = require('acme-orm');
    const server = require('node:http').createServer(async (request, response) => response.end(String(await orm.run())));
    server.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));`,
  );
  const watched = await startWatchedService(relative('test/services', service), { env: postgres.env });
  const { pool } = await watchPools(watched);
  // The first one shows the pool, the others are taken under our eyes.
  watched.request('/');
  await pool(({ driver: name }) => name === 'pg');
  for (let i = 0; i < 2; i++) watched.request('/');
  const isKnown = ({ takenBy }: PoolState['holders'][number]): boolean => takenBy.length > 0;
  const { holders } = await pool((state) => state.holders.some(isKnown));
  const frames = holders.find(isKnown)?.takenBy ?? [];
  expect(frames[0]).toMatchObject({ function: 'runJob', package: 'acme-orm', origin: 'dependency' });
  expect(frames.map((frame) => frame.package)).not.toContain('pg-pool');
});

test('a service without connections of its own is never searched', async () => {
  const service = await startWatchedService('http-blocks-in-sort.mjs');
  const { events } = await watchPools(service);
  const hasUnexplained = `${PROBE_EXPRESSION}.extensions.pools?.search.hasUnexplained()`;
  await expect.poll(() => service.session.evaluate(hasUnexplained)).toEqual({ ok: true, value: false });
  expect(events.filter(({ kind }) => kind === 'own-cost')).toEqual([]);
});
