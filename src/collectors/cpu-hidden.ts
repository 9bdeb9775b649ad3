/**
 * Gives functions that the profiler does not know their time, by stacks that were taken by asking.
 *
 *   V8 says: handler 20 samples; stacks say: spin < handler 9 times, handler once
 *     -> handler 2 samples, handler > spin 18 samples, both exact
 *
 * A loop that V8 optimised while it ran (on-stack replacement) before the profile began is code that the profiler
 * never hears of, on Node 18 to 26: the function is missing from every stack and its caller is blamed.
 */
import type { CpuSamples, SampledNode } from './cpu-samples.ts';
import type { FramedStack, StackFrame } from './cpu-stack-frames.ts';
import { placeOf } from '../model/code-frame.ts';

/** Samples of a profiler that may not know all the code that runs. */
export interface DoubtedSamples extends CpuSamples {
  /** Nodes whose time may be that of a function they called. */
  readonly mayHideInlined: readonly number[];
}

export interface UncoveredSamples extends DoubtedSamples {
  /** Nodes that stacks have confirmed or named. */
  readonly exact: readonly number[];
}

/** One stack is chance. */
const MIN_STACKS = 2;
/** Share of the stacks that speak for a node before they are believed: the majority. */
const BELIEVED_SHARE = 0.5;
/** V8 answers in the middle of JavaScript at once; after this long it was native code that it had to wait for. */
const PROMPT_MS = 20;

/** V8 runs one thing after the other under the same caller: what a stack saw says nothing of a second later. */
const NEAR_MS = 250;

/** What one stack says about a function as called by others. */
interface Vote {
  readonly atMs: number;
  readonly isPrompt: boolean;
  /** What ran inside the function and the profiler did not see, outermost first. */
  readonly inside: readonly StackFrame[];
}

/**
 * @param mayInline whether a function could have others inlined into it. V8 answers at the heads of loops, and leaves
 *   out those of short loops that it inlined: a stack that ends in such a function does not prove that it runs itself
 */
export function uncoverHidden(
  profile: DoubtedSamples,
  stacks: readonly FramedStack[],
  mayInline: (node: SampledNode) => boolean,
): UncoveredSamples {
  const chains = chainsOf(profile.nodes);
  const votes = countVotes(chains, stacks);
  const nodes: SampledNode[] = [...profile.nodes];
  const exact = new Set<number>();
  const doubtful: number[] = [];
  const added = new Map<string, number>();

  const addInside = (parent: number, { inside }: Vote): number => {
    let node = parent;
    for (const frame of inside) {
      const key = `${node} ${frame.place.functionName} ${keyOf(frame.file, frame.place.line, frame.place.column)}`;
      const isLeaf = frame === inside.at(-1);
      const known = added.get(key);
      const child =
        known ??
        nodes.push({
          place: frame.place,
          parent: node,
          ticks: isLeaf && frame.line > 0 ? [{ line: frame.line, ticks: 2 }] : [],
        }) - 1;
      added.set(key, child);
      node = child;
      if (known !== undefined) continue;
      if (isLeaf && frame.isApplication && mayInline(nodes[child] as SampledNode)) doubtful.push(child);
      else exact.add(child);
    }
    return node;
  };

  const samples = profile.samples.map((sample) => {
    const said = votes.get(sample.node) ?? [];
    const vote = said.length < MIN_STACKS ? null : nearest(said, sample.timeMs);
    return vote === null || !vote.isPrompt ? sample : { ...sample, node: addInside(sample.node, vote) };
  });
  for (const [node, said] of votes) {
    const own = said.filter(({ isPrompt, inside }) => isPrompt && inside.length === 0);
    const isConfirmed = own.length >= MIN_STACKS && own.length >= said.length * BELIEVED_SHARE;
    if (isConfirmed && !mayInline(nodes[node] as SampledNode)) exact.add(node);
  }
  return {
    ...profile,
    nodes,
    samples,
    mayHideInlined: [...profile.mayHideInlined.filter((node) => !exact.has(node)), ...doubtful],
    exact: [...exact],
  };
}

function nearest(votes: readonly Vote[], atMs: number): Vote | null {
  let best: Vote | null = null;
  for (const vote of votes) {
    const distanceMs = Math.abs(vote.atMs - atMs);
    if (distanceMs <= NEAR_MS && (best === null || distanceMs < Math.abs(best.atMs - atMs))) best = vote;
  }
  return best;
}

interface Chain {
  /** The application's functions from the outermost to this one. */
  readonly key: string;
  /** Whether the node is one of the application's functions itself. */
  readonly isOwn: boolean;
  readonly function: string;
  readonly parent: number;
}

function chainsOf(nodes: readonly SampledNode[]): readonly Chain[] {
  const chains: Chain[] = [];
  for (const { place, parent } of nodes) {
    const above = chains[parent]?.key ?? '';
    const { file, origin } = placeOf(place.url);
    const isOwn = origin === 'user' || origin === 'dependency';
    const own = isOwn ? keyOf(file, place.line, place.column) : '';
    chains.push({ key: isOwn ? `${above}\n${own}` : above, isOwn, function: own, parent });
  }
  return chains;
}

const keyOf = (file: string, line: number, column: number): string => `${file}:${line}:${column}`;

/** By node: several have the same functions above them, and Node's own between. */
function countVotes(chains: readonly Chain[], stacks: readonly FramedStack[]): Map<number, readonly Vote[]> {
  const byKey = new Map<string, Vote[]>();
  for (const { atMs, waitedMs, frames } of stacks) {
    const found = deepestMatch(chains, frames);
    if (found === null) continue;
    const vote = { atMs, isPrompt: waitedMs <= PROMPT_MS, inside: withoutNode(frames.slice(found.end)) };
    const said = byKey.get(found.key);
    if (said === undefined) byKey.set(found.key, [vote]);
    else said.push(vote);
  }
  const votes = new Map<number, readonly Vote[]>();
  for (const [index, { isOwn, key }] of chains.entries()) {
    const said = isOwn ? byKey.get(key) : undefined;
    if (said !== undefined) votes.set(index, said);
  }
  return votes;
}

/** What the profiler would have seen by itself is no news: Node's own functions, and what is below them. */
function withoutNode(frames: readonly StackFrame[]): readonly StackFrame[] {
  const node = frames.findIndex(({ isApplication, isNative }) => !isApplication && !isNative);
  return node === -1 ? frames : [];
}

/** The longest chain of the profile whose functions are all on the stack, in their order; `end` is past its last. */
function deepestMatch(
  chains: readonly Chain[],
  frames: readonly StackFrame[],
): { readonly key: string; readonly end: number } | null {
  const keys = frames.map(({ isApplication, file, place }) =>
    isApplication ? keyOf(file, place.line, place.column) : null,
  );
  const ends: number[] = [];
  const depths: number[] = [];
  let best: { key: string; end: number; depth: number } | null = null;
  for (const [index, { parent, isOwn, function: own, key }] of chains.entries()) {
    const begin = parent === -1 ? 0 : (ends[parent] as number);
    const at = isOwn && begin !== -1 ? keys.indexOf(own, begin) : -1;
    ends[index] = isOwn ? (at === -1 ? -1 : at + 1) : begin;
    depths[index] = (depths[parent] ?? 0) + (isOwn ? 1 : 0);
    const depth = depths[index];
    if (isOwn && at !== -1 && depth > (best?.depth ?? 0)) best = { key, end: at + 1, depth };
  }
  return best;
}
