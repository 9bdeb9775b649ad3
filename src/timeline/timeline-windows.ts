/**
 * What the timeline keeps of each signal, and how two neighbouring entries become one when they grow old. Merging
 * never depends on order: counts add up, distributions are joined, of readings the later one stays.
 *
 *   mergeLoop({ 0-250 ms, busy 100 }, { 250-500 ms, busy 250 }) -> { 0-500 ms, busy 350 }
 */
import type { Covered } from '../shared/bounded-history.ts';
import { coarsenHistogram, mergeHistograms } from '../model/latency-histogram.ts';
import { routeKey } from '../model/route-pattern.ts';
import type {
  BlockedEvent,
  CpuProfileEvent,
  GcEvent,
  JobsEvent,
  LargeResponsesEvent,
  LoopEvent,
  MemoryEvent,
  OutgoingEvent,
  OwnCostEvent,
  PoolsEvent,
  ProcessEvent,
  RequestsEvent,
  RouteWindow,
  SparseHistogram,
  ThreadPoolEvent,
  ThreadsEvent,
  WorkersEvent,
} from '../model/timeline-event.ts';

/** An event kept whole, with the span that it speaks of. */
export type Kept<E> = Covered & { readonly event: E };

export interface LoopWindow extends Covered {
  readonly busyMs: number;
  readonly delay: SparseHistogram;
}

export interface RequestWindow extends Covered {
  readonly inFlight: number;
  readonly oldestInFlightMs: number;
  readonly aborted: number;
  /** By `METHOD route`. */
  readonly routes: ReadonlyMap<string, RouteWindow>;
}

export interface GcWindow extends Covered {
  readonly count: number;
  readonly majorCount: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

export interface StallWindow extends Covered {
  readonly count: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

/** The process as seen from outside: means of its CPU, last sizes. */
export interface ProcessFigures {
  readonly cpuPercent: number;
  readonly mainThreadPercent: number | null;
  /** Percent of the time in which it was ready to run and had no CPU. */
  readonly mainThreadWaitPercent: number | null;
  readonly machineBusy: number | null;
  readonly rssBytes: number;
  readonly cgroupMemoryBytes: number | null;
  /** The fullest that was seen. */
  readonly listenQueue: ProcessEvent['listenQueue'];
}

/** Its means are weighted by `readings`. */
export interface ProcessWindow extends Covered, ProcessFigures {
  readonly readings: number;
}

/** One stretch in which the loop did not answer. `endMs` is the last reading, or when it turned again. */
export interface BlockedPeriod extends Covered {
  readonly over: boolean;
  /** The first readings and the last one: enough to see whether it is one function or several. */
  readonly readings: readonly BlockedEvent[];
}

export const keepPoint = <E extends { readonly atMs: number }>(event: E): Kept<E> => ({
  startMs: event.atMs,
  endMs: event.atMs,
  event,
});

export const keepWindow = <E extends { readonly atMs: number; readonly windowMs: number }>(
  event: E,
): Kept<E> => ({ startMs: event.atMs - event.windowMs, endMs: event.atMs, event });

export const keepProfile = (event: CpuProfileEvent): Kept<CpuProfileEvent> => ({
  startMs: event.startMs,
  endMs: event.endMs,
  event,
});

const cover = (a: Covered, b: Covered): Covered => ({
  startMs: Math.min(a.startMs, b.startMs),
  endMs: Math.max(a.endMs, b.endMs),
});

/** Windows of the last hour are shorter than this (see `retention.ts`). */
const LONGEST_EXACT_MS = 30_000;

/** Of a busy service, eight hours of exact distributions would be 300 MB; coarse ones are 10. */
function joinHistograms(
  a: SparseHistogram,
  b: SparseHistogram,
  { startMs, endMs }: Covered,
): SparseHistogram {
  const joined = mergeHistograms(a, b);
  return endMs - startMs > LONGEST_EXACT_MS ? coarsenHistogram(joined) : joined;
}

const later = <T extends Covered>(a: T, b: T): T => (a.endMs >= b.endMs ? a : b);

export function fromLoop(event: LoopEvent): LoopWindow {
  return {
    startMs: event.atMs - event.windowMs,
    endMs: event.atMs,
    busyMs: event.utilization * event.windowMs,
    delay: event.delay,
  };
}

export function mergeLoop(a: LoopWindow, b: LoopWindow): LoopWindow {
  const covered = cover(a, b);
  return { ...covered, busyMs: a.busyMs + b.busyMs, delay: joinHistograms(a.delay, b.delay, covered) };
}

export function fromRequests(event: RequestsEvent): RequestWindow {
  return {
    startMs: event.atMs - event.windowMs,
    endMs: event.atMs,
    inFlight: event.inFlight,
    oldestInFlightMs: event.oldestInFlightMs,
    aborted: event.aborted,
    routes: new Map(event.routes.map((route) => [routeKey(route), route])),
  };
}

export function mergeRequests(a: RequestWindow, b: RequestWindow): RequestWindow {
  const covered = cover(a, b);
  const routes = new Map(a.routes);
  for (const [key, route] of b.routes) {
    const known = routes.get(key);
    routes.set(key, known ? mergeRoutes(known, route, covered) : route);
  }
  const last = later(a, b);
  return {
    ...covered,
    inFlight: last.inFlight,
    oldestInFlightMs: last.oldestInFlightMs,
    aborted: a.aborted + b.aborted,
    routes,
  };
}

function mergeRoutes(a: RouteWindow, b: RouteWindow, covered: Covered): RouteWindow {
  return {
    method: a.method,
    route: a.route,
    count: a.count + b.count,
    errors: a.errors + b.errors,
    totalUs: a.totalUs + b.totalUs,
    maxUs: Math.max(a.maxUs, b.maxUs),
    latency: joinHistograms(a.latency, b.latency, covered),
    responseBytes: a.responseBytes + b.responseBytes,
  };
}

export function fromGc(event: GcEvent): GcWindow {
  return {
    startMs: event.startMs,
    endMs: event.startMs + event.durationMs,
    count: 1,
    majorCount: event.type === 'mark-compact' ? 1 : 0,
    totalMs: event.durationMs,
    longestMs: event.durationMs,
  };
}

export function mergeGc(a: GcWindow, b: GcWindow): GcWindow {
  return { ...mergePauses(a, b), majorCount: a.majorCount + b.majorCount };
}

/** Joins counts of pauses: stalls, and collections but for their kind. */
export function mergePauses(a: StallWindow, b: StallWindow): StallWindow {
  return {
    ...cover(a, b),
    count: a.count + b.count,
    totalMs: a.totalMs + b.totalMs,
    longestMs: Math.max(a.longestMs, b.longestMs),
  };
}

export function fromProcess(event: ProcessEvent): ProcessWindow {
  return {
    startMs: event.atMs,
    endMs: event.atMs,
    readings: 1,
    cpuPercent: event.cpuPercent,
    mainThreadPercent: event.mainThreadPercent,
    mainThreadWaitPercent: event.mainThreadWaitPercent ?? null,
    machineBusy: event.machineBusy,
    rssBytes: event.rssBytes,
    cgroupMemoryBytes: event.cgroupMemoryBytes,
    listenQueue: event.listenQueue,
  };
}

export function mergeProcess(a: ProcessWindow, b: ProcessWindow): ProcessWindow {
  const readings = a.readings + b.readings;
  const mean = (x: number | null, y: number | null): number | null =>
    x === null || y === null ? (x ?? y) : (x * a.readings + y * b.readings) / readings;
  const last = later(a, b);
  const [first, second] = [a.listenQueue, b.listenQueue];
  return {
    ...cover(a, b),
    readings,
    cpuPercent: mean(a.cpuPercent, b.cpuPercent) as number,
    mainThreadPercent: mean(a.mainThreadPercent, b.mainThreadPercent),
    mainThreadWaitPercent: mean(a.mainThreadWaitPercent, b.mainThreadWaitPercent),
    machineBusy: mean(a.machineBusy, b.machineBusy),
    rssBytes: last.rssBytes,
    cgroupMemoryBytes: last.cgroupMemoryBytes,
    listenQueue: first && second ? (first.length >= second.length ? first : second) : (first ?? second),
  };
}

/** Of two readings of a state the later one stays: memory, pools, workers, threads. */
export function mergeReadings<E extends MemoryEvent | PoolsEvent | WorkersEvent | ThreadsEvent>(
  a: Kept<E>,
  b: Kept<E>,
): Kept<E> {
  return { ...later(a, b), ...cover(a, b) };
}

/** Of two probes of the thread pool the longer wait stays: an old queue matters by its peak. */
export function mergeThreadPool(a: Kept<ThreadPoolEvent>, b: Kept<ThreadPoolEvent>): Kept<ThreadPoolEvent> {
  return { ...cover(a, b), event: a.event.queueDelayMs >= b.event.queueDelayMs ? a.event : b.event };
}

export function mergeOwnCost(a: Kept<OwnCostEvent>, b: Kept<OwnCostEvent>): Kept<OwnCostEvent> {
  return {
    ...cover(a, b),
    event: {
      ...later(a, b).event,
      windowMs: a.event.windowMs + b.event.windowMs,
      mainThreadMs: a.event.mainThreadMs + b.event.mainThreadMs,
      longestPauseMs: Math.max(a.event.longestPauseMs, b.event.longestPauseMs),
    },
  };
}

export function mergeOutgoing(a: Kept<OutgoingEvent>, b: Kept<OutgoingEvent>): Kept<OutgoingEvent> {
  const peers = new Map(a.event.peers.map((peer) => [`${peer.via} ${peer.peer}`, peer]));
  const last = later(a, b);
  for (const peer of b.event.peers) {
    const key = `${peer.via} ${peer.peer}`;
    const known = peers.get(key);
    peers.set(
      key,
      known
        ? {
            ...peer,
            count: known.count + peer.count,
            errors: known.errors + peer.errors,
            inFlight: (last === a ? known : peer).inFlight,
            latency: joinHistograms(known.latency, peer.latency, cover(a, b)),
            routes: [...new Set([...known.routes, ...peer.routes])],
          }
        : peer,
    );
  }
  return {
    ...cover(a, b),
    event: {
      ...last.event,
      windowMs: a.event.windowMs + b.event.windowMs,
      peers: [...peers.values()],
    },
  };
}

export function mergeJobs(a: Kept<JobsEvent>, b: Kept<JobsEvent>): Kept<JobsEvent> {
  const keyOf = ({ library, name }: JobsEvent['queues'][number]): string => `${library} ${name}`;
  const last = later(a, b);
  const queues = new Map(a.event.queues.map((queue) => [keyOf(queue), queue]));
  for (const queue of b.event.queues) {
    const known = queues.get(keyOf(queue));
    queues.set(
      keyOf(queue),
      known
        ? {
            ...(last === a ? known : queue),
            completed: known.completed + queue.completed,
            failed: known.failed + queue.failed,
          }
        : queue,
    );
  }
  return {
    ...cover(a, b),
    event: { ...last.event, windowMs: a.event.windowMs + b.event.windowMs, queues: [...queues.values()] },
  };
}

export function mergeLargeResponses(
  a: Kept<LargeResponsesEvent>,
  b: Kept<LargeResponsesEvent>,
): Kept<LargeResponsesEvent> {
  const routes = new Map(a.event.routes.map((route) => [route.route, route]));
  for (const route of b.event.routes) {
    const known = routes.get(route.route);
    routes.set(route.route, {
      route: route.route,
      count: route.count + (known?.count ?? 0),
      largestBytes: Math.max(route.largestBytes, known?.largestBytes ?? 0),
      totalBytes: route.totalBytes + (known?.totalBytes ?? 0),
      buffered: route.buffered + (known?.buffered ?? 0),
    });
  }
  return { ...cover(a, b), event: { ...later(a, b).event, routes: [...routes.values()] } };
}
