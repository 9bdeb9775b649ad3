/**
 * What ran between two moments: the samples of all profiles that fall into a span, as weighted stacks.
 *
 *   samples every 10 ms:  A A A gc A idle     span covers the first five
 *     -> A 40 ms, A + (garbage collector) 10 ms, sampledMs 50
 *
 * Profiler and service share one clock, so a sample is inside or outside, never nearly. A sample stands for the time
 * since the one before it. The collector has no caller of its own in V8's tree; it is shown under the stack
 * that ran before it, which is the one that allocated.
 */
import { GARBAGE_COLLECTOR_FUNCTION, isOverheadFrame, OWN_FRAME } from './code-frame.ts';
import type { CodeFrame, CpuProfileEvent } from './timeline-event.ts';

/** A line that was hit inside the innermost function of a stack. */
export interface HotLine {
  readonly line: number;
  /** Of the hits of this function's own code, 0 to 1. */
  readonly share: number;
  readonly text: string | null;
}

export interface SpanStack {
  /** Innermost first, without `(root)`. */
  readonly frames: readonly CodeFrame[];
  readonly ms: number;
  /** Heaviest first; empty where V8 gave no lines (native code). */
  readonly lines: readonly HotLine[];
  /** V8 may have charged a function that it inlined to the innermost frame. */
  readonly mayHideInlined: boolean;
  /** V8 was asked for the stack and told it so. */
  readonly isExact: boolean;
}

export interface SpanProfile {
  readonly startMs: number;
  readonly endMs: number;
  /** Time of the service's own work that samples speak for; idle and loopscope's own work are not in it. */
  readonly sampledMs: number;
  /** Loopscope's own work on the main thread within the span. */
  readonly ownMs: number;
  readonly idleMs: number;
  readonly stacks: readonly SpanStack[];
}

/**
 * A sample that comes later than this ends a gap: a native call held off the sampler, and the gap is its. Below it,
 * ticks are merely late: sampled every 10 ms on two busy cores, 20 ms from one to the next are common, 30 were not seen.
 */
const GAP_LATE_MS = 20;

/** Selects what the profiles say about the span; profiles may be given in any number and need not cover it. */
export function selectSpanProfile(
  profiles: readonly CpuProfileEvent[],
  startMs: number,
  endMs: number,
): SpanProfile {
  const total = { sampledMs: 0, ownMs: 0, idleMs: 0 };
  const stacks: SpanStack[] = [];
  for (const profile of profiles) {
    if (profile.endMs < startMs || profile.startMs > endMs) continue;
    const lines = linesByNode(profile);
    for (const share of weighSamples(profile, startMs, endMs)) {
      const frame = frameOf(profile, share.node);
      if (frame === null) continue;
      if (isOverheadFrame(frame)) {
        if (frame.function === OWN_FRAME.function) total.ownMs += share.ms;
        else total.idleMs += share.ms;
        continue;
      }
      total.sampledMs += share.ms;
      stacks.push(stackOf(profile, share, lines.get(share.node) ?? []));
    }
  }
  return { startMs, endMs, ...total, stacks };
}

/** When samples were taken with such a frame on their stack. */
export function selectSampleTimes(
  profiles: readonly CpuProfileEvent[],
  matches: (frame: CodeFrame) => boolean,
): readonly number[] {
  return profiles.flatMap((profile) => {
    const frames = profile.frames.map(matches);
    const on = new Map<number, boolean>();
    const isOn = (node: number): boolean => {
      if (node === -1) return false;
      const known =
        on.get(node) ?? (frames[profile.nodeFrames[node] ?? -1] || isOn(profile.parents[node] ?? -1));
      on.set(node, known);
      return known;
    };
    return profile.sampleTimesMs.filter((_, k) => isOn(profile.sampleNodes[k] ?? -1));
  });
}

interface NodeShare {
  readonly node: number;
  /** For the collector: the node that ran before it, or -1. */
  readonly under: number;
  ms: number;
}

function weighSamples(profile: CpuProfileEvent, startMs: number, endMs: number): Iterable<NodeShare> {
  const shares = new Map<number, NodeShare>();
  const gapMs = profile.samplingIntervalUs / 1000 + GAP_LATE_MS;
  let previous = -1;
  let worker = -1;
  let collectedBeforeWorkMs = 0;
  let collector = -1;
  for (const [k, timeMs] of profile.sampleTimesMs.entries()) {
    const weightMs = profile.sampleWeightsMs[k] ?? 0;
    const fromMs = timeMs - weightMs;
    if (fromMs >= endMs) break;
    if (timeMs <= startMs) continue;
    const node = profile.sampleNodes[k] ?? 0;
    const ms = Math.min(timeMs, endMs) - Math.max(fromMs, startMs);
    // The sample taken just after the span saw what came next; the span's last moments belong to what ran in it.
    const cameAfter =
      timeMs > endMs && previous !== -1 && (weightMs <= gapMs || isQuiet(frameOf(profile, node)));
    const charged = cameAfter ? previous : node;
    previous = node;
    const frame = frameOf(profile, charged);
    if (frame?.origin !== 'meta') {
      // What ran before the span is no cause of anything in it: a span that begins with the collector waits for
      // the first code that shows.
      if (worker === -1) addShare(shares, collector, charged, collectedBeforeWorkMs);
      worker = charged;
      addShare(shares, charged, -1, ms);
    } else if (frame.function !== GARBAGE_COLLECTOR_FUNCTION) {
      addShare(shares, charged, -1, ms);
    } else if (worker === -1) {
      collector = charged;
      collectedBeforeWorkMs += ms;
    } else {
      addShare(shares, charged, worker, ms);
    }
  }
  if (worker === -1) addShare(shares, collector, -1, collectedBeforeWorkMs);
  return shares.values();
}

/** Larger than any profile's number of nodes, and any file's number of lines: two of them make one key. */
const MOST_NODES = 2 ** 26;
const MOST_LINES = 2 ** 26;

function addShare(shares: Map<number, NodeShare>, node: number, under: number, ms: number): void {
  if (ms <= 0) return;
  const key = node * MOST_NODES + under;
  const share = shares.get(key) ?? { node, under, ms: 0 };
  share.ms += ms;
  shares.set(key, share);
}

function stackOf(profile: CpuProfileEvent, share: NodeShare, lines: readonly HotLine[]): SpanStack {
  const frames = [...ancestry(profile, share.node)];
  if (share.under !== -1) frames.push(...ancestry(profile, share.under));
  return {
    frames,
    ms: share.ms,
    lines,
    mayHideInlined: profile.mayHideInlined?.includes(share.node) ?? false,
    isExact: profile.exactNodes?.includes(share.node) ?? false,
  };
}

function* ancestry(profile: CpuProfileEvent, node: number): Generator<CodeFrame> {
  for (let at = node; (profile.parents[at] ?? -1) !== -1; at = profile.parents[at] as number) {
    const frame = frameOf(profile, at);
    if (frame !== null) yield frame;
  }
}

function linesByNode(profile: CpuProfileEvent): ReadonlyMap<number, readonly HotLine[]> {
  const hits = new Map<number, number>();
  for (const [node, , count] of profile.lineTicks) hits.set(node, (hits.get(node) ?? 0) + count);
  const texts = new Map(profile.lineTexts.map(([node, line, text]) => [node * MOST_LINES + line, text]));
  const lines = new Map<number, HotLine[]>();
  for (const [node, line, count] of profile.lineTicks) {
    const hot = {
      line,
      share: count / (hits.get(node) ?? count),
      text: texts.get(node * MOST_LINES + line) ?? null,
    };
    const known = lines.get(node);
    if (known) known.push(hot);
    else lines.set(node, [hot]);
  }
  return lines;
}

function frameOf(profile: CpuProfileEvent, node: number): CodeFrame | null {
  return profile.frames[profile.nodeFrames[node] ?? -1] ?? null;
}

function isQuiet(frame: CodeFrame | null): boolean {
  return frame !== null && isOverheadFrame(frame);
}
