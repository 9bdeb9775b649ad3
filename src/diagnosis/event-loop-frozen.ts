/**
 * The loop is blocked as we look and has been for seconds. In JavaScript the stack is known exactly; inside a native
 * call only the kernel can say what goes on, until the call returns and its samples arrive.
 */
import { attributeSpans, attributeStack } from '../model/cause-attribution.ts';
import type { SpanAttribution } from '../model/cause-attribution.ts';
import { frameKey } from '../model/code-frame.ts';
import type { FindingCauses } from '../model/finding.ts';
import type { BlockedEvent } from '../model/timeline-event.ts';
import { formatMs } from '../shared/quantity.ts';
import { selectBlockedPeriods } from '../timeline/loop-selectors.ts';
import type { BlockedPeriod } from '../timeline/timeline-windows.ts';
import { culpritsOf, nameOf } from './culprit.ts';
import { NOT_FOUND } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { LOOP_REMEDIES } from './remedies.ts';

/** "For seconds": from two on. Shorter ones are stalls, and are reported as such when they end. */
const FROZEN_AFTER_MS = 2_000;

/** A block that lasts is read several times a second; one that was not read for so long has ended unseen. */
const READING_HOLDS_MS = 3_000;

type FrozenCause = FindingCauses['event-loop-frozen'];

interface Explanation {
  readonly cause: FrozenCause;
  readonly attribution: SpanAttribution | null;
  readonly route: string | null;
  readonly confidence: number;
  readonly evidence: readonly string[];
}

export const eventLoopFrozen: Detector = {
  kind: 'event-loop-frozen',
  detect(view) {
    const period = selectBlockedPeriods(view.timeline, view.span).at(-1);
    if (!period || !isFrozen(view, period)) return NOT_FOUND;
    const forMs = Math.max(period.endMs, period.over ? 0 : view.span.toMs) - period.startMs;
    const { cause, attribution, route, confidence, evidence } = explain(view, period);
    const frame = attribution?.frame ?? null;
    const name = frame ? nameOf(frame) : 'a native call';
    return {
      kind: 'found',
      findings: [
        {
          id: `event-loop-frozen:${cause}:${frame?.function ?? 'unknown'}`,
          kind: 'event-loop-frozen',
          cause,
          severity: 'critical',
          confidence,
          title: `the event loop is frozen in ${name} for ${formatMs(forMs)}`,
          impact: 'no request is answered and no timer runs until it returns',
          culprits: attribution ? culpritsOf(attribution) : [],
          routes: route === null ? [] : [route],
          evidence: [`the loop has not turned for ${formatMs(forMs)}`, ...evidence],
          remedies: LOOP_REMEDIES[cause],
        },
      ],
    };
  },
};

/** Still blocked, or just released and not yet explained by a profile: then `event-loop-blocked` takes over. */
function isFrozen(view: DiagnosisView, period: BlockedPeriod): boolean {
  if (!period.over) {
    const isCurrent = view.span.toMs - period.endMs <= READING_HOLDS_MS;
    return isCurrent && view.span.toMs - period.startMs >= FROZEN_AFTER_MS;
  }
  const profiled = view.profiles.some(
    (profile) => profile.startMs <= period.startMs && profile.endMs >= period.endMs,
  );
  return period.endMs - period.startMs >= FROZEN_AFTER_MS && !profiled;
}

function explain(view: DiagnosisView, period: BlockedPeriod): Explanation {
  const readings = period.readings;
  const route = readings.findLast((reading) => reading.route !== null)?.route ?? null;
  const [sampled] = attributeSpans(view.profiles, [period]);
  const stacks = readings.filter((reading) => reading.in === 'javascript' && reading.stack.length > 0);
  if (stacks.length > 0) return explainByStacks(stacks, sampled ?? null, route);
  if (sampled?.frame && sampled.sampledMs >= FROZEN_AFTER_MS / 2) {
    return {
      cause: sampled.cause,
      attribution: sampled,
      route,
      confidence: 0.9,
      evidence: ['CPU samples of the blocked time name the function'],
    };
  }
  return explainByKernel(view, readings.findLast((reading) => reading.nativeState !== null) ?? null, route);
}

/** The function that most of the stacks are in; samples of the same time tell a regular expression from a loop. */
function explainByStacks(
  stacks: readonly BlockedEvent[],
  sampled: SpanAttribution | null,
  route: string | null,
): Explanation {
  const byCulprit = new Map<string, { count: number; event: BlockedEvent }>();
  for (const event of stacks) {
    const { frame } = attributeStack(event.stack);
    const key = frame ? frameKey({ ...frame, line: 0, column: 0 }) : '';
    byCulprit.set(key, { count: (byCulprit.get(key)?.count ?? 0) + 1, event });
  }
  const [most] = [...byCulprit.values()].toSorted((a, b) => b.count - a.count);
  const { count, event } = most as { count: number; event: BlockedEvent };
  const exact = attributeStack(event.stack);
  const share = count / stacks.length;
  const agrees = sampled?.frame && exact.frame && sampled.frame.function === exact.frame.function;
  const cause = agrees && exact.cause === 'cpu' ? sampled.cause : exact.cause;
  return {
    cause,
    attribution: { ...exact, cause, hotLine: null, share, selfMs: 0, totalMs: 0, sampledMs: 0 },
    route,
    confidence: 0.95,
    evidence: [
      `${count} of ${stacks.length} stacks taken meanwhile are in ${nameOf(exact.frame)}`,
      ...(exact.frame ? [`execution stands at ${exact.frame.file}:${exact.frame.line}`] : []),
    ],
  };
}

/** What the kernel says of the main thread, and, if this froze before, what it was then. */
function explainByKernel(
  view: DiagnosisView,
  reading: BlockedEvent | null,
  route: string | null,
): Explanation {
  const state = reading?.nativeState ?? null;
  const evidence = state === null ? [] : [`the kernel says of the main thread: ${state}`];
  if (state !== null && /child/i.test(state)) {
    return { cause: 'sync-child-process', attribution: null, route, confidence: 0.85, evidence };
  }
  const [before] = attributeSpans(
    view.profiles,
    view.stalls.filter((stall) => stall.endMs - stall.startMs >= FROZEN_AFTER_MS / 2),
  );
  if (before?.frame && before.share >= 0.5 && before.via.length > 0) {
    return {
      cause: before.cause,
      attribution: before,
      route,
      confidence: 0.6,
      evidence: [...evidence, `earlier long stalls were in ${nameOf(before.frame)}`],
    };
  }
  return {
    cause: state === null ? 'unknown' : 'native',
    attribution: null,
    route,
    confidence: 0.5,
    evidence,
  };
}
