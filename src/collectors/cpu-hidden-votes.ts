/**
 * What stacks that were taken by asking say of the nodes of a profile: which of them hide functions, and when.
 *
 *   nodes (root) > emit > handler; stack handler < emit, while the profiler sees emit alone
 *     -> emit: { inside: [handler] }
 */
import { OWN_SCRIPT_PREFIX, placeOf, plainFunctionName, PROGRAM_FUNCTION } from '../model/code-frame.ts';
import type { CpuSamples, SampledNode } from './cpu-samples.ts';
import type { FramedStack, StackFrame } from './cpu-stack-frames.ts';
import type { ScriptPlace } from './source-locator.ts';

/** V8 answers in the middle of JavaScript at once; after this long it was native code that it had to wait for. */
const PROMPT_MS = 20;

/** V8 runs one thing after the other under the same caller: what a stack saw says nothing of a second later. */
export const NEAR_MS = 250;

/** The one native function that runs the application's code itself; others call functions of Node's that do. */
const RUN_MICROTASKS = 'runMicrotasks';

/** What one stack says about a function as called by others. */
export interface Vote {
  readonly atMs: number;
  readonly isPrompt: boolean;
  /** What ran inside the function and the profiler did not see, outermost first. */
  readonly inside: readonly StackFrame[];
}

export interface Chain {
  /** The functions from the outermost to this one: the application's, and Node's own that called the first of them. */
  readonly key: string;
  /** The last of them, where it is the node's own; '' where the node is none of them. */
  readonly function: string;
  readonly parent: number;
  readonly children: number[];
  /** Whether the application's code, or loopscope's, is on it: what Node does further in was asked for by that. */
  readonly isAsked: boolean;
  /** The node below which hidden functions stand that got this one's time; null where it has its time for itself. */
  readonly host: number | null;
}

/** Of no function: what calls without any on the stack. */
const NOBODY = { key: '', isAsked: false };

export function chainsOf(nodes: readonly SampledNode[]): readonly Chain[] {
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
      children: [],
      isAsked: isApplication || place.url.startsWith(OWN_SCRIPT_PREFIX) || above.isAsked,
      host: isProgram ? parent : mayHide ? index : null,
    });
    chains[parent]?.children.push(index);
  }
  return chains;
}

/** Who may have called a hidden function that got a sample. */
export interface Caller {
  readonly node: number;
  readonly host: number;
  /** From what the hidden function called down to the sample's node, which is none of them where it called nothing. */
  readonly path: readonly number[];
}

/**
 * The node itself, and where nobody of the application is on its stack, any of Node's functions on it: what they did
 * (`readFileSync` below `listOnTimeout`) they may have done for a function between them.
 */
export function possibleCallers(chains: readonly Chain[], node: number): readonly Caller[] {
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

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

export const keyOf = (file: string, { line, column }: ScriptPlace): string => `${file}:${line}:${column}`;

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
      append(seenAtMs, key, timeMs);
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
export function countVotes(
  profile: CpuSamples,
  chains: readonly Chain[],
  stacks: readonly FramedStack[],
): ReadonlyMap<number, readonly Vote[]> {
  const isSeen = createSightings(profile, chains);
  const matched = stacks.map((stack) => ({ ...stack, matches: matchesOf(chains, stack.frames) }));
  const promptAtMs = new Map<string, number[]>();
  for (const { atMs, waitedMs, matches } of matched) {
    if (waitedMs > PROMPT_MS) continue;
    for (const { key } of matches) append(promptAtMs, key, atMs);
  }
  const byKey = new Map<string, Vote[]>();
  for (const { atMs, waitedMs, frames, matches } of matched) {
    const deepest = matches.find(({ key }) => isSeen(key, atMs, promptAtMs.get(key) ?? []));
    if (deepest === undefined) continue;
    const vote = { atMs, isPrompt: waitedMs <= PROMPT_MS, inside: beforeNode(frames.slice(deepest.end)) };
    append(byKey, deepest.key, vote);
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
  const byKey = new Map([['', nobody]]);
  const pending: { readonly node: number; readonly above: Match }[] = [{ node: 0, above: nobody }];
  // Below a function that is not on the stack nothing is.
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, above } = next;
    const chain = chains[node];
    if (chain === undefined) continue;
    const at = chain.function === '' ? above.end - 1 : keys.indexOf(chain.function, above.end);
    if (chain.function !== '' && at === -1) continue;
    const match = chain.function === '' ? above : { key: chain.key, end: at + 1, depth: above.depth + 1 };
    byKey.set(match.key, match);
    for (const child of chain.children) pending.push({ node: child, above: match });
  }
  return [...byKey.values()].toSorted((a, b) => b.depth - a.depth);
}
