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
import { OWN_SCRIPT_PREFIX, placeOf, plainFunctionName, PROGRAM_FUNCTION } from '../model/code-frame.ts';
import type { CpuSamples, SampledNode } from './cpu-samples.ts';
import type { FramedStack, StackFrame } from './cpu-stack-frames.ts';
import type { ScriptPlace } from './source-locator.ts';

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

/** The native function of Node's that runs the application's code itself, which others do through functions of Node's. */
const RUN_MICROTASKS = 'runMicrotasks';

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
  const votes = countVotes(chains, stacks, createSightings(profile, chains));
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

interface Chain {
  /** The functions from the outermost to this one: the application's, and Node's own that called the first of them. */
  readonly key: string;
  /** The last of them, where it is the node's own; '' where the node is none of them. */
  readonly function: string;
  readonly parent: number;
  /** Whether the application's code, or loopscope's, is on it: what Node does further in was asked for by that. */
  readonly isAsked: boolean;
  /** The node below which hidden functions stand that got this one's time; null where it has its time for itself. */
  readonly host: number | null;
}

/** Of no function: what calls without any on the stack. */
const NOBODY: Omit<Chain, 'host'> = { key: '', function: '', parent: -1, isAsked: false };

function chainsOf(nodes: readonly SampledNode[]): readonly Chain[] {
  const chains: Chain[] = [];
  for (const [index, { place, parent }] of nodes.entries()) {
    const above = chains[parent] ?? NOBODY;
    const { file, origin } = placeOf(place.url);
    const isApplication = origin === 'user' || origin === 'dependency';
    const calls = origin === 'node' && !above.isAsked;
    const own = isApplication ? keyOf(file, place) : calls ? callerKey(file, place) : '';
    const isProgram = place.url === '' && place.functionName === PROGRAM_FUNCTION;
    const mayHide = own !== '' || (place.functionName === RUN_MICROTASKS && !above.isAsked);
    chains.push({
      key: own === '' ? above.key : `${above.key}\n${own}`,
      function: own,
      parent,
      isAsked: isApplication || place.url.startsWith(OWN_SCRIPT_PREFIX) || above.isAsked,
      host: isProgram ? parent : mayHide ? index : null,
    });
  }
  return chains;
}

/** Who may have called a hidden function that got a sample. */
interface Caller {
  readonly node: number;
  readonly host: number;
  /** From what the hidden function called down to the sample's node, which is none of them where it called nothing. */
  readonly path: readonly number[];
}

/**
 * The node itself, and where nobody of the application is on its stack, any of Node's functions on it: what they did
 * (`readFileSync` below `listOnTimeout`) they may have done for a function between them.
 */
function possibleCallers(chains: readonly Chain[], node: number): readonly Caller[] {
  const callers: Caller[] = [];
  const path: number[] = [];
  for (let at = node; at >= 0; at = chains[at]?.parent ?? -1) {
    const { host, isAsked } = chains[at] as Chain;
    if (host !== null) callers.push({ node: at, host, path: path.toReversed() });
    if (isAsked) break;
    path.push(at);
  }
  return callers;
}

function memoised<T>(compute: (node: number) => T): (node: number) => T {
  const known = new Map<number, T>();
  return (node) => {
    const value = known.get(node) ?? compute(node);
    known.set(node, value);
    return value;
  };
}

const keyOf = (file: string, { line, column }: ScriptPlace): string => `${file}:${line}:${column}`;

/** Node's sources are not at hand: where execution stood in one of its functions does not tell where that begins. */
const callerKey = (file: string, { functionName }: ScriptPlace): string =>
  `${file} ${plainFunctionName(functionName)}`;

/** Whether the profiler sees a chain at a moment. */
type Sightings = (key: string, atMs: number, stacksAtMs: readonly number[]) => boolean;

/**
 * The profiler looks three times as often as stacks are taken: what it saw less often than they did around a moment
 * is hidden from it. Of moments before and after its window nothing can be told.
 */
function createSightings({ startMs, endMs, samples }: CpuSamples, chains: readonly Chain[]): Sightings {
  const seenAtMs = new Map<string, number[]>();
  for (const { node, timeMs } of samples) {
    let key: string | null = null;
    for (let at = node; at >= 0; at = chains[at]?.parent ?? -1) {
      const chain = chains[at] as Chain;
      if (chain.key === key) continue;
      key = chain.key;
      const times = seenAtMs.get(key);
      if (times === undefined) seenAtMs.set(key, [timeMs]);
      else times.push(timeMs);
    }
  }
  return (key, atMs, stacksAtMs) => {
    if (key === '' || atMs < startMs || atMs > endMs) return true;
    const isNear = (timeMs: number): boolean =>
      timeMs >= startMs && timeMs <= endMs && Math.abs(timeMs - atMs) <= NEAR_MS;
    return (seenAtMs.get(key) ?? []).filter(isNear).length >= stacksAtMs.filter(isNear).length;
  };
}

/** By node: several have the same functions above them. */
function countVotes(
  chains: readonly Chain[],
  stacks: readonly FramedStack[],
  isSeen: Sightings,
): Map<number, readonly Vote[]> {
  const matched = stacks.map((stack) => ({ ...stack, matches: matchesOf(chains, stack.frames) }));
  const promptAtMs = new Map<string, number[]>();
  for (const { atMs, waitedMs, matches } of matched) {
    if (waitedMs > PROMPT_MS) continue;
    for (const { key } of matches) promptAtMs.set(key, [...(promptAtMs.get(key) ?? []), atMs]);
  }
  const byKey = new Map<string, Vote[]>();
  for (const { atMs, waitedMs, frames, matches } of matched) {
    const deepest = matches.find(({ key }) => isSeen(key, atMs, promptAtMs.get(key) ?? []));
    if (deepest === undefined) continue;
    const vote = { atMs, isPrompt: waitedMs <= PROMPT_MS, inside: beforeNode(frames.slice(deepest.end)) };
    const said = byKey.get(deepest.key);
    if (said === undefined) byKey.set(deepest.key, [vote]);
    else said.push(vote);
  }
  const votes = new Map<number, readonly Vote[]>();
  for (const [index, { host, key }] of chains.entries()) {
    const said = host === null ? undefined : byKey.get(key);
    if (said !== undefined) votes.set(index, said);
  }
  return votes;
}

/** What Node's own functions do that a hidden one called, the profiler sees by itself. */
function beforeNode(frames: readonly StackFrame[]): readonly StackFrame[] {
  const node = frames.findIndex(({ isApplication, isNative }) => !isApplication && !isNative);
  return node === -1 ? frames : frames.slice(0, node);
}

interface Match {
  readonly key: string;
  /** Past its last function on the stack. */
  readonly end: number;
  readonly depth: number;
}

/** The chains of the profile whose functions are all on the stack, in their order, the longest first. */
function matchesOf(chains: readonly Chain[], frames: readonly StackFrame[]): readonly Match[] {
  const application = frames.findIndex(({ isApplication }) => isApplication);
  const keys = frames.map(({ isApplication, isNative, file, place }, at) => {
    if (isApplication) return keyOf(file, place);
    return isNative || (application !== -1 && at > application) ? null : callerKey(file, place);
  });
  const nobody: Match = { key: '', end: 0, depth: 0 };
  const byNode: (Match | null)[] = [];
  const byKey = new Map([['', nobody]]);
  for (const { parent, function: own, key } of chains) {
    const above = parent === -1 ? nobody : (byNode[parent] ?? null);
    const at = own === '' || above === null ? -1 : keys.indexOf(own, above.end);
    const match =
      own === '' ? above : above === null || at === -1 ? null : { key, end: at + 1, depth: above.depth + 1 };
    byNode.push(match);
    if (match !== null) byKey.set(key, match);
  }
  return [...byKey.values()].toSorted((a, b) => b.depth - a.depth);
}
