/**
 * Keeps what loopscope costs the service below a share of its main thread: what is dear and can wait, waits.
 *
 *   at most 2 %: 1200 ms in a minute -> 900 ms spent -> held back: no contexts, no stacks, no looks at allocations
 *   -> below 600 ms in the minute -> as before
 *
 * What was spent is what the collectors say of themselves (`own-cost`): times that were measured in the service, and
 * for what cannot be timed from inside (a request's share of the probe) constants that were measured beside it.
 */
import type { OwnCostEvent } from '../model/timeline-event.ts';
import { formatMs } from '../shared/quantity.ts';

export interface Governor {
  readonly maxShare: number;
  readonly spent: readonly Spending[];
  readonly spentMs: number;
  readonly isHeldBack: boolean;
  readonly toldMs: number;
}

interface Spending {
  readonly atMs: number;
  readonly ms: number;
}

export const DEFAULT_MAX_OVERHEAD = 0.02;
/** Attaching costs much at once (V8 tells the profiler all code): over a minute that is little. */
const OVER_MS = 60_000;
/**
 * What has begun is finished: 8 s of contexts, or a look at the allocations, cost up to 200 ms. A quarter of what may
 * be spent in a minute by default is 300 ms.
 */
const HOLD_BACK_FROM = 0.75;
const RELEASE_BELOW = 0.5;
/** As often as a screen of the last minute needs it to show it all the time. */
const TELL_EVERY_MS = 30_000;
/** Costs come some ten times a second; to sum them up by half seconds is exact enough. */
const MERGED_MS = 500;

/** @param maxShare of the main thread's time, 0 to 1 */
export function createGovernor(maxShare: number): Governor {
  return { maxShare, spent: [], spentMs: 0, isHeldBack: false, toldMs: -Infinity };
}

/** Books what was spent, and decides. */
export function reduceGovernor(governor: Governor, { atMs, mainThreadMs }: OwnCostEvent): Governor {
  const kept = governor.spent.filter((spending) => spending.atMs > atMs - OVER_MS);
  const last = kept.at(-1);
  if (last !== undefined && atMs - last.atMs < MERGED_MS) {
    kept[kept.length - 1] = { atMs: last.atMs, ms: last.ms + mainThreadMs };
  } else kept.push({ atMs, ms: mainThreadMs });
  const spentMs = kept.reduce((sum, { ms }) => sum + ms, 0);
  const bound = governor.maxShare * OVER_MS * (governor.isHeldBack ? RELEASE_BELOW : HOLD_BACK_FROM);
  return { ...governor, spent: kept, spentMs, isHeldBack: spentMs >= bound };
}

/** What there is to tell now, and the governor that has told it; null where there is nothing. */
export function takeNotice(governor: Governor, nowMs: number): readonly [string, Governor] | null {
  if (!governor.isHeldBack || nowMs - governor.toldMs < TELL_EVERY_MS) return null;
  const [took, most] = [governor.spentMs, governor.maxShare * OVER_MS].map(formatMs);
  const notice = `sampling is held back: watching took ${took} of the main thread in the last minute, of ${most} at most`;
  return [notice, { ...governor, toldMs: nowMs }];
}
