/** What the process works on as metrics: requests, jobs of queues, calls to others, connections of pools. */
import { JOB_METHOD } from '../../model/timeline-event.ts';
import { selectQueues } from '../../timeline/queue-selectors.ts';
import { selectRequests } from '../../timeline/request-selectors.ts';
import { selectPools } from '../../timeline/resource-selectors.ts';
import type { Span } from '../../timeline/series.ts';
import type { Timeline } from '../../timeline/timeline.ts';
import { gauge, largestEqual, level, one, sumEqual } from './metric-points.ts';
import type { MetricTotals } from './metric-totals.ts';
import { REQUEST_BOUNDS } from './metric.ts';
import type { Attributes, Metric, NumberPoint } from './metric.ts';

export function requestMetrics(timeline: Timeline, totals: MetricTotals, span: Span): readonly Metric[] {
  const routes = [...totals.routes.values()].filter(({ method }) => method !== JOB_METHOD);
  const attributesOf = ({ method, route }: { readonly method: string; readonly route: string }) => ({
    'http.request.method': method,
    'http.route': route,
  });
  return [
    {
      kind: 'histogram',
      name: 'http.server.request.duration',
      description: 'Duration of HTTP server requests.',
      unit: 's',
      bounds: REQUEST_BOUNDS,
      points: routes.map((route) => ({ attributes: attributesOf(route), distribution: route.duration })),
    },
    {
      kind: 'counter',
      name: 'loopscope.http.server.errors',
      description: 'HTTP server requests answered with status 500 or above, or aborted.',
      unit: '{request}',
      points: routes.map((route) => ({ attributes: attributesOf(route), value: route.errors })),
    },
    level(
      'http.server.active_requests',
      'Number of active HTTP server requests.',
      '{request}',
      one(selectRequests(timeline, span)?.inFlight),
    ),
  ];
}

export function poolMetrics(timeline: Timeline, span: Span): readonly Metric[] {
  const pools = selectPools(timeline, span);
  const points = (
    valueOf: (pool: (typeof pools)[number]) => number | null,
    more: Attributes = {},
  ): readonly NumberPoint[] =>
    pools.flatMap((pool) => {
      const value = valueOf(pool);
      const attributes = {
        'db.client.connection.pool.name': pool.name,
        'loopscope.pool.driver': pool.driver,
        ...more,
      };
      return value === null ? [] : [{ attributes, value }];
    });
  const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
  const state = 'db.client.connection.state';
  return [
    level(
      'db.client.connection.count',
      'The number of connections that are currently in state described by the `state` attribute.',
      '{connection}',
      sumEqual([
        ...points((pool) => pool.active, { [state]: 'used' }),
        ...points((pool) => pool.idle, { [state]: 'idle' }),
      ]),
    ),
    level(
      'db.client.connection.max',
      'The maximum number of open connections allowed.',
      '{connection}',
      sumEqual(points((pool) => pool.max)),
    ),
    level(
      'db.client.connection.pending_requests',
      'The number of current pending requests for an open connection.',
      '{request}',
      sumEqual(points((pool) => pool.waiting)),
    ),
    gauge(
      'loopscope.pool.longest_hold',
      'For how long the longest taken connection has been held.',
      's',
      largestEqual(points((pool) => seconds(pool.longestHeldMs))),
    ),
    gauge(
      'loopscope.pool.longest_wait',
      'For how long the longest waiting request for a connection has waited.',
      's',
      largestEqual(points((pool) => seconds(pool.longestWaitMs))),
    ),
  ];
}

export function peerMetrics(totals: MetricTotals): readonly Metric[] {
  const peers = [...totals.peers.values()];
  const calls = peers.filter(({ via }) => via !== 'database');
  const queries = peers.filter(({ via }) => via === 'database');
  return [
    {
      kind: 'histogram',
      name: 'http.client.request.duration',
      description: 'Duration of HTTP client requests.',
      unit: 's',
      bounds: REQUEST_BOUNDS,
      points: calls.map(({ via, peer, duration }) => ({
        attributes: { 'server.address': peer, 'loopscope.client': via },
        distribution: duration,
      })),
    },
    {
      kind: 'histogram',
      name: 'db.client.operation.duration',
      description: 'Duration of database client operations.',
      unit: 's',
      bounds: REQUEST_BOUNDS,
      points: queries.map(({ peer, duration }) => ({
        attributes: { 'server.address': peer },
        distribution: duration,
      })),
    },
    {
      kind: 'counter',
      name: 'loopscope.client.errors',
      description: 'Calls to other services and databases that failed.',
      unit: '{call}',
      points: peers.map(({ via, peer, errors }) => ({
        attributes: { 'server.address': peer, 'loopscope.client': via },
        value: errors,
      })),
    },
  ];
}

export function queueMetrics(timeline: Timeline, totals: MetricTotals, span: Span): readonly Metric[] {
  const jobs = [...totals.routes.values()].filter(({ method }) => method === JOB_METHOD);
  const now = selectQueues(timeline, span);
  const attributesOf = (system: string, name: string): Attributes => ({
    'messaging.system': system,
    'messaging.destination.name': name,
  });
  return [
    {
      kind: 'histogram',
      name: 'messaging.process.duration',
      description: 'Duration of processing operation.',
      unit: 's',
      bounds: REQUEST_BOUNDS,
      points: jobs.map(({ route, duration }) => ({
        attributes: { 'messaging.operation.name': 'process', 'messaging.destination.name': route },
        distribution: duration,
      })),
    },
    {
      kind: 'counter',
      name: 'loopscope.queue.jobs',
      description: 'Jobs of queues that ended in this process.',
      unit: '{job}',
      points: [...totals.queues.values()].flatMap(({ library, name, completed, failed }) => [
        { attributes: { ...attributesOf(library, name), outcome: 'completed' }, value: completed },
        { attributes: { ...attributesOf(library, name), outcome: 'failed' }, value: failed },
      ]),
    },
    level(
      'loopscope.queue.waiting',
      'Jobs that nobody works on yet.',
      '{job}',
      now.flatMap(({ kind, name, waiting }) =>
        waiting === null ? [] : [{ attributes: attributesOf(kind, name), value: waiting }],
      ),
    ),
    level(
      'loopscope.queue.active',
      'Jobs that this process works on.',
      '{job}',
      now.map(({ kind, name, active }) => ({ attributes: attributesOf(kind, name), value: active })),
    ),
  ];
}
