/** When growth of memory is a trend and not a warm-up; shared by what looks at the growth and at the limits. */
import type { FindingCauses } from '../model/finding.ts';
import type { MemoryGrowth } from '../timeline/memory-growth.ts';
import type { Span } from '../timeline/series.ts';
import type { DiagnosisView } from './detector.ts';

type GrowthCause = FindingCauses['memory-growth'];

const MB = 1024 * 1024;

/** Growth is looked for further back than other faults: slow leaks hide in short spans. */
const LOOK_BACK_MS = 15 * 60_000;
/** Four looks at the allocations (`allocation-policy.ts`): three steps show whether the last is as long as the first. */
export const SHORTEST_GROWTH_MS = 8_000;
/** What compiled code and warm caches of a started service add: a few MB. The shares are for large processes. */
const LEAST_BYTES: Readonly<Record<GrowthCause, number>> = {
  heap: 4 * MB,
  external: 16 * MB,
  native: 48 * MB,
};
const LEAST_SHARE: Readonly<Record<GrowthCause, number>> = { heap: 0.1, external: 0.25, native: 0.3 };
/** The later half must climb at least half as fast as the whole; a cache that fills up does not. */
const STILL_GROWING = 0.5;
/** A tenth of the pace that it began with: nothing is added any more. */
const STOPPED = 0.1;
/** Of what is called growth. */
const WORTH_A_WORD = 0.25;
/**
 * A cache of N entries of which R are asked for in a second gets 1 - exp(-R t / N) of its entries, so that from the first
 * third of the time to the last one, two thirds of it later, its pace falls to exp(-2/3 R t / N). A leak under 50
 * requests/s varies by 10%. What keeps more of its pace than a cache with N / R of this many milliseconds is a leak ...
 */
const FILLS_IN_MS = 40_000;
/** ... and whoever watches for long sees more than traffic that ebbs a little. */
const KEPT_PACE = 0.7;
/** Three of four steps upwards: chance gives two. Of fewer steps every one. */
const RISING_SHARE = 0.75;

/** As far back as growth is looked for. */
export function growthSpan({ timeline, span }: DiagnosisView): Span {
  const beganMs = timeline.session?.atMs ?? timeline.firstMs ?? span.fromMs;
  return { fromMs: Math.max(beganMs, span.toMs - LOOK_BACK_MS), toMs: span.toMs };
}

export function grows(growth: MemoryGrowth, cause: GrowthCause): boolean {
  const grownBytes = growth.lastBytes - growth.firstBytes;
  return climbs(growth) && grownBytes >= calledGrowthBytes(growth, cause);
}

const calledGrowthBytes = ({ firstBytes }: MemoryGrowth, cause: GrowthCause): number =>
  Math.max(LEAST_BYTES[cause], firstBytes * LEAST_SHARE[cause]);

/** It rises and did not stop, if unsteadily or ever slower: a leak under less load, or a cache that fills. */
export function mayGrow(growth: MemoryGrowth, cause: GrowthCause): boolean {
  return (
    growth.afterCollections &&
    growth.overMs >= SHORTEST_GROWTH_MS &&
    growth.risingShare > 0.5 &&
    growth.keptPace > STOPPED &&
    growth.lastBytes - growth.firstBytes >= calledGrowthBytes(growth, cause) * WORTH_A_WORD
  );
}

/** Steadily, and as steeply as ever, however little it is so far. */
export function climbs(growth: MemoryGrowth): boolean {
  return (
    growth.afterCollections &&
    growth.overMs >= SHORTEST_GROWTH_MS &&
    growth.bytesPerSecond > 0 &&
    growth.recentBytesPerSecond >= growth.bytesPerSecond * STILL_GROWING &&
    growth.keptPace >= leastPace(growth.overMs) &&
    growth.risingShare >= RISING_SHARE
  );
}

const leastPace = (overMs: number): number =>
  Math.max(KEPT_PACE, Math.exp((-2 / 3) * (overMs / FILLS_IN_MS)));
