import { describe, expect, it } from 'vitest';
import { backgroundWork } from '../../src/diagnosis/background-work.ts';
import { largeResponses } from '../../src/diagnosis/large-responses.ts';
import { poolExhausted } from '../../src/diagnosis/pool-exhausted.ts';
import { processSaturated } from '../../src/diagnosis/process-saturated.ts';
import { slowDependency } from '../../src/diagnosis/slow-dependency.ts';
import { threadpoolSaturated } from '../../src/diagnosis/threadpool-saturated.ts';
import type {
  CodeFrame,
  OutgoingEvent,
  PoolState,
  TimelineEvent,
  WorkersEvent,
} from '../../src/model/timeline-event.ts';
import {
  frame,
  histogram,
  loop,
  MB,
  pools,
  processReadings,
  requests,
  START_MS,
  stalls,
} from '../timeline/event-text.ts';
import { SECONDS, detect, foundBy, fullLoop, idleLoop, traffic } from './detecting.ts';

describe('process-saturated', () => {
  const full = { cpuPercent: 101, mainThreadPercent: 98, machineBusy: 0.3 };
  const workers = (percents: readonly number[], exits: WorkersEvent['exits'] = []): TimelineEvent[] => [
    {
      kind: 'workers',
      atMs: START_MS + 5_000,
      workers: percents.map((cpuPercent, i) => ({
        pid: 100 + i,
        cpuPercent,
        utilization: cpuPercent / 100,
        requestsPerSecond: 10,
      })),
      exits,
    },
  ];

  const threads = (
    ...readings: readonly (readonly [name: string, utilization: number])[]
  ): TimelineEvent[] => [
    {
      kind: 'threads',
      atMs: START_MS + 5_000,
      windowMs: 5_000,
      threads: readings.map(([name, utilization], i) => ({
        id: i + 1,
        name,
        utilization,
        cpuPercent: utilization * 100,
        heapUsedBytes: 5e6,
        heapLimitBytes: 4e9,
        silentMs: 0,
        hottest: utilization < 0.5 ? [] : [{ stack: [frame('rebuildPrices', 7)], share: 0.9 }],
      })),
    },
  ];

  const seen = loop('+'.repeat(SECONDS * 4));

  it('is found in a worker thread that is full, by its name and its function', () => {
    const [found] = foundBy(
      processSaturated,
      seen,
      processReadings(5),
      threads(['prices', 0.97], ['mail', 0.02]),
    );
    expect(found).toMatchObject({
      cause: 'worker-thread',
      severity: 'info',
      title: 'worker thread prices is 97% busy, 90% of it in rebuildPrices',
      culprits: [{ function: 'rebuildPrices', line: 7 }],
    });
  });

  it('is a warning in a full worker thread when routes are slow or the main thread waits for a core', () => {
    const pool = [processReadings(SECONDS), threads(['prices', 0.97])];
    const severity = (...parts: readonly TimelineEvent[][]) =>
      foundBy(processSaturated, seen, ...pool, ...parts)[0];
    expect(severity(traffic)).toMatchObject({ severity: 'info' });
    const slow = requests('GET /prices', { perSecond: 20, latencyMs: 700, seconds: SECONDS });
    expect(severity(slow)).toMatchObject({
      severity: 'warning',
      impact: expect.stringContaining('GET /prices takes'),
    });
    const late = processReadings(SECONDS, { mainThreadPercent: 20, mainThreadWaitPercent: 45 });
    expect(foundBy(processSaturated, seen, late, threads(['prices', 0.97]))[0]).toMatchObject({
      severity: 'warning',
      impact: 'the main thread was ready to run and waited for a core 45% of the time',
    });
    const room = foundBy(processSaturated, seen, processReadings(SECONDS), slow, threads(['prices', 0.8]));
    expect(room).toMatchObject([{ severity: 'info' }]);
  });

  it('is one finding for a pool of worker threads, a note while they have room, and none when they rest', () => {
    const pool = threads(['prices', 0.8], ['prices', 0.75], ['prices', 0.7]);
    const findings = foundBy(processSaturated, seen, processReadings(5), pool);
    expect(findings).toMatchObject([{ severity: 'info', title: expect.stringMatching(/^3 worker threads/) }]);
    const resting = threads(['prices', 0.4]);
    expect(detect(processSaturated, seen, processReadings(5), resting).kind).toBe('not-found');
  });

  it('is found as a single process while cores are idle', () => {
    expect(foundBy(processSaturated, fullLoop, processReadings(SECONDS, full))[0]).toMatchObject({
      cause: 'single-process',
    });
  });

  it('is found as all cores when none is left', () => {
    const readings = processReadings(SECONDS, { ...full, machineBusy: 0.99 });
    expect(foundBy(processSaturated, fullLoop, readings)[0]).toMatchObject({ cause: 'all-cores' });
  });

  it('is found as all cores when the loop never rests because others use the machine', () => {
    const readings = processReadings(SECONDS, { mainThreadPercent: 30, machineBusy: 1 });
    expect(foundBy(processSaturated, fullLoop, readings)[0]).toMatchObject({ cause: 'all-cores' });
    expect(detect(processSaturated, loop('+'.repeat(SECONDS * 4)), readings).kind).toBe('not-found');
  });

  it('is not found when the loop waits for something that is not the CPU', () => {
    const readings = processReadings(SECONDS, { mainThreadPercent: 30, machineBusy: 0.2 });
    expect(detect(processSaturated, fullLoop, readings).kind).toBe('not-found');
  });

  it('is not ruled out in a process that has little to do', () => {
    expect(detect(processSaturated, idleLoop, processReadings(5)).kind).toBe('not-enough-seen');
    expect(detect(processSaturated, idleLoop, processReadings(5), workers([9, 1, 1])).kind).toBe(
      'not-enough-seen',
    );
  });

  it('is found in one worker that does the work of all', () => {
    expect(foundBy(processSaturated, processReadings(5), workers([95, 10, 12, 8]))[0]).toMatchObject({
      cause: 'unbalanced-workers',
    });
    expect(detect(processSaturated, idleLoop, processReadings(5), workers([70, 65, 72])).kind).toBe(
      'not-found',
    );
  });

  it('is found in workers that are all full, which the primary shows nothing of', () => {
    expect(foundBy(processSaturated, idleLoop, processReadings(5), workers([97]))[0]).toMatchObject({
      cause: 'single-process',
    });
    const all = workers([97, 95, 99, 96, 98, 97, 97, 96]);
    expect(foundBy(processSaturated, idleLoop, processReadings(5), all)[0]).toMatchObject({
      cause: 'all-cores',
    });
  });

  it('is found in workers that die', () => {
    const exits = [1, 2, 3].map((pid) => ({ pid, how: 'exit code 134' }));
    expect(foundBy(processSaturated, processReadings(5), workers([20, 20], exits))[0]).toMatchObject({
      cause: 'worker-restarts',
      evidence: ['3 times: exit code 134'],
    });
  });

  it('is not decided before the CPU was read', () => {
    expect(detect(processSaturated).kind).toBe('not-enough-seen');
  });
});

describe('threadpool-saturated', () => {
  const probes = (delays: readonly number[], work: string | null = null): TimelineEvent[] =>
    delays.map((queueDelayMs, second) => ({
      kind: 'threadpool',
      atMs: START_MS + second * 1000,
      size: 4,
      queueDelayMs,
      filledBy: work === null ? [] : [{ work, share: 1 }],
    }));

  it('is found with what fills the pool', () => {
    expect(foundBy(threadpoolSaturated, probes([200, 310, 250, 0.2, 280], 'crypto'))[0]).toMatchObject({
      cause: 'crypto',
      severity: 'critical',
    });
  });

  it('takes the work from the functions that start it when the probe cannot tell', () => {
    const [finding] = foundBy(
      threadpoolSaturated,
      probes([200, 310, 250, 280]),
      stalls([[0, 100]], 'handler>hashAll>pbkdf2@node:internal/crypto/pbkdf2'),
    );
    expect(finding).toMatchObject({ cause: 'crypto' });
    expect(finding?.culprits[0]?.function).toBe('hashAll');
  });

  it('is not found after one burst, and not decided by two probes', () => {
    expect(detect(threadpoolSaturated, probes([0.1, 0.2, 90, 0.1, 0.1])).kind).toBe('not-found');
    expect(detect(threadpoolSaturated, probes([300, 300])).kind).toBe('not-enough-seen');
  });
});

describe('pool-exhausted', () => {
  const holder = (heldMs: number, busy: boolean | null): PoolState['holders'][number] => ({
    heldMs,
    busy,
    takenBy: [frame('findOrders', 12), frame('handler')],
    route: 'GET /orders',
  });
  const starved = (state: Partial<PoolState>): TimelineEvent[] =>
    pools(Array.from({ length: 4 }, () => ({ active: 10, idle: 0, waiting: 42, ...state })));

  it('is leaked when holders keep connections without a query', () => {
    const [finding] = foundBy(
      poolExhausted,
      starved({ holders: Array.from({ length: 10 }, () => holder(9_000, false)) }),
    );
    expect(finding).toMatchObject({ cause: 'leaked', severity: 'critical', routes: ['GET /orders'] });
    expect(finding?.culprits[0]).toMatchObject({ function: 'findOrders', line: 12, certainty: 'exact' });
  });

  it('is held long when queries are slow', () => {
    const state = { medianHeldMs: 2_500, holders: [holder(2_600, true), holder(1_900, true)] };
    expect(foundBy(poolExhausted, starved(state))[0]).toMatchObject({ cause: 'held-long' });
  });

  it('is undersized when connections come back quickly and callers still wait', () => {
    const state = { max: 2, active: 2, medianHeldMs: 30, holders: [holder(20, true), holder(8, true)] };
    expect(foundBy(poolExhausted, starved(state))[0]).toMatchObject({ cause: 'undersized' });
  });

  it('names who asks where connections were taken before anybody looked', () => {
    const state = {
      holders: [{ ...holder(9_000, false), takenBy: [], route: null }],
      waiters: [{ waitedMs: 900, askedBy: [frame('findOrders', 12)], route: 'GET /orders' }],
    };
    expect(foundBy(poolExhausted, starved(state))[0]).toMatchObject({
      cause: 'leaked',
      culprits: [{ function: 'findOrders' }],
      routes: ['GET /orders'],
    });
  });

  it('is told by connections of which none comes back, where the driver does not list them', () => {
    const waiters = [{ waitedMs: 900, askedBy: [frame('findOrders', 12)], route: 'GET /orders' }];
    const held = { active: 10, idle: 0, waiting: 42, medianHeldMs: null, waiters };
    const stuck = Array.from({ length: 10 }, () => held);
    expect(foundBy(poolExhausted, pools(stuck))[0]).toMatchObject({
      cause: 'leaked',
      culprits: [{ function: 'findOrders' }],
    });
    expect(foundBy(poolExhausted, pools(stuck.slice(0, 4)))[0]).toMatchObject({ cause: 'held-long' });
    // Of a driver that is never seen to hand any out, that says nothing.
    const silent = stuck.map((state) => ({ ...state, waiters: [] }));
    expect(foundBy(poolExhausted, pools(silent))[0]).toMatchObject({ cause: 'undersized' });
  });

  it('names the route whose requests hang where nobody else knows it', () => {
    const state = { holders: [{ ...holder(9_000, false), route: null }] };
    const hanging: TimelineEvent = {
      kind: 'request-starts',
      atMs: START_MS + 3_000,
      routes: ['GET /orders', 'GET /orders'],
      startsMs: [START_MS + 1_000, START_MS + 2_000],
    };
    expect(foundBy(poolExhausted, starved(state), traffic, [hanging])[0]?.routes).toEqual(['GET /orders']);
  });

  it('is not found when nobody waits, not decided by one reading, nor without a pool', () => {
    expect(detect(poolExhausted, pools([{}, {}, { waiting: 1 }, {}])).kind).toBe('not-found');
    expect(detect(poolExhausted, pools([{ waiting: 9, idle: 0, active: 10 }])).kind).toBe('not-enough-seen');
    expect(detect(poolExhausted).kind).toBe('not-enough-seen');
  });
});

describe('background-work', () => {
  const samples = (series: string): TimelineEvent[] => [
    {
      kind: 'context-samples',
      atMs: START_MS + 5_000,
      samples: series.split('').map((letter, i) => ({
        atMs: START_MS + i * 50,
        route: letter === '.' ? null : 'POST /orders',
        finished: letter === 'F',
        stack: letter === 'F' ? [frame('renderInvoice'), frame('handler')] : [frame('handler')],
      })),
    },
  ];

  it('is found with route and function when work goes on after responses', () => {
    const [finding] = foundBy(backgroundWork, fullLoop, samples('FFFr.'.repeat(12)));
    expect(finding).toMatchObject({ severity: 'critical', routes: ['POST /orders'] });
    expect(finding?.culprits[0]).toMatchObject({ function: 'renderInvoice', certainty: 'exact' });
  });

  it('is not found when hardly anything runs after responses', () => {
    expect(detect(backgroundWork, fullLoop, samples(`${'rrrr.'.repeat(12)}F`)).kind).toBe('not-found');
  });

  it('is not decided by few samples, nor by none', () => {
    expect(detect(backgroundWork, samples('FFFFF')).kind).toBe('not-enough-seen');
    expect(detect(backgroundWork, fullLoop, samples(`${'F.'.repeat(14)}rr`)).kind).toBe('not-enough-seen');
    expect(detect(backgroundWork, fullLoop, samples(`${'F.'.repeat(15)}rr`)).kind).toBe('found');
    expect(detect(backgroundWork).kind).toBe('not-enough-seen');
  });

  it('is neither what Node does behind a response nor the call that ends it', () => {
    const node = (name: string): CodeFrame => ({
      ...frame(name),
      file: 'node:_http_outgoing',
      origin: 'node',
    });
    const handler = [frame('handler')];
    const stacks = {
      tail: [node('resOnFinish')],
      ends: [node('_finish'), node('ServerResponse.end'), ...handler],
      works: handler,
    };
    const sampled = (series: readonly (keyof typeof stacks)[]): TimelineEvent[] => [
      {
        kind: 'context-samples',
        atMs: START_MS + 5_000,
        samples: Array.from({ length: 60 }, (_, i) => {
          const what = series[i % series.length] as keyof typeof stacks;
          return { atMs: START_MS + i * 50, route: 'GET /', finished: true, stack: stacks[what] };
        }),
      },
    ];
    expect(detect(backgroundWork, fullLoop, sampled(['tail', 'ends'])).kind).toBe('not-found');
    expect(detect(backgroundWork, fullLoop, sampled(['tail', 'works'])).kind).toBe('found');
  });

  it('is not decided while chance may have put as many samples behind a response', () => {
    expect(detect(backgroundWork, fullLoop, samples(`${'r'.repeat(42)}FFFFFF`)).kind).toBe('not-enough-seen');
    expect(detect(backgroundWork, fullLoop, samples(`${'r'.repeat(36)}${'F'.repeat(12)}`)).kind).toBe(
      'found',
    );
  });
});

describe('large-responses', () => {
  const responses = (bytes: number, buffered: number, count = 10): TimelineEvent[] => [
    {
      kind: 'large-responses',
      atMs: START_MS + 1_000,
      routes: [{ route: 'GET /export', count, largestBytes: bytes, totalBytes: bytes * count, buffered }],
    },
  ];

  it('is found when a route sends megabytes in one piece', () => {
    expect(foundBy(largeResponses, traffic, responses(8 * MB, 10))[0]).toMatchObject({
      routes: ['GET /export'],
      severity: 'warning',
    });
  });

  it('is not found when they are streamed, not decided by one of them, nor without requests', () => {
    expect(detect(largeResponses, traffic, responses(8 * MB, 0)).kind).toBe('not-found');
    expect(detect(largeResponses, traffic).kind).toBe('not-found');
    expect(detect(largeResponses, traffic, responses(8 * MB, 1, 1)).kind).toBe('not-enough-seen');
    expect(detect(largeResponses).kind).toBe('not-enough-seen');
  });
});

describe('slow-dependency', () => {
  const slow = requests('GET /report', { perSecond: 5, latencyMs: 1_500, seconds: SECONDS });
  const calls = (latencyMs: number, peer: Partial<OutgoingEvent['peers'][number]> = {}): TimelineEvent[] => [
    {
      kind: 'outgoing',
      atMs: START_MS + SECONDS * 1000,
      windowMs: SECONDS * 1000,
      peers: [
        {
          via: 'undici',
          peer: 'prices.internal:80',
          count: 100,
          errors: 0,
          inFlight: 4,
          latency: histogram(latencyMs, 100),
          routes: ['GET /report'],
          ...peer,
        },
      ],
    },
  ];

  it('is found with the host that a slow route waits for', () => {
    expect(foundBy(slowDependency, idleLoop, slow, calls(1_400))[0]).toMatchObject({
      id: 'slow-dependency:http-client:prices.internal:80',
      cause: 'http-client',
      severity: 'critical',
      routes: ['GET /report'],
    });
  });

  it('tells a database from a service', () => {
    const database = calls(1_400, { via: 'database', peer: 'pg db:5432' });
    expect(foundBy(slowDependency, idleLoop, slow, database)[0]).toMatchObject({ cause: 'database' });
  });

  it('counts many quick calls of one request together', () => {
    expect(foundBy(slowDependency, idleLoop, slow, calls(20, { count: 6_000 }))).toHaveLength(1);
  });

  it('says as information that a route waits for something unseen', () => {
    expect(foundBy(slowDependency, idleLoop, slow, calls(3))[0]).toMatchObject({
      cause: 'unknown',
      severity: 'info',
    });
  });

  it('is not found on a busy loop or a quick route, and not decided without requests', () => {
    expect(detect(slowDependency, fullLoop, slow, calls(1_400)).kind).toBe('not-found');
    expect(detect(slowDependency, idleLoop, traffic, calls(4)).kind).toBe('not-found');
    expect(detect(slowDependency, idleLoop, slow).kind).toBe('not-enough-seen');
    expect(detect(slowDependency, idleLoop).kind).toBe('not-enough-seen');
  });
});
