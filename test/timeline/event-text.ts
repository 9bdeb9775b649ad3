/**
 * Sessions written as text. Every part begins at `START_MS`, one letter is a step of 250 ms:
 *
 *   timelineOf(session(), loop('....####'), gc('SSS..M..'), stalls([[500, 200]], 'handler>derive'))
 *
 * loop: `.` 5% busy, `-` 40%, `+` 75%, `#` 100%; gc: `S` a scavenge of 2 ms, `M` a full collection of 60 ms.
 */
import { bucketOf, orderHistogram } from '../../src/model/latency-histogram.ts';
import type {
  CodeFrame,
  GcEvent,
  MemoryEvent,
  PoolState,
  ProcessEvent,
  SparseHistogram,
  TargetInfo,
  TimelineEvent,
} from '../../src/model/timeline-event.ts';
import { createTimeline, reduceTimeline } from '../../src/timeline/timeline.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import { profileAt } from '../model/profile-text.ts';

export const START_MS = 100_000;
const STEP_MS = 250;
export const MB = 1024 * 1024;

const TARGET: TargetInfo = {
  pid: 4711,
  node: 'v22.12.0',
  command: 'node server.js',
  cwd: '/srv',
  hostname: 'host',
  cores: 8,
  machineCores: 8,
  cgroupMemoryLimitBytes: null,
  heapLimitBytes: 4096 * MB,
  attachedBy: 'sigusr1',
  startedAtWallMs: Date.UTC(2026, 0, 31, 9),
};

export function timelineOf(...parts: readonly (readonly TimelineEvent[])[]): Timeline {
  const timeline = createTimeline();
  for (const event of parts.flat()) reduceTimeline(timeline, event);
  return timeline;
}

export const session = (target: Partial<TargetInfo> = {}): TimelineEvent[] => [
  {
    kind: 'session-started',
    atMs: START_MS,
    wallMs: Date.UTC(2026, 0, 31, 10),
    target: { ...TARGET, ...target },
  },
];

const BUSY: Readonly<Record<string, number>> = { '.': 0.05, '-': 0.4, '+': 0.75, '#': 1 };

export function loop(series: string, delayMs = 1): TimelineEvent[] {
  return series.split('').map((letter, step) => ({
    kind: 'loop',
    atMs: START_MS + (step + 1) * STEP_MS,
    windowMs: STEP_MS,
    utilization: BUSY[letter] ?? 0,
    delay: histogram(delayMs, 10),
  }));
}

/** A histogram of `count` values of `valueMs`. */
export function histogram(valueMs: number, count: number): SparseHistogram {
  return orderHistogram([[bucketOf(valueMs * 1000), count]]);
}

export function gc(series: string, majorMs = 60, minorMs = 2): TimelineEvent[] {
  return series.split('').flatMap((letter, step): GcEvent[] => {
    if (letter === '.') return [];
    const startMs = START_MS + step * STEP_MS;
    const durationMs = letter === 'M' ? majorMs : minorMs;
    const type = letter === 'M' ? 'mark-compact' : 'scavenge';
    return [{ kind: 'gc', atMs: startMs + durationMs, startMs, durationMs, type }];
  });
}

/** Stalls at offsets from the start, each with a profile in which `stack` fills it. */
export function stalls(
  at: readonly (readonly [offsetMs: number, lengthMs: number])[],
  ...stacks: readonly string[]
): TimelineEvent[] {
  return at.flatMap(([offsetMs, lengthMs], index): TimelineEvent[] => {
    const startMs = START_MS + offsetMs;
    const stall: TimelineEvent = {
      kind: 'stall',
      atMs: startMs + lengthMs,
      startMs,
      endMs: startMs + lengthMs,
    };
    const stack = stacks[index % stacks.length];
    if (stack === undefined) return [stall];
    return [stall, profileAt(startMs - 50, '(idle) 50ms', `${stack} ${lengthMs}ms`, '(idle) 50ms')];
  });
}

/** `every(500, 200, 10)` are ten stalls of 200 ms, one each 500 ms. */
export const every = (periodMs: number, lengthMs: number, count: number): [number, number][] =>
  Array.from({ length: count }, (_, index) => [index * periodMs + 100, lengthMs]);

export interface Traffic {
  readonly perSecond: number;
  readonly latencyMs: number;
  readonly seconds: number;
  readonly startsMs?: readonly number[];
  readonly errors?: number;
}

/** `requests('GET /login', { perSecond: 4, latencyMs: 210, seconds: 10 })`, finished and begun evenly. */
export function requests(key: string, traffic: Traffic): TimelineEvent[] {
  return windowsOfRequests([[key, traffic]]);
}

/** Several routes share the windows, as they do in a service. */
export function windowsOfRequests(
  traffic: readonly (readonly [key: string, traffic: Traffic])[],
): TimelineEvent[] {
  const seconds = Math.max(...traffic.map(([, each]) => each.seconds));
  return Array.from({ length: seconds }, (_, second): TimelineEvent[] => {
    const atMs = START_MS + (second + 1) * 1000;
    const starts = traffic.flatMap(([key, each]) =>
      each.startsMs
        ? each.startsMs.filter((ms) => Math.floor(ms / 1000) === second).map((ms) => ({ key, ms }))
        : Array.from({ length: each.perSecond }, (__, i) => ({
            key,
            ms: second * 1000 + (i * 1000) / each.perSecond,
          })),
    );
    return [
      {
        kind: 'requests',
        atMs,
        windowMs: 1000,
        inFlight: 1,
        oldestInFlightMs: 5,
        aborted: 0,
        routes: traffic.map(([key, { perSecond, latencyMs, errors = 0 }]) => {
          const [method = '', route = ''] = key.split(' ');
          return {
            method,
            route,
            count: perSecond,
            errors,
            totalUs: perSecond * latencyMs * 1000,
            maxUs: latencyMs * 1000,
            latency: histogram(latencyMs, perSecond),
            responseBytes: 100,
          };
        }),
      },
      {
        kind: 'request-starts',
        atMs,
        routes: starts.map(({ key }) => key),
        startsMs: starts.map(({ ms }) => START_MS + ms),
      },
    ];
  }).flat();
}

/** One reading a second; a live size in MB after a full collection, or null between collections. */
export function memory(liveMb: readonly (number | null)[], more: Partial<MemoryEvent> = {}): TimelineEvent[] {
  let live: number | null = null;
  return liveMb.map((size, second): TimelineEvent => {
    live = size ?? live;
    return {
      kind: 'memory',
      atMs: START_MS + (second + 1) * 1000,
      heapUsedBytes: ((live ?? 20) + (second % 3) * 10) * MB,
      heapTotalBytes: 100 * MB,
      heapLimitBytes: 4096 * MB,
      externalBytes: 2 * MB,
      arrayBuffersBytes: MB,
      mallocedBytes: MB,
      liveAfterGcBytes: live === null ? null : live * MB,
      spaces: [],
      ...more,
    };
  });
}

/** One reading of the process a second. */
export function processReadings(seconds: number, reading: Partial<ProcessEvent> = {}): TimelineEvent[] {
  return Array.from({ length: seconds }, (_, second) => ({
    kind: 'process',
    atMs: START_MS + (second + 1) * 1000,
    cpuPercent: 20,
    mainThreadPercent: 18,
    rssBytes: 120 * MB,
    cgroupMemoryBytes: null,
    threads: 11,
    openFiles: 30,
    listenQueue: { length: 0, limit: 511 },
    machineBusy: 0.2,
    ...reading,
  }));
}

export function pools(readings: readonly Partial<PoolState>[]): TimelineEvent[] {
  return readings.map((reading, second) => ({
    kind: 'pools',
    atMs: START_MS + (second + 1) * 1000,
    pools: [
      {
        id: 'pg-1',
        driver: 'pg',
        name: 'orders@db:5432',
        max: 10,
        active: 2,
        idle: 8,
        waiting: 0,
        longestHeldMs: 5,
        longestWaitMs: null,
        medianHeldMs: 5,
        holders: [],
        ...reading,
      },
    ],
  }));
}

/** The user's function in /srv/app/<name>.js, as the profiles written as text have it. */
export const frame = (name: string, line = 1): CodeFrame => ({
  function: name,
  file: `/srv/app/${name}.js`,
  line,
  column: 1,
  origin: 'user',
  package: null,
});
