/**
 * Gives functions that the profiler does not know their time, by stacks that were taken by asking.
 *
 *   V8 says: handler 20 samples; stacks say: spin < handler 9 times, handler once
 *     -> handler 2 samples, handler > spin 18 samples, both exact
 *
 * A loop that V8 optimised while it ran (on-stack replacement) before the profile began is code that the profiler
 * never hears of, on Node 18 to 26: the function is missing from every stack and its caller is blamed.
 */
import { dealOut } from './cpu-inlining.ts';
import type { Part, UnfoldedSamples } from './cpu-inlining.ts';
import type { SampledNode } from './cpu-samples.ts';
import type { FramedStack, StackFrame } from './cpu-stack-frames.ts';
import { placeOf } from '../model/code-frame.ts';

export interface UncoveredSamples extends UnfoldedSamples {
  /** Nodes that stacks have confirmed or named. */
  readonly exact: readonly number[];
}

/** One stack is chance. */
const MIN_STACKS = 2;
/** Share of the stacks that speak for a node before they are believed: the majority. */
const BELIEVED_SHARE = 0.5;
/** V8 answers in the middle of JavaScript at once; after this long it was native code that it had to wait for. */
const PROMPT_MS = 20;

/** What the stacks say about one function as called by others: what ran inside it, and how often. */
interface Votes {
  readonly inside: Map<
    string,
    { readonly frames: readonly StackFrame[]; readonly lines: Map<number, number>; count: number }
  >;
  late: number;
  count: number;
}

/**
 * @param mayInline whether a function could have others inlined into it. V8 answers at the heads of loops, and leaves
 *   out those of short loops that it inlined: a stack that ends in such a function does not prove that it runs itself
 */
export function uncoverHidden(
  profile: UnfoldedSamples,
  stacks: readonly FramedStack[],
  mayInline: (node: SampledNode) => boolean,
): UncoveredSamples {
  const chains = chainsOf(profile.nodes);
  const votes = countVotes(chains, stacks);
  const nodes: SampledNode[] = [...profile.nodes];
  const exact: number[] = [];
  const doubtful: number[] = [];
  const parts = new Map<number, readonly Part[]>();
  for (const [index, chain] of chains.entries()) {
    const said = chain.isOwn ? votes.get(chain.key) : undefined;
    if (said === undefined || said.count < MIN_STACKS) continue;
    const prompt = said.count - said.late;
    if (prompt < MIN_STACKS || prompt < said.count * BELIEVED_SHARE) continue;
    const deeper = [...said.inside.values()].filter(({ frames }) => frames.length > 0);
    const hidden = deeper.reduce((sum, { count }) => sum + count, 0);
    if (!mayInline(profile.nodes[index] as SampledNode)) exact.push(index);
    if (hidden < prompt * BELIEVED_SHARE) continue;
    const shares: Part[] = hidden < prompt ? [{ node: index, ticks: prompt - hidden, given: 0 }] : [];
    for (const { frames, lines, count } of deeper) {
      let parent = index;
      for (const frame of frames) {
        const isLeaf = frame === frames.at(-1);
        const ticks = isLeaf ? [...lines].map(([line, hits]) => ({ line, ticks: hits })) : [];
        const node: SampledNode = { place: frame.place, parent, ticks };
        parent = nodes.push(node) - 1;
        (isLeaf && frame.isApplication && mayInline(node) ? doubtful : exact).push(parent);
      }
      shares.push({ node: parent, ticks: count, given: 0 });
    }
    parts.set(index, shares);
  }
  const known = new Set(exact);
  return {
    ...profile,
    nodes,
    samples: profile.samples.map((sample) => dealOut(sample, parts)),
    mayHideInlined: [...profile.mayHideInlined.filter((node) => !known.has(node)), ...doubtful],
    exact,
  };
}

interface Chain {
  /** The application's functions from the outermost to this one. */
  readonly key: string;
  /** Whether the node is one of the application's functions itself. */
  readonly isOwn: boolean;
  readonly function: string;
}

function chainsOf(nodes: readonly SampledNode[]): readonly (Chain & { readonly parent: number })[] {
  const chains: (Chain & { readonly parent: number })[] = [];
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

function countVotes(
  chains: readonly (Chain & { readonly parent: number })[],
  stacks: readonly FramedStack[],
): Map<string, Votes> {
  const votes = new Map<string, Votes>();
  for (const stack of stacks) {
    const found = deepestMatch(chains, stack.frames);
    if (found === null) continue;
    const said = votes.get(found.key) ?? { inside: new Map(), late: 0, count: 0 };
    votes.set(found.key, said);
    said.count++;
    if (stack.waitedMs > PROMPT_MS) {
      said.late++;
      continue;
    }
    const inside = withoutNode(stack.frames.slice(found.end));
    const key = inside
      .map(({ file, place }) => `${place.functionName} ${keyOf(file, place.line, place.column)}`)
      .join();
    const same = said.inside.get(key) ?? { frames: inside, lines: new Map<number, number>(), count: 0 };
    said.inside.set(key, same);
    same.count++;
    const line = inside.at(-1)?.line ?? 0;
    if (line > 0) same.lines.set(line, (same.lines.get(line) ?? 0) + 1);
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
  chains: readonly (Chain & { readonly parent: number })[],
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
