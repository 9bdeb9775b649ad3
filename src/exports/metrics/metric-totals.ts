/**
 * What has been counted since a session began: the part of its metrics that only ever grows. The timeline forgets
 * and merges as it grows old, so totals are taken from the events themselves.
 *
 *   requests { GET /users: 12 }, requests { GET /users: 3 } -> GET /users: 15
 */
import type { GcEvent, OutgoingEvent, ProcessEvent, TimelineEvent } from '../../model/timeline-event.ts';
import {
  addHistogram,
  addValue,
  COLLECTION_BOUNDS,
  NO_DISTRIBUTION,
  REQUEST_BOUNDS,
  type Distribution,
} from './metric.ts';

export interface RouteTotal {
  readonly method: string;
  readonly route: string;
  readonly errors: number;
  readonly duration: Distribution;
}

export interface PeerTotal {
  readonly via: OutgoingEvent['peers'][number]['via'];
  readonly peer: string;
  readonly errors: number;
  readonly duration: Distribution;
}

export interface QueueTotal {
  readonly library: string;
  readonly name: string;
  readonly completed: number;
  readonly failed: number;
}

/** A builder, like the timeline: `addToTotals` changes it in place. */
export interface MetricTotals {
  /** By `METHOD route`; jobs of queues are among them. */
  readonly routes: Map<string, RouteTotal>;
  readonly peers: Map<string, PeerTotal>;
  readonly queues: Map<string, QueueTotal>;
  readonly collections: Map<GcEvent['type'], Distribution>;
  loopActiveMs: number;
  loopIdleMs: number;
  stalls: number;
  stalledMs: number;
  workerExits: number;
  ownMs: number;
  /** The last reading: threads and files are in no other place. */
  process: ProcessEvent | null;
}

export function createMetricTotals(): MetricTotals {
  return {
    routes: new Map(),
    peers: new Map(),
    queues: new Map(),
    collections: new Map(),
    loopActiveMs: 0,
    loopIdleMs: 0,
    stalls: 0,
    stalledMs: 0,
    workerExits: 0,
    ownMs: 0,
    process: null,
  };
}

/** Events of kinds that nothing is counted of are passed over. */
export function addToTotals(totals: MetricTotals, event: TimelineEvent): void {
  switch (event.kind) {
    case 'requests':
      for (const { method, route, errors, latency } of event.routes) {
        const key = `${method} ${route}`;
        const known = totals.routes.get(key);
        totals.routes.set(key, {
          method,
          route,
          errors: (known?.errors ?? 0) + errors,
          duration: addHistogram(known?.duration ?? NO_DISTRIBUTION, latency, REQUEST_BOUNDS),
        });
      }
      return;
    case 'outgoing':
      for (const { via, peer, errors, latency } of event.peers) {
        const key = `${via} ${peer}`;
        const known = totals.peers.get(key);
        totals.peers.set(key, {
          via,
          peer,
          errors: (known?.errors ?? 0) + errors,
          duration: addHistogram(known?.duration ?? NO_DISTRIBUTION, latency, REQUEST_BOUNDS),
        });
      }
      return;
    case 'jobs':
      for (const { library, name, completed, failed } of event.queues) {
        const key = `${library} ${name}`;
        const known = totals.queues.get(key);
        totals.queues.set(key, {
          library,
          name,
          completed: (known?.completed ?? 0) + completed,
          failed: (known?.failed ?? 0) + failed,
        });
      }
      return;
    case 'gc':
      totals.collections.set(
        event.type,
        addValue(
          totals.collections.get(event.type) ?? NO_DISTRIBUTION,
          event.durationMs / 1000,
          COLLECTION_BOUNDS,
        ),
      );
      return;
    case 'loop':
      totals.loopActiveMs += event.utilization * event.windowMs;
      totals.loopIdleMs += (1 - event.utilization) * event.windowMs;
      return;
    case 'stall':
      totals.stalls++;
      totals.stalledMs += event.endMs - event.startMs;
      return;
    case 'workers':
      totals.workerExits += event.exits.length;
      return;
    case 'own-cost':
      totals.ownMs += event.mainThreadMs;
      return;
    case 'process':
      totals.process = event;
      return;
    default:
  }
}
