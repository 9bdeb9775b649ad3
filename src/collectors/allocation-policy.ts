/**
 * When a look at the allocations is worth the pause that it costs: V8 collects the whole heap before it answers.
 *
 *   heap of 30 MB:  33 ms, looked at three times in 15 s, then each 5 s while it grows and once a minute else
 *   heap of 300 MB: 330 ms, looked at when the live set has grown, and never more often than each 17 s
 */

/** One collection costs about 1.1 ms per megabyte of heap (measured on Node 20 to 24). */
const PAUSE_MS_PER_BYTE = 1.1 / 1e6;
/** So that looking takes at most a fiftieth of the service's time. */
const REST_RATIO = 50;
/** Three looks make a line: a leak shows within 15 s. */
const SHORTEST_REST_MS = 5_000;
/** Enough for a line; then it is known whether anything grows, and a service where nothing does is left alone. */
const LOOKS_IN_ANY_CASE = 3;
const QUIET_REST_MS = 60_000;
/** What a service gains and loses between two collections without growing. */
const QUIET_BYTES = 5e5;
/** A pause that nobody feels (100 ms; Nielsen 1993) needs no reason; on a busy machine 30 ms of work take as long. */
const ORDINARY_PAUSE_MS = 100;
/** Beyond half a second we would be the incident; the heap's own figures must do. */
const LONGEST_PAUSE_MS = 500;
/** Growth that is worth a long pause: a tenth of what lived, and more than a warming cache gains in a moment. */
const GROWTH_RATIO = 1.1;
const GROWTH_BYTES = 8e6;

export interface AllocationNeed {
  readonly nowMs: number;
  readonly heapUsedBytes: number;
  readonly looks: number;
  /** Heap and external memory. Least use seen since the last look, or since the start: what lives, when collections were seen in between. */
  readonly liveBytes: number;
  readonly liveBytesAtLastLook: number;
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
  const restMs = Math.max(SHORTEST_REST_MS, (need.lastCostMs ?? 0) * REST_RATIO);
  if (need.lastCostMs !== null && need.nowMs - need.lastLookMs < restMs) return { kind: 'wait' };
  if (!collects) return { kind: 'look' };
  const gainedBytes = need.liveBytes - need.liveBytesAtLastLook;
  const isQuiet = need.looks >= LOOKS_IN_ANY_CASE && gainedBytes < QUIET_BYTES;
  if (isQuiet && need.nowMs - need.lastLookMs < QUIET_REST_MS) return { kind: 'wait' };
  const pauseMs = Math.max(need.heapUsedBytes * PAUSE_MS_PER_BYTE, need.lastCostMs ?? 0);
  if (pauseMs <= ORDINARY_PAUSE_MS) return { kind: 'look' };
  const grown = need.liveBytes > need.liveBytesAtLastLook * GROWTH_RATIO && gainedBytes > GROWTH_BYTES;
  if (!grown) return { kind: 'wait' };
  return pauseMs <= LONGEST_PAUSE_MS ? { kind: 'look' } : { kind: 'too-large', pauseMs };
}
