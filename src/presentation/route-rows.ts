/** The routes table: sorted, filtered, with a level for each figure. */
import { assertNever } from '../shared/result.ts';
import type { RouteMetrics } from '../model/report.ts';
import { routeKey } from '../model/route-pattern.ts';
import { levelOf, LATENCY_MS, selectRequestFigures, type FigureLevel } from './symptoms.ts';
import type { ScreenData } from './screen-data.ts';

export type RouteOrder = 'p99' | 'rate' | 'errors' | 'time' | 'route';

export interface RouteRow {
  readonly metrics: RouteMetrics;
  readonly key: string;
  readonly level: FigureLevel;
  readonly errorShare: number;
  /** Share of all routes' response time, 0 to 1: where a gain would be felt. */
  readonly timeShare: number;
}

export function selectRouteRows(data: ScreenData, order: RouteOrder, filter: string): readonly RouteRow[] {
  const routes = selectRequestFigures(data)?.routes ?? [];
  const timeOf = (route: RouteMetrics) => route.latencyMs.p50 * route.count;
  const totalTime = routes.reduce((sum, route) => sum + timeOf(route), 0);
  const wanted = filter.toLowerCase();
  return routes
    .map((metrics) => ({
      metrics,
      key: routeKey(metrics),
      level: levelOf(metrics.latencyMs.p99, LATENCY_MS),
      // Requests that were broken off are errors that did not finish.
      errorShare: metrics.errors / Math.max(1, metrics.count, metrics.errors),
      timeShare: totalTime > 0 ? timeOf(metrics) / totalTime : 0,
    }))
    .filter((row) => row.key.toLowerCase().includes(wanted))
    .toSorted((a, b) => compareRows(a, b, order));
}

function compareRows(a: RouteRow, b: RouteRow, order: RouteOrder): number {
  switch (order) {
    case 'p99':
      return b.metrics.latencyMs.p99 - a.metrics.latencyMs.p99;
    case 'rate':
      return b.metrics.count - a.metrics.count;
    case 'errors':
      return b.errorShare - a.errorShare || b.metrics.errors - a.metrics.errors;
    case 'time':
      return b.timeShare - a.timeShare;
    case 'route':
      return a.metrics.route.localeCompare(b.metrics.route);
    default:
      return assertNever(order);
  }
}
