/**
 * The samples of one or more profiles as one tree with self and total times.
 *
 *   A > B > C 12 ms, A > B 3 ms, A > D 5 ms
 *     -> (root) 0/20: A 0/20: [ B 3/15: [ C 12/12 ], D 5/5 ]      self/total
 *
 * Idle time and loopscope's own work are left out: what is shown is the service's work. Trees can be thousands of
 * frames deep (recursion in the service), so nothing here recurses.
 */
import { frameKey, isApplicationFrame, metaFrame, ROOT_FUNCTION } from './code-frame.ts';
import { selectSpanProfile, type SpanProfile } from './span-profile.ts';
import type { CodeFrame, CpuProfileEvent } from './timeline-event.ts';

export interface CallTreeNode {
  readonly frame: CodeFrame;
  readonly selfMs: number;
  readonly totalMs: number;
  /** Heaviest first. */
  readonly children: readonly CallTreeNode[];
}

export interface FunctionTime {
  readonly frame: CodeFrame;
  /** Time in the function itself and in the native and Node code that it called. */
  readonly selfMs: number;
  /** Time in which it was anywhere on the stack; recursion counts once. */
  readonly totalMs: number;
  /** `selfMs` as share of all work of the service in the span, 0 to 1. */
  readonly share: number;
}

interface GrowingNode {
  readonly frame: CodeFrame;
  selfMs: number;
  totalMs: number;
  readonly byKey: Map<string, GrowingNode>;
  children: GrowingNode[];
}

/** Merges all samples between two moments of the service's clock into one tree under `(root)`. */
export function buildCallTree(
  profiles: readonly CpuProfileEvent[],
  startMs: number,
  endMs: number,
): CallTreeNode {
  const keyOf = rememberedKeys();
  const root = growingNode(metaFrame(ROOT_FUNCTION));
  const nodes: GrowingNode[] = [root];
  for (const { frames, ms } of selectSpanProfile(profiles, startMs, endMs).stacks) {
    let node = root;
    node.totalMs += ms;
    for (let depth = frames.length - 1; depth >= 0; depth--) {
      const frame = frames[depth] as CodeFrame;
      const key = keyOf(frame);
      let child = node.byKey.get(key);
      if (child === undefined) {
        child = growingNode(frame);
        node.byKey.set(key, child);
        nodes.push(child);
      }
      child.totalMs += ms;
      node = child;
    }
    node.selfMs += ms;
  }
  for (const node of nodes) {
    node.children = [...node.byKey.values()].toSorted((a, b) => b.totalMs - a.totalMs);
    node.byKey.clear();
  }
  return root;
}

/**
 * The functions that the service's time goes to, most first. Native and Node-internal work is charged to the
 * innermost function of the user or of a package that called it: those can be changed. Work without one (garbage
 * collection, Node's own callbacks) stands under its own name.
 */
export function hottestFunctions(
  profiles: readonly CpuProfileEvent[],
  startMs: number,
  endMs: number,
  limit: number,
): readonly FunctionTime[] {
  const times = new Map<string, { frame: CodeFrame; selfMs: number; totalMs: number }>();
  let sampledMs = 0;
  for (const profile of profiles) {
    const inProfile = timesInProfile(profile, startMs, endMs);
    sampledMs += inProfile.sampledMs;
    for (const [key, { frame, selfMs, totalMs }] of inProfile.times) {
      const known = times.get(key);
      if (known) {
        known.selfMs += selfMs;
        known.totalMs += totalMs;
      } else times.set(key, { frame, selfMs, totalMs });
    }
  }
  return [...times.values()]
    .filter((time) => time.selfMs > 0)
    .toSorted((a, b) => b.selfMs - a.selfMs)
    .slice(0, limit)
    .map(({ frame, selfMs, totalMs }) => ({
      frame,
      selfMs,
      totalMs,
      share: sampledMs === 0 ? 0 : selfMs / sampledMs,
    }));
}

interface ProfileTimes {
  readonly sampledMs: number;
  /** By frame key. */
  readonly times: ReadonlyMap<string, Omit<FunctionTime, 'share'>>;
}

/** A window slides over profiles: all but those at its ends are summed up once and stay as they are. */
const wholeProfiles = new WeakMap<CpuProfileEvent, ProfileTimes>();

function timesInProfile(profile: CpuProfileEvent, startMs: number, endMs: number): ProfileTimes {
  const whole = profile.startMs >= startMs && profile.endMs <= endMs;
  const known = whole ? wholeProfiles.get(profile) : undefined;
  if (known) return known;
  const times = sumTimes(selectSpanProfile([profile], startMs, endMs));
  if (whole) wholeProfiles.set(profile, times);
  return times;
}

interface GrowingTime {
  readonly frame: CodeFrame;
  selfMs: number;
  totalMs: number;
  /** The stack that was added last: recursion counts once. */
  lastStack: number;
}

function sumTimes({ stacks, sampledMs }: SpanProfile): ProfileTimes {
  const keyOf = rememberedKeys();
  const times = new Map<string, GrowingTime>();
  const timeOf = (frame: CodeFrame): GrowingTime => {
    const key = keyOf(frame);
    const known = times.get(key);
    if (known) return known;
    const time = { frame, selfMs: 0, totalMs: 0, lastStack: -1 };
    times.set(key, time);
    return time;
  };
  for (const [index, { frames, ms }] of stacks.entries()) {
    const owner = frames.find(isApplicationFrame) ?? frames[0];
    if (owner === undefined) continue;
    timeOf(owner).selfMs += ms;
    for (const frame of frames) {
      if (frame !== owner && !isApplicationFrame(frame)) continue;
      const time = timeOf(frame);
      if (time.lastStack === index) continue;
      time.lastStack = index;
      time.totalMs += ms;
    }
  }
  return { sampledMs, times };
}

/** `frameKey`, made once for each frame of a profile: thousands of stacks share a few hundred frames. */
function rememberedKeys(): (frame: CodeFrame) => string {
  const keys = new Map<CodeFrame, string>();
  return (frame) => {
    const known = keys.get(frame);
    if (known !== undefined) return known;
    const key = frameKey(frame);
    keys.set(frame, key);
    return key;
  };
}

function growingNode(frame: CodeFrame): GrowingNode {
  return { frame, selfMs: 0, totalMs: 0, byKey: new Map(), children: [] };
}
