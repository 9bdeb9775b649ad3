/**
 * V8's profile as it comes over the wire, and the same with its oddities removed. Nothing beyond this file knows of
 * 0-based positions, microseconds, node ids, or samples that are out of order.
 *
 *   startTime 1000, timeDeltas [10, -4, 6] (microseconds), samples [2, 3, 2]
 *     -> node 1 at 1.006 ms, node 1 at 1.010 ms, node 2 at 1.012 ms ... weights 0.006, 0.004, 0.002
 */
import { IDLE_FUNCTION, OWN_SCRIPT_PREFIX, placeOf } from '../model/code-frame.ts';
import type { ScriptPlace } from './source-locator.ts';

/** `Profiler.Profile`, in V8's own names. */
export interface WireCpuProfile {
  readonly nodes: readonly WireCpuProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

export interface WireCpuProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

export interface SampledNode {
  readonly place: ScriptPlace;
  /** Index of the caller, -1 for the root. A caller always comes before what it calls. */
  readonly parent: number;
  /** Lines hit inside the function itself, from 1, the most hit first. */
  readonly ticks: readonly { readonly line: number; readonly ticks: number }[];
}

export interface Sample {
  readonly node: number;
  readonly timeMs: number;
  /** Time since the sample before. */
  readonly weightMs: number;
}

export interface CpuSamples {
  readonly startMs: number;
  readonly endMs: number;
  readonly nodes: readonly SampledNode[];
  /** In the order of time. */
  readonly samples: readonly Sample[];
}

/**
 * Normalises a profile.
 * @param fromMs where the profile before ended: profiles overlap, so that no time is missed, and what the one
 *   before has told is left out here
 */
export function parseCpuProfile(wire: WireCpuProfile, fromMs: number): CpuSamples {
  const { nodes, indexById } = orderNodes(wire.nodes);
  const idle = nodes.findIndex(({ place }) => place.url === '' && place.functionName === IDLE_FUNCTION);
  const startMs = Math.max(fromMs, wire.startTime / 1000);
  const samples: Sample[] = [];
  let previousMs = startMs;
  for (const { id, timeMs } of timedSamples(wire)) {
    const node = indexById.get(id);
    if (node === undefined || timeMs <= startMs) continue;
    const weightMs = Math.max(0, timeMs - previousMs);
    const last = samples.at(-1);
    // An idle service gives a hundred equal samples a second; one that spans them says the same.
    if (node === idle && last?.node === idle) {
      samples[samples.length - 1] = { node, timeMs, weightMs: last.weightMs + weightMs };
    } else {
      samples.push({ node, timeMs, weightMs });
    }
    previousMs = timeMs;
  }
  return { startMs, endMs: Math.max(startMs, wire.endTime / 1000), nodes, samples };
}

/**
 * Whether each node is loopscope's own work: its scripts, and what they call of Node and V8. Functions of the service
 * that stand below them are the service's work: stand-ins of ours (around a queue's jobs, a pool's `connect`) call
 * what the service would have called without them.
 */
export function ownNodes(nodes: readonly SampledNode[]): readonly boolean[] {
  const own: boolean[] = [];
  for (const { place, parent } of nodes) {
    own.push(place.url.startsWith(OWN_SCRIPT_PREFIX) || (own[parent] === true && !isOfService(place)));
  }
  return own;
}

function isOfService({ url }: ScriptPlace): boolean {
  const { origin } = placeOf(url);
  return origin === 'user' || origin === 'dependency';
}

/** Scripts in which a node has lines: whatever could hold an inlined function or tell what a line says. */
export function scriptOf(node: SampledNode): string | null {
  return node.ticks.length > 0 && isOfService(node.place) ? placeOf(node.place.url).file : null;
}

function timedSamples(wire: WireCpuProfile): { readonly id: number; readonly timeMs: number }[] {
  const timed: { readonly id: number; readonly timeMs: number }[] = [];
  let timeUs = wire.startTime;
  for (const [k, id] of (wire.samples ?? []).entries()) {
    timeUs += wire.timeDeltas?.[k] ?? 0;
    timed.push({ id, timeMs: timeUs / 1000 });
  }
  // Deltas can be negative: V8 does not write its samples strictly in the order in which it took them.
  return timed.toSorted((a, b) => a.timeMs - b.timeMs);
}

/** Callers first, so that one pass over the nodes sees every caller before what it calls. */
function orderNodes(wire: readonly WireCpuProfileNode[]): {
  nodes: SampledNode[];
  indexById: Map<number, number>;
} {
  const byId = new Map(wire.map((node) => [node.id, node]));
  const indexById = new Map<number, number>();
  const nodes: SampledNode[] = [];
  const pending = wire[0] === undefined ? [] : [{ node: wire[0], parent: -1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, parent } = next;
    if (indexById.has(node.id)) continue;
    indexById.set(node.id, nodes.length);
    nodes.push(sampledNode(node, parent));
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) pending.push({ node: child, parent: indexById.get(node.id) as number });
    }
  }
  return { nodes, indexById };
}

function sampledNode({ callFrame, positionTicks }: WireCpuProfileNode, parent: number): SampledNode {
  const { functionName, url, lineNumber, columnNumber } = callFrame;
  return {
    place: { functionName, url, line: lineNumber + 1, column: columnNumber + 1 },
    parent,
    ticks: sumTicks(positionTicks ?? []),
  };
}

/** Node 26 lists a line once per position in it. */
function sumTicks(wire: NonNullable<WireCpuProfileNode['positionTicks']>): SampledNode['ticks'] {
  const byLine = new Map<number, number>();
  for (const { line, ticks } of wire) byLine.set(line, (byLine.get(line) ?? 0) + ticks);
  return [...byLine].map(([line, ticks]) => ({ line, ticks })).toSorted((a, b) => b.ticks - a.ticks);
}
