/**
 * Which routes make a stall. By context samples or the route of a blocked loop where there are any; otherwise by
 * time alone: the route whose requests begin within stalls more often than its rate explains.
 *
 *   30 stalls of 200 ms; GET /login began in 29 of them (its rate explains 12), GET /health in 18 (explains 17)
 *     -> [GET /login]
 */
import type { CodeFrame, StallEvent } from '../model/timeline-event.ts';
import { frameKey } from '../model/code-frame.ts';
import type { DiagnosisView } from './detector.ts';

/** A handler that blocks starts after its request was parsed, in the same turn of the loop. */
const BEFORE_STALL_MS = 15;
/** Present in at least this share of the stalls: fewer would leave most of them unexplained. */
const PRESENT_SHARE = 0.4;
/** This much more often than by chance. At 30 stalls chance alone gives 1.5 in under 1 of 20 cases. */
const LIFT = 1.5;
/** What is left of the stalls when the guilty are named: some begin long before, behind an await. */
const UNEXPLAINED_SHARE = 0.2;
const MOST_ROUTES = 5;

interface RouteStart {
  readonly route: string;
  readonly startMs: number;
}

/** Guilty routes, the guiltiest first; empty when it cannot be told. */
export function blameRoutes(
  view: DiagnosisView,
  stalls: readonly StallEvent[],
  culprit: CodeFrame | null,
): readonly string[] {
  const seen = culprit ? routesRunning(view, culprit) : [];
  if (seen.length > 0) return seen.slice(0, MOST_ROUTES);
  const byTime = routesByTime(view, stalls);
  if (byTime.length > 0) return byTime.slice(0, MOST_ROUTES);
  return routesByLatency(view, stalls);
}

/** Routes that were seen running the culprit, by context samples and by readings of a blocked loop. */
export function routesRunning(view: DiagnosisView, culprit: CodeFrame): readonly string[] {
  const { timeline, span } = view;
  const samples = timeline.contextSamples
    .between(span.fromMs, span.toMs)
    .flatMap(({ event }) => event.samples);
  const readings = timeline.blockedPeriods
    .between(span.fromMs, span.toMs)
    .flatMap((period) => period.readings);
  const counts = new Map<string, number>();
  for (const { route, stack } of [...samples, ...readings]) {
    if (route === null || !stack.some((frame) => sameFunction(frame, culprit))) continue;
    counts.set(route, (counts.get(route) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([route]) => route);
}

/** Frames of stacks carry the line where execution stood, those of profiles where the function begins. */
export function sameFunction(a: CodeFrame, b: CodeFrame): boolean {
  return frameKey({ ...a, line: 0, column: 0 }) === frameKey({ ...b, line: 0, column: 0 });
}

export function selectRouteStarts(view: DiagnosisView): readonly RouteStart[] {
  return view.timeline.requestStarts
    .between(view.span.fromMs - BEFORE_STALL_MS, view.span.toMs + view.spanMs)
    .flatMap(({ event }) =>
      event.routes.map((route, index) => ({ route, startMs: event.startsMs[index] as number })),
    );
}

/**
 * The route that explains most stalls, then the one that explains most of the rest, and so on: a bystander that
 * happens to begin in the same stalls explains nothing that is left.
 */
function routesByTime(view: DiagnosisView, stalls: readonly StallEvent[]): readonly string[] {
  const byRoute = new Map<string, RouteStart[]>();
  for (const start of selectRouteStarts(view)) {
    const own = byRoute.get(start.route);
    if (own) own.push(start);
    else byRoute.set(start.route, [start]);
  }
  const isOnly = byRoute.size === 1;
  const guilty: string[] = [];
  let unexplained = stalls;
  while (byRoute.size > 0 && unexplained.length > stalls.length * UNEXPLAINED_SHARE) {
    const [best] = [...byRoute]
      .map(([route, starts]) => suspectOf(view, route, starts, unexplained))
      .filter(({ share, lift }) => share >= PRESENT_SHARE && (isOnly || lift >= LIFT))
      .toSorted((a, b) => b.share * b.lift - a.share * a.lift);
    if (!best) break;
    guilty.push(best.route);
    unexplained = unexplained.filter((stall) => !best.present.has(stall));
    byRoute.delete(best.route);
  }
  return guilty;
}

interface Suspect {
  readonly route: string;
  readonly present: ReadonlySet<StallEvent>;
  /** Of the stalls in question. */
  readonly share: number;
  /** How much more often than its rate explains. */
  readonly lift: number;
}

function suspectOf(
  view: DiagnosisView,
  route: string,
  starts: readonly RouteStart[],
  stalls: readonly StallEvent[],
): Suspect {
  const present = new Set<StallEvent>();
  let expected = 0;
  for (const stall of stalls) {
    const fromMs = stall.startMs - BEFORE_STALL_MS;
    if (starts.some(({ startMs }) => startMs >= fromMs && startMs < stall.endMs)) present.add(stall);
    // The chance of at least one start in the stall, if starts were spread evenly over the span (Poisson).
    expected += 1 - Math.exp((-starts.length / Math.max(1, view.spanMs)) * (stall.endMs - fromMs));
  }
  return {
    route,
    present,
    share: present.size / stalls.length,
    lift: present.size / Math.max(expected, 1e-9),
  };
}

/**
 * A request that blocks the loop itself takes at least as long as the stall; others only when they happen to
 * wait. So: the median of the route reaches the stall, while that of the quickest route is well below.
 */
function routesByLatency(view: DiagnosisView, stalls: readonly StallEvent[]): readonly string[] {
  const routes = (view.requests?.routes ?? []).filter((route) => route.count > 0);
  if (routes.length === 1) return routes.map((route) => `${route.method} ${route.route}`);
  const lengths = stalls.map((stall) => stall.endMs - stall.startMs).toSorted((a, b) => a - b);
  const medianStallMs = lengths[lengths.length >> 1];
  if (medianStallMs === undefined) return [];
  const quickestMs = Math.min(...routes.map((route) => route.latencyMs.p50));
  if (quickestMs > medianStallMs / 2) return [];
  return routes
    .filter((route) => route.latencyMs.p50 >= medianStallMs * 0.8)
    .toSorted((a, b) => b.latencyMs.p50 - a.latencyMs.p50)
    .slice(0, MOST_ROUTES)
    .map((route) => `${route.method} ${route.route}`);
}
