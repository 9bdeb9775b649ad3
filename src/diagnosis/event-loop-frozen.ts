/**
 * One callback holds the loop for seconds: as we look, or while we watched. In JavaScript the stack is known exactly;
 * inside a native call only the kernel can say what goes on, until the call returns and its samples arrive.
 */
import { attributeSpans, attributeStack } from '../model/cause-attribution.ts';
import type { SpanAttribution } from '../model/cause-attribution.ts';
import { frameKey } from '../model/code-frame.ts';
import type { Finding, FindingCauses } from '../model/finding.ts';
import type { BlockedEvent } from '../model/timeline-event.ts';
import { formatMs } from '../shared/quantity.ts';
import { selectRunningShare } from './cpu-contention.ts';
import { culpritsOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { FROZEN_AFTER_MS, selectFreezes } from './freezes.ts';
import type { Freeze } from './freezes.ts';
import { LOOP_REMEDIES } from './remedies.ts';

/** Of eight stacks, taken four times a second during two seconds, all but one. */
const SAME_FUNCTION_SHARE = 0.85;

/** Nearly half a second of work on a machine that leaves a tenth of a CPU. */
const LONG_IN_ANY_CASE_MS = 5_000;

/** What the kernel says of a process that somebody stopped, or that others keep from the CPU: that is no work. */
const NO_WORK: readonly string[] = ['stopped', 'waiting for a CPU'];

type FrozenCause = FindingCauses['event-loop-frozen'];

interface Explanation {
  readonly cause: FrozenCause;
  readonly attribution: SpanAttribution | null;
  readonly confidence: number;
  readonly evidence: readonly string[];
}

export const eventLoopFrozen: Detector = {
  kind: 'event-loop-frozen',
  detect(view) {
    const freezes = selectFreezes(view);
    if (freezes.length === 0) return NOT_FOUND;
    const findings = new Map<string, Finding>();
    for (const freeze of freezes) {
      const explanation = explain(view, freeze);
      if (!hasWorked(view, freeze, explanation)) continue;
      const finding = findingOf(freeze, explanation);
      // The first is the one that lasts or the longest; others of the same function tell nothing new.
      if (!findings.has(finding.id)) findings.set(finding.id, finding);
    }
    const named = [...findings.values()].filter(({ culprits }) => culprits.length > 0);
    return findings.size > 0
      ? // A block that nothing is known of is most likely one more of those that are known.
        { kind: 'found', findings: named.length > 0 ? named : [...findings.values()] }
      : notEnoughSeen('the loop stood still for seconds, and most of it was waiting for a CPU');
  },
};

function hasWorked(view: DiagnosisView, freeze: Freeze, { cause, attribution }: Explanation): boolean {
  const lengthMs = freeze.endMs - freeze.startMs;
  // Code that merely waits for a CPU is not met in the same function every time, for so long.
  if (lengthMs >= LONG_IN_ANY_CASE_MS && (attribution?.share ?? 0) >= SAME_FUNCTION_SHARE) return true;
  // Nor does a native call that only the kernel saw: before we had attached, nothing was read of the CPU.
  if (cause === 'sync-child-process' && attribution === null) return true;
  // The last reading's word is of the whole time since the first.
  const state = freeze.readings.at(-1)?.nativeState ?? null;
  const isNative = freeze.readings.every((reading) => reading.in === 'native');
  if (lengthMs >= LONG_IN_ANY_CASE_MS && state !== null && isNative) return !NO_WORK.includes(state);
  const ran = selectRunningShare(view, [freeze], cause === 'unknown' ? 'native' : cause);
  return lengthMs * ran >= FROZEN_AFTER_MS;
}

function findingOf(freeze: Freeze, { cause, attribution, confidence, evidence }: Explanation): Finding {
  const { over, route } = freeze;
  const frame = attribution?.frame ?? null;
  const name = frame ? nameOf(frame) : 'a native call';
  const forMs = freeze.endMs - freeze.startMs;
  return {
    id: `event-loop-frozen:${cause}:${frame?.function ?? 'unknown'}`,
    kind: 'event-loop-frozen',
    cause,
    severity: 'critical',
    confidence,
    title: over
      ? `${name} froze the event loop for ${formatMs(forMs)}`
      : `the event loop is frozen in ${name} for ${formatMs(forMs)}`,
    impact: over
      ? 'no request was answered and no timer ran until it returned'
      : 'no request is answered and no timer runs until it returns',
    culprits: attribution ? culpritsOf(attribution) : [],
    routes: route === null ? [] : [route],
    evidence: [
      over
        ? `the loop did not turn for ${formatMs(forMs)}`
        : `the loop has not turned for ${formatMs(forMs)}`,
      ...evidence,
    ],
    remedies: LOOP_REMEDIES[cause],
  };
}

function explain(view: DiagnosisView, freeze: Freeze): Explanation {
  const { readings } = freeze;
  const [sampled] = attributeSpans(view.profiles, [freeze]);
  const stacks = readings.filter((reading) => reading.in === 'javascript' && reading.stack.length > 0);
  const isSampled = sampled?.frame && sampled.sampledMs >= FROZEN_AFTER_MS / 2;
  // Within a native call no stack can be taken: those that there are may be of the moments before and after it.
  if (stacks.length > 0 && !(isSampled && freeze.over)) return explainByStacks(stacks, sampled ?? null);
  if (isSampled) {
    return {
      cause: sampled.cause,
      attribution: sampled,
      confidence: 0.95,
      evidence: ['CPU samples of the blocked time name the function'],
    };
  }
  return explainByKernel(view, readings.findLast((reading) => reading.nativeState !== null) ?? null);
}

/** The function that most of the stacks are in; samples of the same time tell a regular expression from a loop. */
function explainByStacks(stacks: readonly BlockedEvent[], sampled: SpanAttribution | null): Explanation {
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
    confidence: 0.95,
    evidence: [
      `${count} of ${stacks.length} stacks taken meanwhile are in ${nameOf(exact.frame)}`,
      ...(exact.frame ? [`execution stands at ${exact.frame.file}:${exact.frame.line}`] : []),
    ],
  };
}

/** What the kernel says of the main thread, and, if this froze before, what it was then. */
function explainByKernel(view: DiagnosisView, reading: BlockedEvent | null): Explanation {
  const state = reading?.nativeState ?? null;
  const evidence = state === null ? [] : [`the kernel says of the main thread: ${state}`];
  if (state !== null && /child/i.test(state)) {
    return { cause: 'sync-child-process', attribution: null, confidence: 0.85, evidence };
  }
  const [before] = attributeSpans(
    view.profiles,
    view.stalls.filter((stall) => stall.endMs - stall.startMs >= FROZEN_AFTER_MS / 2),
  );
  if (before?.frame && before.share >= 0.5 && before.via.length > 0) {
    return {
      cause: before.cause,
      attribution: before,
      confidence: 0.6,
      evidence: [...evidence, `earlier long stalls were in ${nameOf(before.frame)}`],
    };
  }
  return {
    cause: state === null ? 'unknown' : 'native',
    attribution: null,
    confidence: 0.5,
    evidence,
  };
}
