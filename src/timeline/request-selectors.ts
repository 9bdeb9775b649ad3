/** Requests over any span: rates, latencies, routes, and the heatmap of latency over time. */
import { bucketUpperUs, percentilesOfSum, sumHistograms } from '../model/latency-histogram.ts';
import type { Percentiles, RouteMetrics } from '../model/report.ts';
import { routeKey } from '../model/route-pattern.ts';
import { JOB_METHOD } from '../model/timeline-event.ts';
import type { RouteWindow, SparseHistogram } from '../model/timeline-event.ts';
import { cellsFrom, overlapMs, seriesFrom, spanSeconds } from './series.ts';
import type { Series, Span } from './series.ts';
import type { Timeline } from './timeline.ts';
import type { RequestWindow } from './timeline-windows.ts';

/** Only requests of this route, as `METHOD route`; null for all. */
export type RouteFilter = string | null;

/** Requests that finished, per second. */
export function selectRequestRate(
  timeline: Timeline,
  span: Span,
  stepMs: number,
  route: RouteFilter = null,
): Series {
  return seriesFrom(windowsIn(timeline, span), span, stepMs, (parts) => {
    const cellShare = parts.reduce((sum, { window, share }) => sum + countRequests(window, route) * share, 0);
    const seenMs = parts.reduce((sum, { window, share }) => sum + (window.endMs - window.startMs) * share, 0);
    return seenMs > 0 ? (cellShare * 1000) / seenMs : null;
  });
}

export interface LatencySeries {
  readonly p50: Series;
  readonly p95: Series;
  readonly p99: Series;
}

/** Latency in milliseconds by cell; null where no request finished. */
export function selectLatency(
  timeline: Timeline,
  span: Span,
  stepMs: number,
  route: RouteFilter = null,
): LatencySeries {
  const cells = cellsFrom(windowsIn(timeline, span), span, stepMs).map((parts) =>
    percentilesOfSum(
      parts.flatMap(({ window }) => latenciesOf(window, route)),
      [0.5, 0.95, 0.99],
    ),
  );
  const startMs = Math.floor(span.fromMs / stepMs) * stepMs;
  const seriesOf = (place: number): Series => ({
    startMs,
    stepMs,
    values: cells.map((cell) => (cell ? (cell[place] ?? 0) / 1000 : null)),
  });
  return { p50: seriesOf(0), p95: seriesOf(1), p99: seriesOf(2) };
}

export interface LatencyHeatmap {
  readonly startMs: number;
  readonly stepMs: number;
  /** Upper bounds of the rows in milliseconds, fastest first; the last row also takes everything slower. */
  readonly rowsMs: readonly number[];
  /** Requests by `[cell][row]`; null where nothing was measured. */
  readonly counts: readonly (readonly number[] | null)[];
}

/** Time against latency: how many requests finished in each cell, by how long they took. */
export function selectLatencyHeatmap(
  timeline: Timeline,
  span: Span,
  stepMs: number,
  rowsMs: readonly number[],
  route: RouteFilter = null,
): LatencyHeatmap {
  const counts = cellsFrom(windowsIn(timeline, span), span, stepMs).map((parts) => {
    if (parts.length === 0) return null;
    const rows = rowsMs.map(() => 0);
    for (const { window, share } of parts) {
      for (const latency of latenciesOf(window, route)) {
        let row = 0;
        // Both rise: no row that was passed comes again.
        for (const counted of latency) {
          const latencyMs = bucketUpperUs(counted[0]) / 1000;
          while (row < rows.length - 1 && latencyMs > (rowsMs[row] ?? 0)) row++;
          rows[row] = (rows[row] ?? 0) + counted[1] * share;
        }
      }
    }
    return rows;
  });
  return { startMs: Math.floor(span.fromMs / stepMs) * stepMs, stepMs, rowsMs, counts };
}

export interface RequestFigures {
  readonly count: number;
  readonly perSecond: number;
  readonly errors: number;
  readonly aborted: number;
  readonly inFlight: number;
  readonly oldestInFlightMs: number;
  readonly latencyMs: Percentiles | null;
  /** Busiest by total time first. */
  readonly routes: readonly RouteMetrics[];
}

/**
 * All requests of the span, and the routes table. Jobs of queues have routes, and are not requests: the figures over
 * all leave them out. Null when requests were not read in it.
 */
export function selectRequests(timeline: Timeline, span: Span): RequestFigures | null {
  const windows = windowsIn(timeline, span);
  const last = windows.at(-1);
  if (!last) return null;
  const routes = [...selectRouteParts(timeline, span).values()].map(totalOf);
  const answered = routes.filter(isRequest);
  const sum = (valueOf: (route: RouteTotal) => number): number =>
    answered.reduce((total, route) => total + valueOf(route), 0);
  const seconds = spanSeconds(span);
  const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0);
  const loopTime = selectRouteLoopTime(timeline, span);
  const all = answered.flatMap((route) => route.latencies);
  return {
    count: sum((route) => route.count),
    perSecond: perSecond(sum((route) => route.count)),
    errors: sum((route) => route.errors),
    aborted: windows.reduce((total, window) => total + window.aborted, 0),
    inFlight: last.inFlight,
    oldestInFlightMs: last.oldestInFlightMs,
    latencyMs: percentilesOf(all, Math.max(0, ...answered.map((route) => route.maxUs))),
    routes: routes
      .toSorted((a, b) => b.totalUs - a.totalUs || b.count - a.count)
      .map((route) => {
        const sampled = loopTime?.get(routeKey(route));
        return {
          method: route.method,
          route: route.route,
          count: route.count,
          perSecond: perSecond(route.count),
          errors: route.errors,
          latencyMs: percentilesOf(route.latencies, route.maxUs) ?? NO_LATENCY,
          loopMs: loopTime ? (sampled?.loopMs ?? 0) : null,
          afterResponseMs: loopTime ? (sampled?.afterResponseMs ?? 0) : null,
        };
      }),
  };
}

/** A route whose requests were all aborted has no latency to speak of. */
const NO_LATENCY: Percentiles = { p50: 0, p90: 0, p95: 0, p99: 0, max: 0 };

/** Windows are summed in blocks of this length, and a block that cannot change any more only once. */
const BLOCK_MS = 4_000;

type RouteWindows = ReadonlyMap<string, RouteWindow>;

interface BlockTotals {
  readonly windows: number;
  readonly last: RequestWindow;
  readonly totals: RouteWindows;
}

/** What whole blocks add up to, by their first window: a span of a minute is asked for every second. */
const blockTotals = new WeakMap<RequestWindow, BlockTotals>();

/** By `METHOD route`, what adds up to the span: whole blocks as one, and the windows of those that it cuts. */
function selectRouteParts(timeline: Timeline, span: Span): ReadonlyMap<string, readonly RouteWindow[]> {
  const blocks: RequestWindow[][] = [];
  let block = Number.NaN;
  for (const window of windowsIn(timeline, span)) {
    const its = Math.floor(window.endMs / BLOCK_MS);
    if (its === block) blocks.at(-1)?.push(window);
    else blocks.push([window]);
    block = its;
  }
  // The span cuts through the first, and the last one still grows.
  const isWhole = (place: number): boolean => place > 0 && place < blocks.length - 1;
  return partsByRoute(
    blocks.flatMap((windows, i) => (isWhole(i) ? [totalsOf(windows)] : windows.map(({ routes }) => routes))),
  );
}

function totalsOf(windows: readonly RequestWindow[]): RouteWindows {
  const [first, last] = [windows[0] as RequestWindow, windows.at(-1) as RequestWindow];
  const known = blockTotals.get(first);
  if (known?.windows === windows.length && known.last === last) return known.totals;
  const totals = new Map<string, RouteWindow>();
  for (const [key, parts] of partsByRoute(windows.map(({ routes }) => routes))) {
    const { latencies, ...total } = totalOf(parts);
    totals.set(key, { ...total, latency: sumHistograms(latencies) });
  }
  blockTotals.set(first, { windows: windows.length, last, totals });
  return totals;
}

function partsByRoute(all: readonly RouteWindows[]): ReadonlyMap<string, readonly RouteWindow[]> {
  const parts = new Map<string, RouteWindow[]>();
  for (const routes of all) {
    for (const [key, route] of routes) {
      const known = parts.get(key);
      if (known) known.push(route);
      else parts.set(key, [route]);
    }
  }
  return parts;
}

/** What the parts of a route add up to. Its latencies stay apart: only their percentiles are asked for. */
type RouteTotal = Omit<RouteWindow, 'latency'> & { readonly latencies: readonly SparseHistogram[] };

function totalOf(parts: readonly RouteWindow[]): RouteTotal {
  const { method, route } = parts[0] as RouteWindow;
  const total = { method, route, count: 0, errors: 0, totalUs: 0, maxUs: 0, responseBytes: 0 };
  for (const part of parts) {
    total.count += part.count;
    total.errors += part.errors;
    total.totalUs += part.totalUs;
    total.maxUs = Math.max(total.maxUs, part.maxUs);
    total.responseBytes += part.responseBytes;
  }
  return { ...total, latencies: parts.map(({ latency }) => latency) };
}

export interface RouteLoopTime {
  readonly loopMs: number;
  readonly afterResponseMs: number;
}

/**
 * Loop time by route from context samples: the route's share of the samples times the busy time of the loop.
 * Null when the context was not sampled in the span.
 */
function selectRouteLoopTime(timeline: Timeline, span: Span): ReadonlyMap<string, RouteLoopTime> | null {
  const samples = timeline.contextSamples
    .between(span.fromMs, span.toMs)
    .flatMap((kept) => kept.event.samples)
    .filter((sample) => sample.atMs >= span.fromMs && sample.atMs <= span.toMs);
  if (samples.length === 0) return null;
  const busyMs = timeline.loop
    .between(span.fromMs, span.toMs)
    .reduce((sum, window) => sum + window.busyMs, 0);
  const perSampleMs = busyMs / samples.length;
  const byRoute = new Map<string, RouteLoopTime>();
  for (const { route, finished } of samples) {
    if (route === null) continue;
    const known = byRoute.get(route) ?? { loopMs: 0, afterResponseMs: 0 };
    byRoute.set(route, {
      loopMs: known.loopMs + perSampleMs,
      afterResponseMs: known.afterResponseMs + (finished ? perSampleMs : 0),
    });
  }
  return byRoute;
}

/** Milliseconds from histograms of microseconds; null when nothing is in them. The largest is known exactly. */
function percentilesOf(latencies: readonly SparseHistogram[], maxUs: number): Percentiles | null {
  const valuesUs = percentilesOfSum(latencies, [0.5, 0.9, 0.95, 0.99]);
  if (valuesUs === null) return null;
  const maxMs = maxUs / 1000;
  const [p50 = 0, p90 = 0, p95 = 0, p99 = 0] = valuesUs.map((valueUs) => Math.min(maxMs, valueUs / 1000));
  return { p50, p90, p95, p99, max: maxMs };
}

function windowsIn(timeline: Timeline, span: Span): readonly RequestWindow[] {
  return timeline.requests.between(span.fromMs, span.toMs).filter((window) => overlapMs(window, span) > 0);
}

/** How many requests of a window finished, of one route or of all. */
export function countRequests(window: RequestWindow, route: RouteFilter): number {
  if (route !== null) return window.routes.get(route)?.count ?? 0;
  let count = 0;
  for (const each of window.routes.values()) if (isRequest(each)) count += each.count;
  return count;
}

const isRequest = ({ method }: Pick<RouteWindow, 'method'>): boolean => method !== JOB_METHOD;

/** The histograms of one route, or of all requests. */
function latenciesOf(window: RequestWindow, route: RouteFilter): readonly SparseHistogram[] {
  if (route !== null) return [window.routes.get(route)?.latency ?? []];
  return [...window.routes.values()].filter(isRequest).map((each) => each.latency);
}
