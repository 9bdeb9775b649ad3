/**
 * Keeps what loopscope costs the service below a share of its main thread: what is dear and can wait, waits.
 *
 *   at most 2 %: 1200 ms in a minute -> 900 ms spent -> held back: no contexts, no stacks, no looks at allocations
 *   -> below 600 ms in the minute -> as before
 *
 * What the probe costs grows with the requests and cannot wait: on a service that answers 20,000 a second it takes most
 * of the share. The rest keeps a part of it in any case, or a busy service would never be sampled.
 *
 * What was spent is what the collectors say of themselves (`own-cost`): times that were measured in the service, and
 * for what cannot be timed from inside (a request's share of the probe) constants that were measured beside it.
 */
import type { OwnCostEvent } from '../model/timeline-event.ts';
import { PROBE_COST } from './own-cost-collector.ts';
import { formatMs } from '../shared/quantity.ts';

export interface Governor {
  readonly maxShare: number;
  readonly spent: readonly Spending[];
  readonly spentMs: number;
  /** The part of it that could have waited. */
  readonly deferrableMs: number;
  readonly isHeldBack: boolean;
  /** More was spent than may be, whether there is something left to hold back or not. */
  readonly isOver: boolean;
  readonly toldMs: number;
}

interface Spending {
  readonly atMs: number;
  readonly ms: number;
  readonly deferrableMs: number;
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
/** Of what may be spent, whatever the probe takes: 300 ms a minute by default, a wave of contexts or ten looks. */
const KEPT_FOR_SAMPLING = 0.25;
/** As often as a screen of the last minute needs it to show it all the time. */
const TELL_EVERY_MS = 30_000;
/** Costs come some ten times a second; to sum them up by half seconds is exact enough. */
const MERGED_MS = 500;

/** @param maxShare of the main thread's time, 0 to 1 */
export function createGovernor(maxShare: number): Governor {
  return {
    maxShare,
    spent: [],
    spentMs: 0,
    deferrableMs: 0,
    isHeldBack: false,
    isOver: false,
    toldMs: -Infinity,
  };
}

/** Books what was spent, and decides. */
export function reduceGovernor(governor: Governor, { atMs, mainThreadMs, what }: OwnCostEvent): Governor {
  const kept = governor.spent.filter((spending) => spending.atMs > atMs - OVER_MS);
  const deferrable = what === PROBE_COST ? 0 : mainThreadMs;
  const last = kept.at(-1);
  if (last !== undefined && atMs - last.atMs < MERGED_MS) {
    const merged = { ms: last.ms + mainThreadMs, deferrableMs: last.deferrableMs + deferrable };
    kept[kept.length - 1] = { atMs: last.atMs, ...merged };
  } else kept.push({ atMs, ms: mainThreadMs, deferrableMs: deferrable });
  const spentMs = kept.reduce((sum, { ms }) => sum + ms, 0);
  const deferrableMs = kept.reduce((sum, spending) => sum + spending.deferrableMs, 0);
  const most = governor.maxShare * OVER_MS;
  const isNear = spentMs >= most * (governor.isHeldBack ? RELEASE_BELOW : HOLD_BACK_FROM);
  const isHeldBack = isNear && deferrableMs >= most * KEPT_FOR_SAMPLING;
  return { ...governor, spent: kept, spentMs, deferrableMs, isHeldBack, isOver: spentMs > most };
}

/** What there is to tell now, and the governor that has told it; null where there is nothing. */
export function takeNotice(governor: Governor, nowMs: number): readonly [string, Governor] | null {
  const { isHeldBack, isOver, spentMs, maxShare, toldMs } = governor;
  if ((!isHeldBack && !isOver) || nowMs - toldMs < TELL_EVERY_MS) return null;
  const consequence = isHeldBack ? 'sampling is held back' : 'nothing is left to hold back';
  const [took, most] = [spentMs, maxShare * OVER_MS].map(formatMs);
  const notice = `${consequence}: watching took ${took} of the main thread in the last minute, of ${most} at most`;
  return [notice, { ...governor, toldMs: nowMs }];
}
