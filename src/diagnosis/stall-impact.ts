/** How many of the window's requests a set of stalls made wait. */
import { routeKey } from '../model/route-pattern.ts';
import type { StallEvent } from '../model/timeline-event.ts';
import type { DiagnosisView } from './detector.ts';
import { selectRouteStarts } from './route-blame.ts';

/** A request that arrived during a stall is first seen when it ends, in the same turn of the loop. */
const SEEN_AFTER_MS = 15;

/**
 * Share of requests that were open during a stall: each known start with its route's median latency. Null when no
 * starts were seen.
 */
export function selectOverlappedShare(view: DiagnosisView, stalls: readonly StallEvent[]): number | null {
  const starts = selectRouteStarts(view).filter(
    ({ startMs }) => startMs >= view.span.fromMs && startMs <= view.span.toMs,
  );
  if (starts.length === 0) return null;
  const latencyMs = new Map(view.requests?.routes.map((route) => [routeKey(route), route.latencyMs.p50]));
  const sorted = stalls.toSorted((a, b) => a.startMs - b.startMs);
  const overlapped = starts.filter(({ route, startMs }) => {
    const endMs = startMs + (latencyMs.get(route) ?? 0);
    return sorted.some((stall) => stall.startMs <= endMs && stall.endMs + SEEN_AFTER_MS >= startMs);
  });
  return overlapped.length / starts.length;
}
