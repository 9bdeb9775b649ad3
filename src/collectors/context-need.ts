/**
 * When it is worth its price to ask whose work runs: requests come, few enough of them that a note on each costs
 * little, and the loop is busy and late, or busy for longer than requests are open.
 *
 *   loop at 0.7 for 2 s, 80 requests a second, never asked before -> wanted for 8 s, then not again for 60 s
 *   loop at 0.4 for 2 s, 40 requests a second of 0.5 ms           -> the same: nobody waits for what it does
 */
import { histogramPercentile } from '../model/latency-histogram.ts';
import { JOB_METHOD } from '../model/timeline-event.ts';
import type { LoopEvent, RequestsEvent, TimelineEvent } from '../model/timeline-event.ts';

export interface ContextNeed {
  /** Milliseconds in a row in which the loop was busy. */
  readonly busyMs: number;
  readonly idleMs: number;
  /** The same of a loop that was busy without an open request. */
  readonly unownedMs: number;
  readonly ownedMs: number;
  /** What the loop did in the newest window: the requests of the same window are told next. */
  readonly workedMs: number;
  /** Requests of each of the last windows, newest last. */
  readonly recentRequests: readonly RequestWindow[];
  readonly requestsSeen: boolean;
  readonly grantedUntilMs: number;
}

interface RequestWindow {
  readonly count: number;
  readonly windowMs: number;
}

export const INITIAL_CONTEXT_NEED: ContextNeed = {
  busyMs: 0,
  idleMs: 0,
  unownedMs: 0,
  ownedMs: 0,
  workedMs: 0,
  recentRequests: [],
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
/**
 * Work that no open request explains. A twentieth of the loop is a finding; three times as much is more than timers,
 * collections and a machine that is slow to give a CPU make of it.
 */
const UNOWNED_SHARE = 0.15;
const UNOWNED_FOR_MS = 1000;
/** Node's own work before a request is told to have begun and after it has ended: 0.02 to 0.1 ms, with room. */
const AROUND_REQUEST_MS = 0.3;
/** One quiet window of 250 ms between two bursts does not make a loop idle; a second does. */
const FORGIVEN_IDLE_MS = 1000;
/** 18 µs for each request on Node 20: at 1,000 a second 2 % of the loop. */
const MOST_REQUESTS_PER_SECOND = 1000;
/** Load comes in waves: a lull of a second does not make a service one of few requests. Windows last 250 ms. */
const REMEMBERED_WINDOWS = 20;
/** A wave of requests that comes as sampling begins, before it is given up. */
const NOTES_IN_ADVANCE = 250;
/** 8 s give 240 samples: a share of 10 % is then known to within 4 %. */
export const SAMPLE_FOR_MS = 8000;
const REST_FOR_MS = 60_000;

/** Keeps count of what the timeline says. */
export function reduceContextNeed(need: ContextNeed, event: TimelineEvent): ContextNeed {
  if (event.kind === 'loop') return reduceLoop(need, event);
  return event.kind === 'requests' && event.windowMs > 0 ? reduceRequests(need, event) : need;
}

function reduceLoop(need: ContextNeed, { utilization, windowMs, delay }: LoopEvent): ContextNeed {
  const isLate = histogramPercentile(delay, 0.99) >= LATE_US;
  const isBusy = utilization >= BUSY_UTILIZATION && isLate;
  const [busyMs, idleMs] = inARow(need.busyMs, need.idleMs, isBusy, windowMs);
  return { ...need, busyMs, idleMs, workedMs: utilization * windowMs };
}

function reduceRequests(need: ContextNeed, { routes, windowMs, ...open }: RequestsEvent): ContextNeed {
  const requests = routes.filter(({ method }) => method !== JOB_METHOD);
  const count = requests.reduce((sum, route) => sum + route.count, 0);
  const openMs =
    requests.reduce((sum, route) => sum + route.totalUs / 1000 + route.count * AROUND_REQUEST_MS, 0) +
    open.inFlight * Math.min(open.oldestInFlightMs, windowMs);
  const isUnowned = need.workedMs - openMs >= windowMs * UNOWNED_SHARE;
  const [unownedMs, ownedMs] = inARow(need.unownedMs, need.ownedMs, isUnowned, windowMs);
  const recentRequests = [...need.recentRequests, { count, windowMs }].slice(-REMEMBERED_WINDOWS);
  return { ...need, unownedMs, ownedMs, recentRequests, requestsSeen: need.requestsSeen || count > 0 };
}

/** Adds a window to the time in a row in which something was so, and to that since it was so last. */
function inARow(soMs: number, notSoMs: number, isSo: boolean, windowMs: number): [number, number] {
  if (isSo) return [soMs + windowMs, 0];
  return [notSoMs + windowMs > FORGIVEN_IDLE_MS ? 0 : soMs, notSoMs + windowMs];
}

/** Whether sampling should be switched on now. */
export function isContextWanted(need: ContextNeed, nowMs: number): boolean {
  return (
    need.requestsSeen &&
    (need.busyMs >= BUSY_FOR_MS || need.unownedMs >= UNOWNED_FOR_MS) &&
    rateOf(need.recentRequests) <= MOST_REQUESTS_PER_SECOND &&
    nowMs >= need.grantedUntilMs + REST_FOR_MS
  );
}

/** Whether so many requests have got a note that the rest of the time is better left alone. */
export function areTooManyNoted(noted: number, forMs: number): boolean {
  return noted > NOTES_IN_ADVANCE + (forMs / 1000) * MOST_REQUESTS_PER_SECOND;
}

function rateOf(windows: readonly RequestWindow[]): number {
  const count = windows.reduce((sum, window) => sum + window.count, 0);
  const overMs = windows.reduce((sum, window) => sum + window.windowMs, 0);
  return overMs > 0 ? (count * 1000) / overMs : 0;
}

/** Notes that sampling was switched on, for `SAMPLE_FOR_MS`. */
export function grantContext(need: ContextNeed, nowMs: number): ContextNeed {
  return { ...need, grantedUntilMs: nowMs + SAMPLE_FOR_MS };
}
