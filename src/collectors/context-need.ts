/**
 * When it is worth its price to ask whose work runs: the loop is busy and late, requests come, few enough of them that
 * a note on each costs little.
 *
 *   loop at 0.7 for 2 s, 80 requests a second, never asked before -> wanted for 8 s, then not again for 60 s
 */
import { histogramPercentile } from '../model/latency-histogram.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';

export interface ContextNeed {
  /** Milliseconds in a row in which the loop was busy. */
  readonly busyMs: number;
  readonly idleMs: number;
  readonly requestsPerSecond: number;
  readonly requestsSeen: boolean;
  readonly grantedUntilMs: number;
}

export const INITIAL_CONTEXT_NEED: ContextNeed = {
  busyMs: 0,
  idleMs: 0,
  requestsPerSecond: 0,
  requestsSeen: false,
  grantedUntilMs: -Infinity,
};

/** Below this the loop has room, and whoever works on it delays nobody. */
const BUSY_UTILIZATION = 0.3;
const BUSY_FOR_MS = 1500;
/**
 * Work that competes makes others late: something that was due came this late, where a loop that is merely busy
 * with short handlers is on time.
 */
const LATE_US = 3000;
/** One quiet window of 250 ms between two bursts does not make a loop idle; a second does. */
const FORGIVEN_IDLE_MS = 1000;
/** 18 µs for each request on Node 20: at 1,000 a second 2 % of the loop. */
const MOST_REQUESTS_PER_SECOND = 1000;
/** 8 s give 240 samples: a share of 10 % is then known to within 4 %. */
export const SAMPLE_FOR_MS = 8000;
const REST_FOR_MS = 60_000;

/** Keeps count of what the timeline says. */
export function reduceContextNeed(need: ContextNeed, event: TimelineEvent): ContextNeed {
  if (event.kind === 'loop') {
    const isLate = histogramPercentile(event.delay, 0.99) >= LATE_US;
    if (event.utilization >= BUSY_UTILIZATION && isLate)
      return { ...need, busyMs: need.busyMs + event.windowMs, idleMs: 0 };
    const idleMs = need.idleMs + event.windowMs;
    return { ...need, idleMs, busyMs: idleMs > FORGIVEN_IDLE_MS ? 0 : need.busyMs };
  }
  if (event.kind === 'requests' && event.windowMs > 0) {
    const count = event.routes.reduce((sum, route) => sum + route.count, 0);
    const requestsPerSecond = (count * 1000) / event.windowMs;
    return { ...need, requestsPerSecond, requestsSeen: need.requestsSeen || count > 0 };
  }
  return need;
}

/** Whether sampling should be switched on now. */
export function isContextWanted(need: ContextNeed, nowMs: number): boolean {
  return (
    need.requestsSeen &&
    need.busyMs >= BUSY_FOR_MS &&
    need.requestsPerSecond <= MOST_REQUESTS_PER_SECOND &&
    nowMs >= need.grantedUntilMs + REST_FOR_MS
  );
}

/** Notes that sampling was switched on, for `SAMPLE_FOR_MS`. */
export function grantContext(need: ContextNeed, nowMs: number): ContextNeed {
  return { ...need, grantedUntilMs: nowMs + SAMPLE_FOR_MS };
}
