/**
 * Gives functions that the profiler does not know their time, by stacks that were taken by asking.
 *
 *   V8 says: handler 20 samples; stacks say: spin < handler 9 times, handler once
 *     -> handler 2 samples, handler > spin 18 samples, both exact
 *
 * A loop that V8 optimised while it ran (on-stack replacement) before the profile began is code that the profiler
 * never hears of, on Node 18 to 26: the function is missing from every stack and its caller is blamed. That may be a
 * function of Node's that called it back (`listOnTimeout`, `emit`), or nobody: `(program)`. What such a function calls
 * after its loop shows it again, so a function is known to the profiler at some moments and hidden at others.
 */
import { chainsOf, countVotes, keyOf, NEAR_MS, possibleCallers } from './cpu-hidden-votes.ts';
import type { Caller, Vote } from './cpu-hidden-votes.ts';
import type { CpuSamples, SampledNode } from './cpu-samples.ts';
import type { FramedStack } from './cpu-stack-frames.ts';

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
  const votes = countVotes(profile, chains, stacks);
  const nodes: SampledNode[] = [...profile.nodes];
  const exact = new Set<number>();
  const doubtful: number[] = [];
  const added = new Map<string, number>();

  const addInside = (parent: number, { inside }: Vote): number => {
    let node = parent;
    for (const frame of inside) {
      const key = `${node} ${frame.place.functionName} ${keyOf(frame.file, frame.place)}`;
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

  /** Below a hidden function as it was below the function that called that one. */
  const graft = (below: number, path: readonly number[]): number => {
    let node = below;
    for (const index of path) {
      const key = `${node} #${index}`;
      const known = added.get(key);
      const copy = known ?? nodes.push({ ...(profile.nodes[index] as SampledNode), parent: node }) - 1;
      added.set(key, copy);
      node = copy;
    }
    return node;
  };

  const callersOf = memoised((node) => possibleCallers(chains, node));
  const samples = profile.samples.map((sample) => {
    const callers = callersOf(sample.node);
    const said = callers.flatMap((caller) => votes.get(caller.node) ?? []);
    if (said.filter(({ inside }) => inside.length > 0).length < MIN_STACKS) return sample;
    const vote = nearest(said, sample.timeMs);
    if (vote === null || !vote.isPrompt || vote.inside.length === 0) return sample;
    const caller = callers.find(({ node }) => votes.get(node)?.includes(vote) === true) as Caller;
    return { ...sample, node: graft(addInside(caller.host, vote), caller.path) };
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

function memoised<T>(compute: (node: number) => T): (node: number) => T {
  const known = new Map<number, T>();
  return (node) => {
    const value = known.get(node) ?? compute(node);
    known.set(node, value);
    return value;
  };
}
