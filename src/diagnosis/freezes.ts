/**
 * Blocks that one callback made for seconds, told from many short ones that queue up behind each other.
 *
 *   blocked since 12:00:00, last request began at 12:00:00, now 12:00:09  -> frozen for 9 s
 *   blocked since 12:00:00, requests began every 300 ms, now 12:00:09     -> not frozen: thirty callbacks of 300 ms
 */
import type { BlockedEvent } from '../model/timeline-event.ts';
import { selectBlockedPeriods } from '../timeline/loop-selectors.ts';
import type { DiagnosisView } from './detector.ts';
import { selectRouteStarts, type RouteStart } from './route-blame.ts';

/**
 * "For seconds": from two on. Kubernetes' probes time out after one by default, so that two in a row are missed:
 * such a service is not slow but gone. Shorter blocks are stalls.
 */
export const FROZEN_AFTER_MS = 2_000;

/** The handler that blocks began a moment before the loop was last seen to turn. */
const BEFORE_MS = 50;

/** A block that lasts is read four times a second; what comes after its last reading is not known to be part of it. */
const READING_HOLDS_MS = 1_000;

export interface Freeze {
  readonly startMs: number;
  readonly endMs: number;
  /** False while it lasts. */
  readonly over: boolean;
  readonly readings: readonly BlockedEvent[];
  readonly route: string | null;
}

/** The one that lasts first, then the longest. */
export function selectFreezes(view: DiagnosisView): readonly Freeze[] {
  const periods = selectBlockedPeriods(view.timeline, view.span);
  const starts = selectRouteStarts(view).toSorted((a, b) => a.startMs - b.startMs);
  const last = periods.at(-1);
  const nowMs = Math.min(view.span.toMs, (last?.endMs ?? 0) + READING_HOLDS_MS);
  const lasting =
    last && !last.over && !hasTurnedSince(view, last)
      ? [lastCallback({ ...last, endMs: nowMs }, starts)]
      : [];
  const past = view.stalls
    .map((stall) => ({ ...longestCallback(stall, starts), over: true }))
    .toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs));
  return [...lasting.map((callback) => ({ ...callback, over: false })), ...past]
    .filter(({ startMs, endMs }) => endMs - startMs >= FROZEN_AFTER_MS)
    .map((callback) => {
      const readings = periods
        .flatMap((period) => period.readings)
        .filter(({ atMs }) => atMs >= callback.startMs && atMs <= callback.endMs);
      const seen = readings.findLast((reading) => reading.route !== null)?.route ?? null;
      const route = seen === null ? routeWithin(callback, starts) : view.routeName(seen);
      return { ...callback, readings, route };
    });
}

/** A block may end unseen: a reading of the loop shows it. */
function hasTurnedSince({ timeline, span }: DiagnosisView, { endMs }: Callback): boolean {
  return timeline.loop
    .between(endMs, span.toMs)
    .some((window) => window.startMs >= endMs && window.busyMs < window.endMs - window.startMs);
}

interface Callback {
  readonly startMs: number;
  readonly endMs: number;
}

/** A request that begins while the loop does not turn is another callback of the same turn. */
function lastCallback({ startMs, endMs }: Callback, starts: readonly RouteStart[]): Callback {
  const began = starts.findLast((start) => start.startMs > startMs && start.startMs <= endMs);
  return { startMs: began?.startMs ?? startMs, endMs };
}

function longestCallback({ startMs, endMs }: Callback, starts: readonly RouteStart[]): Callback {
  const within = starts.map((start) => start.startMs).filter((atMs) => atMs > startMs && atMs < endMs);
  const borders = [startMs, ...within, endMs];
  let longest = { startMs, endMs: startMs };
  for (const [index, toMs] of borders.entries()) {
    const fromMs = borders[index - 1] ?? startMs;
    if (toMs - fromMs > longest.endMs - longest.startMs) longest = { startMs: fromMs, endMs: toMs };
  }
  return longest;
}

/** Nothing else could begin meanwhile: the only route that did is the one that runs. */
function routeWithin({ startMs, endMs }: Callback, starts: readonly RouteStart[]): string | null {
  const began = new Set(
    starts
      .filter((start) => start.startMs >= startMs - BEFORE_MS && start.startMs < endMs)
      .map(({ route }) => route),
  );
  const [only] = began;
  return began.size === 1 && only !== undefined ? only : null;
}
