/**
 * When a look at the allocations is worth the pause that it costs: V8 collects the whole heap before it answers, and
 * what it had compiled for objects of which none lives just then is thrown away. On a hello world that is busy half of
 * the time each look makes requests cost twice as much for half a second (Node 20 and 24). So nothing is looked at
 * where nothing grows.
 *
 *   2 MB more are held after 3 s  -> looked at six times in 18 s, then each 20 s while what lives grows
 *   the collection took them back -> not looked at for a minute
 */
/** One collection costs about 1.1 ms per megabyte of heap (measured on Node 20 to 24). */
const PAUSE_MS_PER_BYTE = 1.1 / 1e6;
/** So that looking takes at most a fiftieth of the service's time. */
const REST_RATIO = 50;
/** Four looks make a line (`memory-trend.ts`): most leaks show to who watches for 15 s. */
const SHORTEST_REST_MS = 3_000;
/**
 * Two more than a line takes, for what grows as a cache might; then it is known that something grows, and three points a
 * minute say whether it goes on.
 */
const LOOKS_IN_A_ROW = 6;
const LATER_REST_MS = 20_000;
const QUIET_REST_MS = 60_000;
/** A quarter of what is called growth (see `memory-trend.ts`): enough to begin the line that proves it. */
const HELD_BYTES = 1e6;
/** What a service gains and loses between two collections without growing. */
const QUIET_BYTES = 5e5;
/** Our bar for a pause in a service that may be well; a longer one needs what is called growth (`memory-trend.ts`). */
const UNFELT_PAUSE_MS = 15;
const CALLED_GROWTH_BYTES = 4e6;
/** A pause that nobody feels (100 ms; Nielsen 1993) where it is growth; on a busy machine 30 ms of work take as long. */
const ORDINARY_PAUSE_MS = 100;
/** Beyond half a second we would be the incident; the heap's own figures must do. */
const LONGEST_PAUSE_MS = 500;
/** Growth that is worth a long pause: a tenth of what lived, and more than a warming cache gains in a moment. */
const GROWTH_SHARE = 0.1;
const GROWTH_BYTES = 8e6;

export interface AllocationNeed {
  readonly nowMs: number;
  readonly heapUsedBytes: number;
  readonly looks: number;
  /** What is held more than after the last look, or at the start; some of it may be garbage. */
  readonly gainedBytes: number;
  /** What was alive after the last look, and how much more that is than after the one before; null before it. */
  readonly liveBytes: number;
  readonly grownBytes: number | null;
  readonly lastLookMs: number;
  /** What the last look cost; null before the first. */
  readonly lastCostMs: number | null;
}

export type AllocationVerdict =
  | { readonly kind: 'look' }
  | { readonly kind: 'wait' }
  /** The pause would be too long. */
  | { readonly kind: 'too-large'; readonly pauseMs: number };

/** @param collects whether a look costs a collection, as it does on all versions but Node 26 */
export function judgeAllocationLook(need: AllocationNeed, collects: boolean): AllocationVerdict {
  const shortestMs = Math.max(SHORTEST_REST_MS, (need.lastCostMs ?? 0) * REST_RATIO);
  const restMs = collects ? Math.max(shortestMs, restAfter(need)) : shortestMs;
  if (need.lastCostMs !== null && need.nowMs - need.lastLookMs < restMs) return { kind: 'wait' };
  if (!collects) return { kind: 'look' };
  if (need.gainedBytes < HELD_BYTES) return { kind: 'wait' };
  const pauseMs = Math.max(need.heapUsedBytes * PAUSE_MS_PER_BYTE, need.lastCostMs ?? 0);
  if (pauseMs <= UNFELT_PAUSE_MS) return { kind: 'look' };
  if (pauseMs <= ORDINARY_PAUSE_MS) {
    // The second look tells whether what the first one was for was garbage.
    const isSecond = need.looks > 0 && need.grownBytes === null;
    const isGrowing = need.grownBytes !== null && need.grownBytes >= QUIET_BYTES;
    const mayGrow = isSecond || isGrowing || need.gainedBytes >= CALLED_GROWTH_BYTES;
    return mayGrow ? { kind: 'look' } : { kind: 'wait' };
  }
  const gained = Math.max(GROWTH_BYTES, need.liveBytes * GROWTH_SHARE);
  if (need.gainedBytes <= gained) return { kind: 'wait' };
  return pauseMs <= LONGEST_PAUSE_MS ? { kind: 'look' } : { kind: 'too-large', pauseMs };
}

function restAfter({ looks, grownBytes }: AllocationNeed): number {
  if (grownBytes !== null && grownBytes < QUIET_BYTES) return QUIET_REST_MS;
  return looks < LOOKS_IN_A_ROW ? 0 : LATER_REST_MS;
}
