/**
 * The faulty services, what brings their faults out, and what a diagnosis must say about each.
 *
 *   { name: 'express-blocks-in-pbkdf2', load: { perSecond: 40, … },
 *     expected: [{ kind: 'event-loop-blocked', cause: 'sync-crypto', function: 'derivePassword', … }] }
 */
import type { FindingCause } from '../../src/model/finding.ts';
import { finding, type ExpectedFinding } from './expected-finding.ts';

export interface ServiceUnderTest {
  readonly name: string;
  /** Relative to this folder. */
  readonly file: string;
  /** A TypeScript source that is compiled first, with a source map. */
  readonly compiled?: 'plain' | 'minified';
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The lowest major version of Node that can run it, where that is not every one. */
  readonly node?: number;
  readonly needs?: 'postgres';
  /** Whether `MENDED=1` starts a healthy twin. */
  readonly twin: boolean;
  readonly load: {
    readonly perSecond: number;
    readonly requests: readonly (readonly [method: string, path: string, weight: number])[];
  };
  /** Empty for a healthy service. */
  readonly expected: readonly ExpectedFinding[];
}

const HEALTH = ['GET', '/health', 30] as const;

/** Faults that block the event loop for some 100 to 300 ms at a time. */
export const BLOCKING_SERVICES: readonly ServiceUnderTest[] = [
  blocking(
    'express-blocks-in-pbkdf2.cjs',
    'sync-crypto',
    'derivePassword',
    'POST',
    '/accounts/ada/login',
    '/accounts/:user/login',
  ),
  blocking(
    'fastify-blocks-in-json-stringify.mjs',
    'json',
    'serializeReport',
    'GET',
    '/reports/7',
    '/reports/:id',
  ),
  blocking(
    'koa-blocks-in-regexp.mjs',
    'regexp',
    'validateEmail',
    'GET',
    `/subscribers/${'a'.repeat(31)}@`,
    '/subscribers/:email',
  ),
  blocking(
    'hono-blocks-in-read-file.mjs',
    'sync-fs',
    'readArchive',
    'GET',
    '/downloads/report',
    '/downloads/report',
  ),
  blocking('hapi-blocks-in-gzip.cjs', 'sync-zlib', 'packExport', 'GET', '/exports/9', '/exports/{id}'),
  blocking(
    'http-blocks-in-exec.mjs',
    'sync-child-process',
    'renderThumbnail',
    'GET',
    '/thumbnails/12',
    '/thumbnails/:id',
  ),
  blocking('http-blocks-in-sort.mjs', 'cpu', 'rankNames', 'GET', '/ranking', '/ranking'),
  blocking(
    'http-blocks-in-json-parse.cjs',
    'json',
    'loadCatalogue',
    'GET',
    '/catalogue/size',
    '/catalogue/size',
  ),
  blocking('koa-blocks-in-scrypt.cjs', 'sync-crypto', 'stretchKey', 'POST', '/sessions', '/sessions'),
  blocking(
    'express-blocks-in-dependency.mjs',
    // Computation in JavaScript, and bcrypt by name: both are true.
    ['cpu', 'sync-crypto'],
    'hashPassword',
    'POST',
    '/users/3/password',
    '/users/:id/password',
  ),
  blocking(
    'fastify-blocks-in-module-load.cjs',
    'module-load',
    'loadTemplates',
    'GET',
    '/pages/home',
    '/pages/:page',
  ),
  {
    ...blocking(
      'http-blocks-in-sqlite.mjs',
      'sync-database',
      'sumOrders',
      'GET',
      '/orders/total',
      '/orders/total',
    ),
    node: 24,
  },
  blocking(
    'express-blocks-behind-a-mount.cjs',
    'cpu',
    'comparePairs',
    'GET',
    '/api/v1/tenants/acme/reports',
    '/api/v1/tenants/:tenant/reports',
  ),
  blocking('koa-blocks-in-create-hash.cjs', 'sync-crypto', 'tagOf', 'GET', '/files/report', '/files/:name'),
  blocking('hono-blocks-in-date-format.mjs', 'cpu', 'formatRows', 'GET', '/export/2024', '/export/:id'),
  compiledBlocking('plain'),
  compiledBlocking('minified'),
];

/** Faults after which the event loop does not turn any more, or not for many seconds. One request is enough. */
export const FREEZING_SERVICES: readonly ServiceUnderTest[] = [
  freezing('freezes-in-a-loop.mjs', 'cpu', 'spinForever', '/spin'),
  freezing('freezes-in-regexp.mjs', 'regexp', 'checkName', '/names'),
  freezing('freezes-in-pbkdf2.mjs', 'sync-crypto', 'deriveMasterKey', '/master-key'),
];

/** Faults beyond a blocked loop that need no database. */
export const OTHER_FAULTY_SERVICES: readonly ServiceUnderTest[] = [
  {
    ...service('http-works-after-response.mjs', 40, [['POST', '/orders', 10], HEALTH]),
    expected: [
      finding(
        'http-works-after-response.mjs',
        'background-work',
        ['after-response'],
        'rebuildIndex',
        'POST /orders',
      ),
    ],
  },
  {
    ...service('express-works-after-response.cjs', 40, [['POST', '/customers/5/score', 4], HEALTH]),
    expected: [
      finding(
        'express-works-after-response.cjs',
        'background-work',
        ['after-response'],
        'scoreBatch',
        'POST /customers/:id/score',
      ),
    ],
  },
  growing('http-grows-a-map.mjs', 'heap', 'rememberSession', '/sessions', '/sessions'),
  growing('fastify-grows-listeners.mjs', 'heap', 'watchPrices', '/prices/7', '/prices/:product'),
  growing('koa-grows-closures.cjs', 'heap', 'keepUndoStep', '/documents', '/documents'),
  growing('express-grows-a-query-cache.cjs', 'heap', 'search', '/search?q=shoes', '/search'),
  growing('http-grows-buffers.mjs', 'external', 'keepUpload', '/uploads', '/uploads'),
  {
    ...service('presses-the-collector.mjs', 60, [['GET', '/tables', 20], HEALTH]),
    expected: [
      finding(
        'presses-the-collector.mjs',
        'gc-pressure',
        ['allocation-rate', 'large-live-set'],
        'splitTable',
        'GET /tables',
      ),
    ],
  },
  {
    ...service('buffers-large-responses.mjs', 30, [['GET', '/export', 5], HEALTH]),
    expected: [finding('buffers-large-responses.mjs', 'large-responses', ['buffered'], null, 'GET /export')],
  },
  {
    ...service('saturates-one-process.mjs', 600, [['GET', '/page', 1]]),
    expected: [
      finding('saturates-one-process.mjs', 'process-saturated', ['single-process', 'all-cores'], null, null),
    ],
  },
  {
    ...service('cluster-sticks-to-one-worker.mjs', 200, [['GET', '/page', 1]]),
    expected: [
      finding('cluster-sticks-to-one-worker.mjs', 'process-saturated', ['unbalanced-workers'], null, null),
    ],
  },
  {
    ...service('cluster-loses-workers.mjs', 40, [['GET', '/page', 1]]),
    expected: [finding('cluster-loses-workers.mjs', 'process-saturated', ['worker-restarts'], null, null)],
  },
  {
    ...service('burns-in-a-worker-thread.mjs', 20, [['GET', '/prices', 1]]),
    expected: [
      finding('burns-in-a-worker-thread.mjs', 'process-saturated', ['worker-thread'], 'rebuildPrices', null),
    ],
  },
  threadPool('fills-threadpool-with-pbkdf2.mjs', 'crypto', '/signup'),
  threadPool('express-fills-threadpool-with-gzip.mjs', 'zlib', '/reports/4'),
  threadPool('fills-threadpool-with-reads.mjs', 'fs', '/scan'),
  {
    ...service('waits-for-a-slow-service.mjs', 40, [['GET', '/quotes', 10], HEALTH]),
    expected: [
      finding('waits-for-a-slow-service.mjs', 'slow-dependency', ['http-client'], null, 'GET /quotes'),
    ],
  },
  {
    ...service('fastify-waits-for-a-slow-service.mjs', 40, [['GET', '/quotes/eur', 10], HEALTH]),
    expected: [
      finding(
        'fastify-waits-for-a-slow-service.mjs',
        'slow-dependency',
        ['http-client'],
        null,
        'GET /quotes/:currency',
      ),
    ],
  },
  {
    ...service('agent-pool-undersized.mjs', 80, [['GET', '/quotes', 30], HEALTH]),
    expected: [
      finding('agent-pool-undersized.mjs', 'pool-exhausted', ['undersized'], 'fetchRate', 'GET /quotes'),
    ],
  },
  {
    ...service('works-after-response-and-grows.mjs', 60, [
      ['POST', '/orders', 10],
      ['GET', '/audit', 30],
      HEALTH,
    ]),
    expected: [
      finding(
        'works-after-response-and-grows.mjs',
        'background-work',
        ['after-response'],
        'rebuildIndex',
        'POST /orders',
      ),
      finding('works-after-response-and-grows.mjs', 'memory-growth', ['heap'], 'recordAudit', 'GET /audit'),
    ],
  },
];

/** Faults of connection pools, on a real PostgreSQL (`startPostgres`). */
export const POOL_SERVICES: readonly ServiceUnderTest[] = [
  pool('pg-pool-undersized.mjs', 'undersized', 'loadOrder', 'GET', '/orders/1', '/orders/:id', 60),
  pool('pg-pool-held-long.mjs', 'held-long', 'placeOrder', 'POST', '/orders', '/orders', 6),
  pool('fastify-pg-pool-leaked.mjs', 'leaked', 'findInvoice', 'GET', '/invoices/8', '/invoices/:id', 10),
  pool('express-knex-pool-leaked.cjs', 'leaked', 'reserveSeat', 'POST', '/seats/8', '/seats/:id', 10),
  pool('koa-knex-pool-undersized.mjs', 'undersized', 'loadBasket', 'GET', '/basket', '/basket', 60),
  pool('sequelize-pool-held-long.cjs', 'held-long', 'registerUser', 'POST', '/users', '/users', 6),
  pool('generic-pool-leaked.mjs', 'leaked', 'countVisits', 'GET', '/visits', '/visits', 10),
  {
    ...service('express-blocks-and-leaks-pool.mjs', 20, [
      ['POST', '/login', 3],
      ['GET', '/customers/5', 12],
    ]),
    needs: 'postgres',
    expected: [
      finding(
        'express-blocks-and-leaks-pool.mjs',
        'event-loop-blocked',
        ['sync-crypto'],
        'derivePassword',
        'POST /login',
      ),
      finding(
        'express-blocks-and-leaks-pool.mjs',
        'pool-exhausted',
        ['leaked'],
        'findCustomer',
        'GET /customers/:id',
      ),
    ],
  },
];

/** Healthy by themselves, without a fault that could be mended. */
export const HEALTHY_SERVICES: readonly ServiceUnderTest[] = [
  {
    ...service('healthy-warming-cache.mjs', 100, [['GET', '/entries', 60], HEALTH]),
    twin: false,
    expected: [],
  },
  {
    ...service('healthy-filling-cache.mjs', 70, [['GET', '/tiles', 60], HEALTH]),
    twin: false,
    expected: [],
  },
];

export const SERVICES: readonly ServiceUnderTest[] = [
  ...BLOCKING_SERVICES,
  ...FREEZING_SERVICES,
  ...OTHER_FAULTY_SERVICES,
  ...POOL_SERVICES,
  ...HEALTHY_SERVICES,
];

/** One service by its name; throws for a name that is not in the catalogue. */
export function serviceNamed(name: string): ServiceUnderTest {
  const found = SERVICES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no service under test is called ${name}`);
  return found;
}

type Requests = ServiceUnderTest['load']['requests'];

function service(file: string, perSecond: number, requests: Requests): Omit<ServiceUnderTest, 'expected'> {
  return { name: file.replace(/\.\w+$/, ''), file, twin: true, load: { perSecond, requests } };
}

function blocking(
  file: string,
  cause: FindingCause | readonly FindingCause[],
  culprit: string,
  method: string,
  path: string,
  route: string,
): ServiceUnderTest {
  return {
    ...service(file, 40, [[method, path, 1.5], HEALTH]),
    expected: [finding(file, 'event-loop-blocked', [cause].flat(), culprit, `${method} ${route}`)],
  };
}

function compiledBlocking(compiled: 'plain' | 'minified'): ServiceUnderTest {
  const route = 'GET /baskets/:id';
  return {
    ...service('typescript/compiled-blocks-in-loop.ts', 40, [['GET', '/baskets/31', 1.5], HEALTH]),
    name: `${compiled}-typescript-blocks-in-loop`,
    compiled,
    expected: [finding('typescript/pricing.ts', 'event-loop-blocked', ['cpu'], 'priceBasket', route)],
  };
}

function freezing(file: string, cause: FindingCause, culprit: string, path: string): ServiceUnderTest {
  return {
    ...service(file, 1, [['GET', path, 1]]),
    twin: false,
    // Whoever comes when the loop is frozen has not seen the request begin.
    expected: [finding(file, 'event-loop-frozen', [cause], culprit, null)],
  };
}

function growing(
  file: string,
  cause: FindingCause,
  culprit: string,
  path: string,
  route: string,
): ServiceUnderTest {
  return {
    ...service(file, 80, [['GET', path, 50], HEALTH]),
    expected: [finding(file, 'memory-growth', [cause], culprit, `GET ${route}`)],
  };
}

function threadPool(file: string, cause: FindingCause, path: string): ServiceUnderTest {
  return {
    // One thread is full at a load that leaves the event loop a core of its own, on two cores as well.
    env: { UV_THREADPOOL_SIZE: '1' },
    ...service(file, 60, [['GET', path, 15], HEALTH]),
    expected: [finding(file, 'threadpool-saturated', [cause], null, null)],
  };
}

function pool(
  file: string,
  cause: FindingCause,
  culprit: string,
  method: string,
  path: string,
  route: string,
  perSecond: number,
): ServiceUnderTest {
  return {
    ...service(file, perSecond, [[method, path, 1]]),
    needs: 'postgres',
    expected: [finding(file, 'pool-exhausted', [cause], culprit, `${method} ${route}`)],
  };
}
