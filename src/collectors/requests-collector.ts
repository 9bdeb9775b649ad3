/**
 * Requests by route, and when they began.
 *
 *   reading { requests: { routes: [{ method: 'GET', route: '/users/:id', count: 35, … }], starts: […] } }
 *     ->  requests, request-starts
 */
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import type { ReadingSource } from './probe-translation.ts';
import { translateReadings } from './probe-translation.ts';

export function createRequestsCollector(
  context: Pick<CollectorContext, 'emit'>,
  probe: ReadingSource,
): Collector {
  return translateReadings('requests', probe, context.emit, translateRequests);
}

export function translateRequests(reading: ProbeReading): readonly TimelineEvent[] {
  const { requests, nowMs: atMs, windowMs } = reading;
  if (requests === null) return [];
  const events: TimelineEvent[] = [];
  if (requests.starts.length > 0) {
    events.push({
      kind: 'request-starts',
      atMs,
      routes: requests.starts.map(({ route }) => sanitise(route)),
      startsMs: requests.starts.map(({ startMs }) => startMs),
    });
  }
  if (requests.untracked > 0) {
    const reason = 'requests that the probe could not follow';
    events.push({ kind: 'gap', atMs, signal: 'requests', reason, lost: requests.untracked });
  }
  events.push({
    kind: 'requests',
    atMs,
    windowMs,
    inFlight: requests.inFlight,
    oldestInFlightMs: requests.oldestInFlightMs,
    aborted: requests.aborted,
    routes: requests.routes.map((route) => ({
      ...route,
      method: sanitise(route.method),
      route: sanitise(route.route),
    })),
  });
  return events;
}
