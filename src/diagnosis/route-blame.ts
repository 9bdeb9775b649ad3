/**
 * Which routes make a stall. By context samples or the route of a blocked loop where there are any; otherwise by
 * time alone: the route whose requests begin within stalls more often than its rate explains.
 *
 *   30 stalls of 200 ms; GET /login began in 29 of them (its rate explains 12), GET /health in 18 (explains 17)
 *     -> [GET /login]
 */
import { selectSampleTimes } from '../model/span-profile.ts';
import type { CodeFrame, StallEvent } from '../model/timeline-event.ts';
import { frameKey } from '../model/code-frame.ts';
import { routeKey } from '../model/route-pattern.ts';
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
/** A culprit seen later than this after a request began may be at work for another one. */
const LONGEST_TURN_MS = 500;
/** Half of the requests without an answer are more than those that were on their way when we stopped looking. */
const HANGING_SHARE = 0.5;
/** Next to the main route; a reading now and then names the request that began last and not the one that runs. */
const ALSO_RUNNING_SHARE = 0.25;
/** Once may be the request that happened to be next. */
const FEWEST_CAUGHT = 2;
/** Five hits of a route that has half of the requests are chance in 1 of 32 cases. */
const FEWEST_SAMPLES = 5;
/** Of a few hits that are all of one route: three of one that has less than half of the requests. */
const CHANCE = 0.1;
/** A route with two thirds of all requests can be seen 1.5 times as often as by chance, and no more. */
const SAMPLE_LIFT = 1.25;

export interface RouteStart {
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
  if (culprit && runsForNobody(view, culprit)) return [];
  const caught = routesCaught(view, stalls);
  if (caught.length > 0) return caught;
  const byTime = routesByTime(view, stalls);
  if (byTime.length > 0) return byTime.slice(0, MOST_ROUTES);
  const bySamples = culprit ? routesBySamples(view, culprit) : [];
  if (bySamples.length > 0) return bySamples;
  return routesByLatency(view, stalls);
}

/**
 * Routes of work that is too quick to be met in many samples: those of the nearest of the user's functions around it
 * that was met often enough to tell.
 *
 *   remember < handler: remember in 2 samples, handler in 30, all of POST /sessions -> [POST /sessions]
 */
export function blameRoutesOfStack(view: DiagnosisView, stack: readonly CodeFrame[]): readonly string[] {
  const user = stack.filter(({ origin }) => origin === 'user');
  for (const frame of user.length > 0 ? user : stack.slice(0, 1)) {
    const routes = blameRoutes(view, [], frame);
    if (routes.length > 0 || runsForNobody(view, frame)) return routes;
  }
  return [];
}

/**
 * The route whose request began last when the culprit was seen running: a handler that computes at once is still in
 * the turn that it began in. Several routes are named only where each has its part of the samples.
 */
function routesBySamples(view: DiagnosisView, culprit: CodeFrame): readonly string[] {
  const starts = selectRouteStarts(view).toSorted((a, b) => a.startMs - b.startMs);
  const counts = new Map<string, number>();
  let sampled = 0;
  // Handlers without a name are told apart only by where they begin, if the culprit comes from a profile, too.
  const begins = selectSampleTimes(view.profiles, (frame) => frameKey(frame) === frameKey(culprit));
  const times =
    begins.length > 0 ? begins : selectSampleTimes(view.profiles, (frame) => sameFunction(frame, culprit));
  for (const atMs of times) {
    const before = starts.findLast(({ startMs }) => startMs <= atMs);
    sampled++;
    if (!before || atMs - before.startMs > LONGEST_TURN_MS) continue;
    counts.set(before.route, (counts.get(before.route) ?? 0) + 1);
  }
  const seen = new Set(starts.map(({ route }) => route));
  return [...counts]
    .filter(([route, count]) => {
      const chance = starts.filter((start) => start.route === route).length / starts.length;
      const always = count === sampled && chance ** count <= CHANCE;
      const often =
        count >= FEWEST_SAMPLES &&
        count >= sampled * PRESENT_SHARE &&
        (seen.size === 1 || count / sampled >= chance * SAMPLE_LIFT);
      return always || often;
    })
    .toSorted((a, b) => b[1] - a[1])
    .map(([route]) => route);
}

/** The route whose request was being served whenever the loop was caught in one of the stalls. */
function routesCaught(
  { timeline, routeName }: DiagnosisView,
  stalls: readonly StallEvent[],
): readonly string[] {
  const routes = stalls.flatMap((stall) =>
    timeline.blockedPeriods
      .between(stall.startMs, stall.endMs)
      .flatMap((period) => period.readings)
      .filter(({ atMs }) => atMs >= stall.startMs && atMs <= stall.endMs)
      .flatMap(({ route }) => (route === null ? [] : [routeName(route)])),
  );
  const [only, ...others] = new Set(routes);
  return only !== undefined && others.length === 0 && routes.length >= FEWEST_CAUGHT ? [only] : [];
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
    const name = view.routeName(route);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  return [...counts]
    .filter(([, count]) => count >= most * ALSO_RUNNING_SHARE)
    .toSorted((a, b) => b[1] - a[1])
    .map(([route]) => route);
}

/** Whether it was often met at work, and never for a request: a timer's work, during which requests begin as ever. */
function runsForNobody({ timeline, span }: DiagnosisView, culprit: CodeFrame): boolean {
  const running = timeline.contextSamples
    .between(span.fromMs, span.toMs)
    .flatMap(({ event }) => event.samples)
    .filter(({ stack }) => stack.some((frame) => sameFunction(frame, culprit)));
  return running.length >= FEWEST_SAMPLES && running.every(({ route }) => route === null);
}

/** Frames of stacks carry the line where execution stood, those of profiles where the function begins. */
function sameFunction(a: CodeFrame, b: CodeFrame): boolean {
  return frameKey({ ...a, line: 0, column: 0 }) === frameKey({ ...b, line: 0, column: 0 });
}

export function selectRouteStarts(view: DiagnosisView): readonly RouteStart[] {
  return view.timeline.requestStarts
    .between(view.span.fromMs - BEFORE_STALL_MS, view.span.toMs + view.spanMs)
    .flatMap(({ event }) =>
      event.routes.map((route, index) => ({
        route: view.routeName(route),
        startMs: event.startsMs[index] as number,
      })),
    );
}

/** Routes most of whose requests began in the span and were not answered in it. */
export function selectHangingRoutes(view: DiagnosisView): readonly string[] {
  const open = new Map<string, number>();
  const starts = selectRouteStarts(view);
  for (const { route } of starts) open.set(route, (open.get(route) ?? 0) + 1);
  const began = new Map(open);
  for (const { method, route, count } of view.requests?.routes ?? []) {
    const key = `${method} ${route}`;
    open.set(key, (open.get(key) ?? 0) - count);
  }
  return [...open]
    .filter(([route, count]) => count >= (began.get(route) ?? 0) * HANGING_SHARE)
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, MOST_ROUTES)
    .map(([route]) => route);
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
  if (routes.length === 1) return routes.map(routeKey);
  const lengths = stalls.map((stall) => stall.endMs - stall.startMs).toSorted((a, b) => a - b);
  const medianStallMs = lengths[lengths.length >> 1];
  if (medianStallMs === undefined) return [];
  const quickestMs = Math.min(...routes.map((route) => route.latencyMs.p50));
  if (quickestMs > medianStallMs / 2) return [];
  return routes
    .filter((route) => route.latencyMs.p50 >= medianStallMs * 0.8)
    .toSorted((a, b) => b.latencyMs.p50 - a.latencyMs.p50)
    .slice(0, MOST_ROUTES)
    .map(routeKey);
}
