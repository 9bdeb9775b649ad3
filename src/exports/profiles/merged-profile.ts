/**
 * All CPU profiles of a session as one: one tree, and its samples in the order of time, as long as they lasted.
 *
 *   profile 1: A > B seen at 10 and 20 ms        profile 2: A > B seen at 40 ms, weight 10 ms
 *     -> nodes (root), A, B; samples B 0-10, B 10-20, B 30-40: from 20 to 30 ms nobody looked
 *
 * A sample of the timeline stands for the time before it, other tools let it stand for the time after: here a
 * sample has both its ends.
 */
import { frameKey, metaFrame, ROOT_FUNCTION } from '../../model/code-frame.ts';
import type { CodeFrame, CpuProfileEvent } from '../../model/timeline-event.ts';

export interface MergedNode {
  readonly frame: CodeFrame;
  /** Index of the caller, which comes before it; -1 for the root, which is the first node. */
  readonly parent: number;
  readonly selfMs: number;
  /** Hits by line of the function itself. */
  readonly lineTicks: ReadonlyMap<number, number>;
}

export interface MergedSample {
  readonly node: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface MergedProfile {
  readonly startMs: number;
  readonly endMs: number;
  /** The coarsest of the profiles. */
  readonly samplingIntervalUs: number;
  readonly nodes: readonly MergedNode[];
  /** In the order of time and not overlapping, none of them empty. */
  readonly samples: readonly MergedSample[];
}

interface GrowingNode extends MergedNode {
  selfMs: number;
  readonly lineTicks: Map<number, number>;
}

/** Merges profiles of one service, given in any order. Without profiles there is a root and nothing else. */
export function mergeProfiles(profiles: readonly CpuProfileEvent[]): MergedProfile {
  const nodes: GrowingNode[] = [growingNode(metaFrame(ROOT_FUNCTION), -1)];
  const known = new Map<string, number>();
  const samples: MergedSample[] = [];
  const inOrder = profiles.toSorted((a, b) => a.startMs - b.startMs);
  const startMs = inOrder[0]?.startMs ?? 0;
  let toldMs = startMs;
  for (const profile of inOrder) {
    const merged = mergeNodes(profile, nodes, known);
    for (const [k, endMs] of profile.sampleTimesMs.entries()) {
      const node = merged[profile.sampleNodes[k] ?? 0] ?? 0;
      const fromMs = Math.max(toldMs, endMs - (profile.sampleWeightsMs[k] ?? 0));
      if (endMs <= fromMs) continue;
      samples.push({ node, startMs: fromMs, endMs });
      (nodes[node] as GrowingNode).selfMs += endMs - fromMs;
      toldMs = endMs;
    }
    for (const [node, line, ticks] of profile.lineTicks) {
      const { lineTicks } = nodes[merged[node] ?? 0] as GrowingNode;
      lineTicks.set(line, (lineTicks.get(line) ?? 0) + ticks);
    }
  }
  return {
    startMs,
    endMs: toldMs,
    samplingIntervalUs: Math.max(0, ...profiles.map((profile) => profile.samplingIntervalUs)),
    nodes,
    samples,
  };
}

/** Adds a profile's tree to the tree of all. Returns where each of its nodes is there. */
function mergeNodes(
  { nodeFrames, frames, parents }: CpuProfileEvent,
  nodes: GrowingNode[],
  known: Map<string, number>,
): readonly number[] {
  const merged: number[] = [];
  for (const [node, frameIndex] of nodeFrames.entries()) {
    const parent = parents[node] ?? -1;
    const frame = frames[frameIndex];
    if (parent === -1 || frame === undefined) {
      merged.push(0);
      continue;
    }
    const caller = merged[parent] ?? 0;
    const key = `${caller}\n${frameKey(frame)}`;
    let at = known.get(key);
    if (at === undefined) {
      at = nodes.push(growingNode(frame, caller)) - 1;
      known.set(key, at);
    }
    merged.push(at);
  }
  return merged;
}

function growingNode(frame: CodeFrame, parent: number): GrowingNode {
  return { frame, parent, selfMs: 0, lineTicks: new Map() };
}
