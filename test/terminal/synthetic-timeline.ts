/**
 * A service that does not exist: 20 routes, one of which hashes passwords on the loop, growth, collections, pools.
 * The same seed gives the same events, so that screens can be compared as text.
 */
import { bucketOf, orderHistogram } from '../../src/model/latency-histogram.ts';
import type { Finding, ReadinessCheck } from '../../src/model/finding.ts';
import type {
  CodeFrame,
  CpuProfileEvent,
  SparseHistogram,
  TimelineEvent,
} from '../../src/model/timeline-event.ts';

export const SESSION_START_MS = 1_000_000;
/** 2026-01-31T14:00:00Z */
const SESSION_START_WALL_MS = 1_769_868_000_000;
const STEP_MS = 250;
const MB = 1024 * 1024;

const ROUTES: readonly (readonly [method: string, route: string, perSecond: number, typicalMs: number])[] = [
  ['POST', '/login', 6, 210],
  ['GET', '/reports/:id', 8, 60],
  ['GET', '/recommendations', 8, 45],
  ['GET', '/inventory', 11, 30],
  ['GET', '/prices', 40, 6],
  ['GET', '/feed', 60, 9],
  ['POST', '/webhooks/stripe', 3, 25],
  ['PATCH', '/profile', 4, 18],
  ['GET', '/orders/:id', 18, 14],
  ['GET', '/orders', 12, 22],
  ['GET', '/health', 4, 1],
  ['GET', '/users/:id', 30, 8],
  ['GET', '/users/:id/avatar', 9, 12],
  ['PUT', '/cart/:id', 14, 16],
  ['DELETE', '/cart/:id/items/:item', 3, 11],
  ['GET', '/search', 22, 38],
  ['GET', '/categories', 16, 5],
  ['POST', '/events', 70, 3],
  ['GET', '/metrics', 1, 7],
  ['GET', '/assets/:file', 33, 2],
];

export interface SyntheticOptions {
  /** From here on `POST /login` blocks the loop; null for a healthy service. */
  readonly blocksFromMs: number | null;
  /** Functions besides the named ones, for load tests of the screens. */
  readonly functions: number;
}

export const DEFAULT_SYNTHETIC: SyntheticOptions = { blocksFromMs: 20_000, functions: 60 };

/** Events of a session, step by step. */
export class SyntheticService {
  readonly #options: SyntheticOptions;
  readonly #random: () => number;
  #atMs = SESSION_START_MS;
  #heapMb = 180;
  #liveMb = 150;

  constructor(options: SyntheticOptions = DEFAULT_SYNTHETIC, seed = 1) {
    this.#options = options;
    this.#random = mulberry32(seed);
  }

  start(): TimelineEvent {
    return {
      kind: 'session-started',
      atMs: SESSION_START_MS,
      wallMs: SESSION_START_WALL_MS,
      target: {
        pid: 48_213,
        node: 'v22.12.0',
        command: 'node server.js',
        cwd: '/srv/api-gateway',
        hostname: 'prod-eu-3',
        cores: 8,
        machineCores: 8,
        cgroupMemoryLimitBytes: null,
        heapLimitBytes: 512 * MB,
        attachedBy: 'sigusr1',
        startedAtWallMs: SESSION_START_WALL_MS - (6 * 24 + 4) * 3_600_000,
      },
    };
  }

  /** The next quarter of a second. */
  step(): readonly TimelineEvent[] {
    const startMs = this.#atMs;
    this.#atMs += STEP_MS;
    const atMs = this.#atMs;
    const sinceStart = atMs - SESSION_START_MS;
    const { blocksFromMs } = this.#options;
    const stallMs =
      blocksFromMs !== null && sinceStart >= blocksFromMs && this.#random() < 0.55
        ? this.#between(180, 240)
        : 0;
    const events: TimelineEvent[] = [];
    if (stallMs > 0) events.push({ kind: 'stall', atMs, startMs: startMs + 5, endMs: startMs + 5 + stallMs });
    events.push(this.#loop(atMs, stallMs), this.#requests(atMs, stallMs));
    if (sinceStart % 500 === 0) events.push(...this.#gc(startMs));
    if (sinceStart % 1_000 === 0) events.push(...this.#everySecond(atMs, stallMs > 0));
    if (sinceStart % 5_000 === 0)
      events.push(this.#profile(atMs, blocksFromMs !== null && sinceStart > blocksFromMs));
    return events;
  }

  #between(low: number, high: number): number {
    return low + this.#random() * (high - low);
  }

  #loop(atMs: number, stallMs: number): TimelineEvent {
    const delays = Array.from({ length: 12 }, () => this.#between(0.2, 6) ** 1.4);
    if (stallMs > 0) delays.push(stallMs);
    return {
      kind: 'loop',
      atMs,
      windowMs: STEP_MS,
      utilization: Math.min(1, stallMs / STEP_MS + this.#between(0.25, 0.45) * (1 - stallMs / STEP_MS)),
      delay: histogramOf(delays),
    };
  }

  #requests(atMs: number, stallMs: number): TimelineEvent {
    const routes = ROUTES.map(([method, route, perSecond, typicalMs]) => {
      const count = Math.round(perSecond * (STEP_MS / 1000) * this.#between(0.6, 1.4) + this.#random() * 0.5);
      const waits = stallMs > 0 ? 0.5 : 0.02;
      const latencies = Array.from({ length: count }, () => {
        const own = typicalMs * this.#between(0.5, 1) ** 2 * 1.8;
        return own + (this.#random() < waits ? this.#between(0.1, 1) * Math.max(stallMs, 20) : 0);
      });
      return {
        method,
        route,
        count,
        errors: route === '/inventory' && this.#random() < 0.1 ? 1 : 0,
        totalUs: latencies.reduce((sum, ms) => sum + ms * 1000, 0),
        maxUs: Math.max(0, ...latencies) * 1000,
        latency: histogramOf(latencies),
        responseBytes: count * 2_000,
      };
    });
    return {
      kind: 'requests',
      atMs,
      windowMs: STEP_MS,
      inFlight: Math.round(this.#between(4, stallMs > 0 ? 40 : 12)),
      oldestInFlightMs: stallMs + this.#between(5, 60),
      aborted: 0,
      routes: routes.filter((route) => route.count > 0),
    };
  }

  #gc(startMs: number): readonly TimelineEvent[] {
    const full = this.#random() < 0.04;
    const at = startMs + this.#between(0, 200);
    this.#heapMb = full ? this.#liveMb : Math.max(this.#liveMb, this.#heapMb - this.#between(8, 16));
    return [
      {
        kind: 'gc',
        atMs: at,
        startMs: at,
        durationMs: full ? this.#between(40, 72) : this.#between(1, 7),
        type: full ? 'mark-compact' : 'scavenge',
      },
    ];
  }

  #everySecond(atMs: number, stalled: boolean): readonly TimelineEvent[] {
    this.#liveMb += 0.22;
    this.#heapMb += this.#between(12, 22);
    const newMb = Math.min(37, this.#heapMb - this.#liveMb + 4);
    return [
      {
        kind: 'memory',
        atMs,
        heapUsedBytes: this.#heapMb * MB,
        heapTotalBytes: (this.#heapMb + 60) * MB,
        heapLimitBytes: 512 * MB,
        externalBytes: 46 * MB,
        arrayBuffersBytes: 21 * MB,
        mallocedBytes: 3 * MB,
        liveAfterGcBytes: this.#liveMb * MB,
        spaces: [
          { name: 'new_space', usedBytes: newMb * MB, committedBytes: 64 * MB },
          {
            name: 'old_space',
            usedBytes: (this.#heapMb - newMb - 50) * MB,
            committedBytes: (this.#heapMb + 10) * MB,
          },
          { name: 'code_space', usedBytes: 11 * MB, committedBytes: 14 * MB },
          { name: 'large_object_space', usedBytes: 39 * MB, committedBytes: 40 * MB },
          { name: 'trusted_space', usedBytes: 6 * MB, committedBytes: 8 * MB },
        ],
      },
      {
        kind: 'process',
        atMs,
        cpuPercent: stalled ? this.#between(92, 108) : this.#between(34, 46),
        mainThreadPercent: stalled ? this.#between(88, 99) : this.#between(30, 40),
        rssBytes: (this.#heapMb + 140) * MB,
        cgroupMemoryBytes: null,
        threads: 11,
        openFiles: 212,
        listenQueue: { length: stalled ? 12 : 0, limit: 511 },
        machineBusy: 0.2,
      },
      {
        kind: 'own-cost',
        atMs,
        windowMs: 1_000,
        mainThreadMs: this.#between(4, 8),
        longestPauseMs: 3.1,
        what: 'polling',
      },
      {
        kind: 'threadpool',
        atMs,
        size: 4,
        queueDelayMs: stalled ? this.#between(20, 60) : this.#between(0.1, 0.3),
        filledBy: [],
      },
      {
        kind: 'pools',
        atMs,
        pools: [
          this.#pool('pg-1', 'pg', 'orders@db:5432', 10, stalled ? 10 : 4, stalled ? 14 : 0),
          this.#pool('redis-1', 'ioredis', 'cache:6379', 1, 1, 0),
          this.#pool('undici-1', 'undici', 'https://prices.internal', 32, 7, 0),
        ],
      },
      {
        kind: 'outgoing',
        atMs,
        windowMs: 1_000,
        peers: [
          {
            via: 'undici',
            peer: 'prices.internal',
            count: 40,
            errors: 0,
            inFlight: 3,
            latency: histogramOf(this.#many(40, 4, 30)),
            routes: ['GET /prices'],
          },
          {
            via: 'database',
            peer: 'orders@db:5432',
            count: 120,
            errors: 0,
            inFlight: 6,
            latency: histogramOf(this.#many(60, 1, 12)),
            routes: ['GET /orders/:id'],
          },
          {
            via: 'http',
            peer: 'api.stripe.com',
            count: 3,
            errors: 1,
            inFlight: 1,
            latency: histogramOf(this.#many(3, 80, 400)),
            routes: ['POST /webhooks/stripe'],
          },
        ],
      },
      {
        kind: 'allocation',
        atMs,
        readCostMs: 40,
        sites: [
          {
            stack: [frame('remember', 'src/auth/session.ts', 8), frame('login', 'src/routes/login.ts', 40)],
            liveBytes: (this.#liveMb - 110) * MB,
          },
          { stack: [frame('mapRow', 'src/reports/rows.ts', 21)], liveBytes: 38 * MB },
          { stack: [frame('parse', 'node_modules/lodash/lodash.js', 300, 'dependency')], liveBytes: 12 * MB },
        ],
      },
    ];
  }

  #many(count: number, low: number, high: number): readonly number[] {
    return Array.from({ length: count }, () => this.#between(low, high));
  }

  #pool(id: string, driver: string, name: string, max: number, active: number, waiting: number) {
    return {
      id,
      driver,
      name,
      max,
      active,
      idle: max - active,
      waiting,
      longestHeldMs: waiting > 0 ? 5_200 : 12,
      longestWaitMs: waiting > 0 ? 1_900 : 0,
      medianHeldMs: 14,
      holders:
        waiting > 0
          ? [
              {
                heldMs: 5_200,
                takenBy: [frame('checkout', 'src/db/orders.ts', 31)],
                route: 'GET /orders',
                busy: false,
              },
            ]
          : [],
    };
  }

  #profile(atMs: number, blocking: boolean): CpuProfileEvent {
    const builder = new ProfileBuilder();
    const ticks = frame('processTicksAndRejections', 'node:internal/process/task_queues', 72, 'node');
    const parser = frame('parserOnIncoming', 'node:_http_server', 1080, 'node');
    const next = frame(
      'next',
      '/srv/api-gateway/node_modules/express/lib/router/index.js',
      177,
      'dependency',
    );
    const handle = frame(
      'handle',
      '/srv/api-gateway/node_modules/express/lib/router/layer.js',
      86,
      'dependency',
    );
    const web = [parser, frame('emit', 'node:events', 508, 'node'), handle, next, handle, next];
    const idle = frame('(idle)', '', 0, 'meta');
    const add = (weight: number, stack: readonly CodeFrame[]) =>
      builder.add(stack, Math.max(1, Math.round(weight)));
    add(blocking ? 40 : 260, [idle]);
    if (blocking) {
      add(230, [
        ticks,
        frame('login', '/srv/api-gateway/src/routes/login.ts', 40),
        frame('verifyPassword', '/srv/api-gateway/src/auth/password.ts', 12),
        frame('pbkdf2Sync', 'node:internal/crypto/pbkdf2', 61, 'node'),
        frame('run', '', 0, 'native'),
      ]);
    }
    const report = [ticks, frame('renderReport', '/srv/api-gateway/src/reports/render.ts', 12)];
    add(40, [
      ...report,
      frame('collectRows', '/srv/api-gateway/src/reports/rows.ts', 4),
      frame('mapRow', '/srv/api-gateway/src/reports/rows.ts', 21),
    ]);
    add(22, [...report, frame('stringify', '', 0, 'native')]);
    add(30, [
      ...web,
      frame('listProducts', '/srv/api-gateway/src/products/list.ts', 18),
      frame('matches', '/srv/api-gateway/src/products/match.ts', 5),
    ]);
    add(16, [
      ...web,
      frame('json', '/srv/api-gateway/node_modules/express/lib/response.js', 250, 'dependency'),
    ]);
    add(14, [
      ...web,
      frame('baseClone', '/srv/api-gateway/node_modules/lodash/_baseClone.js', 70, 'dependency'),
    ]);
    add(9, [ticks, frame('getSession', '/srv/api-gateway/src/auth/session.ts', 22)]);
    add(18, [frame('(garbage collector)', '', 0, 'meta')]);
    add(8, [frame('(program)', '', 0, 'meta')]);
    for (let i = 0; i < this.#options.functions; i++) {
      const own = frame(`step${i}`, `/srv/api-gateway/src/jobs/job${i % 40}.ts`, 10 + i);
      add(this.#between(0, 2), [
        ticks,
        frame(`job${i % 40}`, `/srv/api-gateway/src/jobs/job${i % 40}.ts`, 3),
        own,
      ]);
    }
    return builder.build(atMs - 5_000, atMs);
  }
}

/** What the diagnosis would say about the blocking service. */
export const SYNTHETIC_FINDINGS: readonly Finding[] = [
  {
    id: 'event-loop-blocked:sync-crypto:verifyPassword',
    kind: 'event-loop-blocked',
    cause: 'sync-crypto',
    severity: 'critical',
    confidence: 0.97,
    title: 'verifyPassword blocks the event loop for 210 ms at a time',
    impact: 'all 20 routes wait: 93% of the requests overlapped a stall',
    culprits: [
      {
        function: 'verifyPassword',
        file: '/srv/api-gateway/src/auth/password.ts',
        line: 12,
        column: 26,
        package: null,
        share: 0.94,
        selfMs: 0,
        totalMs: 5_820,
        certainty: 'exact',
        stack: [
          'verifyPassword /srv/api-gateway/src/auth/password.ts:12',
          'login /srv/api-gateway/src/routes/login.ts:40',
        ],
      },
    ],
    routes: ['POST /login'],
    evidence: [
      '31 stalls of 180-240 ms in 10 s',
      '94% of the samples inside stalls are in verifyPassword',
      'the native frame under it is pbkdf2Sync',
    ],
    remedies: [
      'use crypto.pbkdf2 (asynchronous) or a worker-thread pool such as piscina',
      'lower the load on POST /login until it is fixed',
    ],
  },
  {
    id: 'memory-growth:heap:remember',
    kind: 'memory-growth',
    cause: 'heap',
    severity: 'warning',
    confidence: 0.81,
    title: 'the heap grows by 13.2 MB a minute',
    impact: 'it reaches the limit of 512 MB in about 24 minutes',
    culprits: [
      {
        function: 'remember',
        file: '/srv/api-gateway/src/auth/session.ts',
        line: 8,
        column: 5,
        package: null,
        share: 0.7,
        selfMs: 0,
        totalMs: 0,
        certainty: 'statistical',
        stack: ['remember /srv/api-gateway/src/auth/session.ts:8'],
      },
    ],
    routes: [],
    evidence: ['live memory after collection rose in 9 of 9 steps'],
    remedies: ['remove entries when they expire: give the map a limit or a time to live'],
  },
  {
    id: 'pool-exhausted:held-long:orders',
    kind: 'pool-exhausted',
    cause: 'held-long',
    severity: 'warning',
    confidence: 0.77,
    title: 'the pg pool orders@db:5432 is empty: 14 callers wait',
    impact: 'GET /orders waits up to 1.90 s for a connection',
    culprits: [],
    routes: ['GET /orders'],
    evidence: ['10 of 10 active, 0 idle, 14 waiting', 'the oldest is held for 5.20 s and runs no query'],
    remedies: ['release the connection before calling the other service'],
  },
];

export const SYNTHETIC_READINESS: readonly ReadinessCheck[] = [
  {
    check: 'async-correctness',
    verdict: 'fail',
    because: 'a handler blocks the loop',
    findings: ['event-loop-blocked:sync-crypto:verifyPassword'],
  },
  {
    check: 'connection-pools',
    verdict: 'warn',
    because: 'one pool is held long',
    findings: ['pool-exhausted:held-long:orders'],
  },
  {
    check: 'worker-strategy',
    verdict: 'pass',
    because: 'one process, cores are not the limit',
    findings: [],
  },
  { check: 'background-work', verdict: 'pass', because: 'no work after responses', findings: [] },
  { check: 'behaviour-under-load', verdict: 'unknown', because: 'the load did not change', findings: [] },
  { check: 'latency-tracking', verdict: 'pass', because: 'all routes are measured', findings: [] },
];

class ProfileBuilder {
  readonly #frames: CodeFrame[] = [
    { function: '(root)', file: '', line: 0, column: 0, origin: 'meta', package: null },
  ];
  readonly #nodeFrames: number[] = [0];
  readonly #parents: number[] = [-1];
  readonly #children = new Map<string, number>();
  readonly #samples: number[] = [];

  /** @param stack outermost first */
  add(stack: readonly CodeFrame[], samples: number): void {
    let node = 0;
    for (const each of stack) {
      const key = `${node} ${each.function} ${each.file} ${each.line}`;
      let child = this.#children.get(key);
      if (child === undefined) {
        this.#frames.push(each);
        this.#nodeFrames.push(this.#frames.length - 1);
        child = this.#parents.push(node) - 1;
        this.#children.set(key, child);
      }
      node = child;
    }
    for (let i = 0; i < samples; i++) this.#samples.push(node);
  }

  build(startMs: number, endMs: number): CpuProfileEvent {
    const everyMs = (endMs - startMs) / this.#samples.length;
    return {
      kind: 'cpu-profile',
      atMs: endMs,
      startMs,
      endMs,
      samplingIntervalUs: 10_000,
      frames: this.#frames,
      nodeFrames: this.#nodeFrames,
      parents: this.#parents,
      sampleNodes: this.#samples,
      sampleTimesMs: this.#samples.map((_, i) => startMs + (i + 1) * everyMs),
      sampleWeightsMs: this.#samples.map(() => everyMs),
      lineTicks: [],
      lineTexts: [],
    };
  }
}

function frame(name: string, file: string, line: number, origin: CodeFrame['origin'] = 'user'): CodeFrame {
  const path =
    file === '' || file.startsWith('/') || file.startsWith('node:') ? file : `/srv/api-gateway/${file}`;
  const owner = /node_modules\/([^/]+)/.exec(path)?.[1] ?? null;
  return { function: name, file: path, line, column: 1, origin, package: owner };
}

function histogramOf(valuesMs: readonly number[]): SparseHistogram {
  const counts = new Map<number, number>();
  for (const valueMs of valuesMs) {
    const bucket = bucketOf(Math.round(valueMs * 1000));
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return orderHistogram(counts);
}

/** Tommy Ettinger's 32-bit generator: small, and good enough for pictures. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
