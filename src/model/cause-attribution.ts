/**
 * Who is to blame for a set of spans (stalls, usually), and why.
 *
 *   two stalls of 200 ms, all samples in run < pbkdf2Sync < derivePassword < handler
 *     -> [{ frame: derivePassword, cause: 'sync-crypto', share: 1, totalMs: 400, via: [run, pbkdf2Sync] }]
 */
import { causeOfStack } from './cause.ts';
import { frameKey } from './code-frame.ts';
import type { Certainty, LoopCause } from './finding.ts';
import { selectSpanProfile } from './span-profile.ts';
import type { SpanStack } from './span-profile.ts';
import type { CodeFrame, CpuProfileEvent } from './timeline-event.ts';

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface SpanAttribution {
  readonly cause: LoopCause;
  /** The culprit's position is where the function begins; null when no code of the application was on the stack. */
  readonly frame: CodeFrame | null;
  /** From the culprit outwards, innermost first: the heaviest of its stacks. */
  readonly stack: readonly CodeFrame[];
  /** What the culprit called on that stack, innermost first: `run`, `pbkdf2Sync`. */
  readonly via: readonly CodeFrame[];
  /** The line of the culprit that was hit most, where it is the innermost function itself. */
  readonly hotLine: number | null;
  /** Of the sampled time in all spans, 0 to 1. */
  readonly share: number;
  /** Time in the culprit's own code. */
  readonly selfMs: number;
  /** Time in the culprit and what it called. */
  readonly totalMs: number;
  /** Sampled time in all spans together. */
  readonly sampledMs: number;
  readonly certainty: Certainty;
}

interface HeldStack {
  readonly stack: SpanStack;
  readonly culprit: number;
}

interface Group {
  readonly frame: CodeFrame | null;
  readonly byCause: Map<LoopCause, number>;
  heaviest: HeldStack;
  readonly stacks: HeldStack[];
  selfMs: number;
  totalMs: number;
  hiddenMs: number;
  exactMs: number;
}

/** Attributes the spans, grouped by culprit over all of them, the strongest first. */
export function attributeSpans(
  profiles: readonly CpuProfileEvent[],
  spans: readonly Span[],
): readonly SpanAttribution[] {
  const groups = new Map<string, Group>();
  let sampledMs = 0;
  for (const { startMs, endMs } of spans) {
    const span = selectSpanProfile(profiles, startMs, endMs);
    sampledMs += span.sampledMs;
    for (const stack of span.stacks) addStack(groups, stack);
  }
  return [...groups.values()]
    .toSorted((a, b) => b.totalMs - a.totalMs)
    .map((group) => attributionOf(group, sampledMs));
}

/**
 * Attributes a stack that was taken while the loop was blocked: exact by nature, its frames' lines are where
 * execution stood. Shares and times are not known from one stack.
 */
export function attributeStack(
  stack: readonly CodeFrame[],
): Pick<SpanAttribution, 'cause' | 'frame' | 'stack' | 'via' | 'certainty'> {
  const { cause, culprit } = causeOfStack(stack, []);
  return { cause, ...splitAt(stack, culprit), certainty: 'exact' };
}

function addStack(groups: Map<string, Group>, stack: SpanStack): void {
  const { cause, culprit } = causeOfStack(stack.frames, stack.lines);
  const frame = stack.frames[culprit] ?? null;
  const key = frame === null ? cause : frameKey(frame);
  const group = groups.get(key) ?? {
    frame,
    byCause: new Map<LoopCause, number>(),
    heaviest: { stack, culprit },
    stacks: [],
    selfMs: 0,
    totalMs: 0,
    hiddenMs: 0,
    exactMs: 0,
  };
  groups.set(key, group);
  group.byCause.set(cause, (group.byCause.get(cause) ?? 0) + stack.ms);
  group.totalMs += stack.ms;
  if (isOwnWork(stack.frames, culprit)) group.selfMs += stack.ms;
  if (stack.mayHideInlined) group.hiddenMs += stack.ms;
  if (stack.isExact) group.exactMs += stack.ms;
  group.stacks.push({ stack, culprit });
  if (stack.ms > group.heaviest.stack.ms) group.heaviest = { stack, culprit };
}

function attributionOf(group: Group, sampledMs: number): SpanAttribution {
  const [cause] = [...group.byCause].toSorted((a, b) => b[1] - a[1])[0] as [LoopCause, number];
  const { stack, culprit } = group.heaviest;
  return {
    cause,
    ...splitAt(stack.frames, culprit),
    via: calledBy(group),
    hotLine: isOwnWork(stack.frames, culprit) ? (stack.lines[0]?.line ?? null) : null,
    share: sampledMs === 0 ? 0 : group.totalMs / sampledMs,
    selfMs: group.selfMs,
    totalMs: group.totalMs,
    sampledMs,
    certainty: certaintyOf(group),
  };
}

/**
 * What the culprit called. Where V8 inlined the function of Node's that was asked for, only its innards are left
 * (`run` without `pbkdf2Sync`): a stack of the same work that still has it says more.
 */
function calledBy({ heaviest, stacks }: Group): readonly CodeFrame[] {
  const via = ({ stack, culprit }: HeldStack): readonly CodeFrame[] =>
    stack.frames.slice(0, Math.max(0, culprit));
  const [innermost] = heaviest.stack.frames;
  if (heaviest.culprit === -1) return heaviest.stack.frames;
  if (heaviest.culprit === 0 || innermost === undefined) return [];
  const telling = [heaviest, ...stacks].find(
    ({ stack, culprit }) =>
      stack.frames[culprit - 1]?.origin === 'node' &&
      stack.frames[0] !== undefined &&
      frameKey(stack.frames[0]) === frameKey(innermost),
  );
  return via(telling ?? heaviest);
}

/** What holds for most of the culprit's time. */
function certaintyOf({ hiddenMs, exactMs, totalMs }: Group): Certainty {
  if (exactMs > totalMs / 2) return 'exact';
  return hiddenMs > totalMs / 2 ? 'caller' : 'statistical';
}

/** Whether the innermost frame is the culprit's own text: the function itself or a callback written in it. */
function isOwnWork(frames: readonly CodeFrame[], culprit: number): boolean {
  const [innermost] = frames;
  const owner = frames[culprit];
  return (
    culprit === 0 ||
    (owner !== undefined && innermost?.file === owner.file && innermost.within === owner.function)
  );
}

function splitAt(
  frames: readonly CodeFrame[],
  culprit: number,
): Pick<SpanAttribution, 'frame' | 'stack' | 'via'> {
  if (culprit === -1) return { frame: null, stack: [], via: frames };
  return { frame: frames[culprit] ?? null, stack: frames.slice(culprit), via: frames.slice(0, culprit) };
}
