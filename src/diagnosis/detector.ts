/**
 * What every detector is and what it may look at. A detector speaks three ways (the check, the sentence for this
 * instance, the summary of remedies) and has three verdicts: found, not found, and not enough seen.
 *
 *   const verdict = poolExhausted.detect(createDiagnosisView(timeline, { fromMs, toMs }));
 */
import type { FindingKind, Verdict } from '../model/finding.ts';
import { routeKey } from '../model/route-pattern.ts';
import type { CpuProfileEvent, StallEvent, TargetInfo } from '../model/timeline-event.ts';
import { formatCount, formatMs } from '../shared/quantity.ts';
import { selectProfiles } from '../timeline/code-selectors.ts';
import { selectLoopFigures } from '../timeline/loop-selectors.ts';
import type { LoopFigures } from '../timeline/loop-selectors.ts';
import { selectRequests } from '../timeline/request-selectors.ts';
import type { RequestFigures } from '../timeline/request-selectors.ts';
import { overlapMs } from '../timeline/series.ts';
import type { Span } from '../timeline/series.ts';
import { selectTarget } from '../timeline/session-selectors.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { createRouteNames } from './route-names.ts';
import { selectServiceStalls } from './service-stalls.ts';

export interface Detector {
  readonly kind: FindingKind;
  detect(view: DiagnosisView): Verdict;
}

/** The timeline over one span; what several detectors need is worked out once, when first asked for. */
export interface DiagnosisView {
  readonly timeline: Timeline;
  readonly span: Span;
  readonly spanMs: number;
  readonly target: TargetInfo | null;
  /** How much of the span the loop was read in. */
  readonly observedMs: number;
  readonly loop: LoopFigures;
  readonly requests: RequestFigures | null;
  readonly profiles: readonly CpuProfileEvent[];
  /** Stalls of the service: not our own pauses, not its start-up. */
  readonly stalls: readonly StallEvent[];
  /** The name of a route that may have been seen as a mere path. */
  readonly routeName: (route: string) => string;
}

export const NOT_FOUND: Verdict = { kind: 'not-found' };

export const notEnoughSeen = (because: string): Verdict => ({ kind: 'not-enough-seen', because });

/**
 * Shorter than this nothing is said about rates and shares: eight loop readings, and about one full turn of the
 * slowest collectors.
 */
export const SHORTEST_OBSERVATION_MS = 2_000;

export function createDiagnosisView(timeline: Timeline, span: Span): DiagnosisView {
  const loop = once(() => selectLoopFigures(timeline, span));
  const requests = once(() => selectRequests(timeline, span));
  const profiles = once(() => selectProfiles(timeline, span));
  const stalls = once(() => selectServiceStalls(timeline, span));
  const routeNames = once(() =>
    createRouteNames(
      requests()
        ?.routes.filter((route) => route.count > 0)
        .map(routeKey) ?? [],
    ),
  );
  const observed = once(() =>
    timeline.loop.between(span.fromMs, span.toMs).reduce((sum, window) => sum + overlapMs(window, span), 0),
  );
  return {
    timeline,
    span,
    spanMs: Math.max(0, span.toMs - span.fromMs),
    target: selectTarget(timeline),
    get observedMs() {
      return observed();
    },
    get loop() {
      return loop();
    },
    get requests() {
      return requests();
    },
    get profiles() {
      return profiles();
    },
    get stalls() {
      return stalls();
    },
    get routeName() {
      return routeNames();
    },
  };
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | null = null;
  return () => (known ??= { value: compute() }).value;
}

/** The loop was not read in more than half of the span: a rate or a share would be a guess. */
const FEWEST_OBSERVED = 0.5;

/** Why most of the span was not seen, or null when it was: a native call that blocks keeps loopscope out, too. */
export function selectUnseen({ observedMs, spanMs }: DiagnosisView): string | null {
  if (observedMs >= spanMs * FEWEST_OBSERVED) return null;
  return `only ${formatMs(observedMs)} of ${formatMs(spanMs)} could be watched: the service did not answer loopscope for the rest`;
}

/**
 * Of a fault that one request in thirty has, a hundred show at least one in 19 of 20 cases (the rule of three; Hanley
 * and Lippman-Hand 1983). It is also what a 99th percentile needs.
 */
export const FEWEST_REQUESTS = 100;

/** Why requests of most kinds may not have been tried, or null when they were; without any, it is no web service. */
export function selectUntried({ requests }: DiagnosisView): string | null {
  const count = requests?.count ?? 0;
  if (count === 0 || count >= FEWEST_REQUESTS) return null;
  return `only ${formatCount(count, 'request')} seen: what few of them bring about may not have happened yet`;
}
