/**
 * A past that never grows without bound: recent entries as they came, older ones merged into ever wider steps,
 * the oldest forgotten.
 *
 *   tiers [{ stepMs: 0, spanMs: 10 min }, { stepMs: 5 s, spanMs: 8 h }]
 *   add one window every 250 ms -> 2,400 exact windows and, after 8 hours, about 5,640 merged ones
 */

export interface HistoryTier {
  /** Entries of one step are merged into one; 0 keeps each as it came. */
  readonly stepMs: number;
  /** How far back from the newest entry this tier reaches. */
  readonly spanMs: number;
  /** Upper bound on entries, or on the sum of their weights, whatever their times. */
  readonly limit: number;
}

/** Anything that covers `[startMs, endMs]`; a point has both equal. */
export interface Covered {
  readonly startMs: number;
  readonly endMs: number;
}

export interface BoundedHistory<T extends Covered> {
  /** Takes an entry in any order; one older than the reach of the whole history is dropped. */
  add(entry: T): void;
  /** Entries that touch `[fromMs, toMs]`, oldest first. */
  between(fromMs: number, toMs: number): readonly T[];
  readonly latest: T | null;
  readonly size: number;
}

/** Entries move on in batches of this share of a tier: to move the front of a long array costs its whole length. */
const SLACK = 1 / 16;

/**
 * @param tiers finest first, each reaching further back than the one before
 * @param merge joins two entries of one step; must not depend on their order. Null forgets instead of merging,
 *   and only the first tier is used.
 * @param weightOf what an entry counts for in a tier's limit, where some hold a hundred times as much as others
 */
export function createBoundedHistory<T extends Covered>(
  tiers: readonly HistoryTier[],
  merge: ((a: T, b: T) => T) | null,
  weightOf: (entry: T) => number = () => 1,
): BoundedHistory<T> {
  const levels = (merge ? tiers : tiers.slice(0, 1)).map((tier) => ({ tier, entries: [] as T[], weight: 0 }));

  const insert = (index: number, entry: T): void => {
    const level = levels[index];
    if (!level) return;
    const { entries, tier } = level;
    const position = positionAfter(entries, entry.endMs);
    const sharesStep = (at: number): boolean => sameStep(entries[at], entry, tier.stepMs);
    const partner = sharesStep(position - 1) ? position - 1 : sharesStep(position) ? position : null;
    if (merge && partner !== null) {
      const known = entries[partner] as T;
      const merged = merge(known, entry);
      entries[partner] = merged;
      level.weight += weightOf(merged) - weightOf(known);
    } else {
      entries.splice(position, 0, entry);
      level.weight += weightOf(entry);
    }
  };

  const demote = (newestMs: number): void => {
    for (const [index, level] of levels.entries()) {
      const { entries, tier } = level;
      const overdue = endsBefore(entries[0], newestMs - tier.spanMs * (1 + SLACK));
      if (!overdue && level.weight <= tier.limit) continue;
      const oldest = positionAfter(entries, newestMs - tier.spanMs, true);
      let expired = 0;
      let { weight } = level;
      while (expired < oldest || weight > tier.limit * (1 - SLACK))
        weight -= weightOf(entries[expired++] as T);
      level.weight = weight;
      for (const entry of entries.splice(0, expired)) insert(index + 1, entry);
    }
  };

  const latest = (): T | null => levels.find(({ entries }) => entries.length > 0)?.entries.at(-1) ?? null;

  return {
    add(entry) {
      insert(0, entry);
      demote((latest() as T).endMs);
    },
    between(fromMs, toMs) {
      const found: T[] = [];
      for (const { entries } of levels.toReversed()) {
        for (let i = positionAfter(entries, fromMs, true); i < entries.length; i++) {
          const entry = entries[i] as T;
          if (entry.startMs <= toMs) found.push(entry);
        }
      }
      return found;
    },
    get latest() {
      return latest();
    },
    get size() {
      return levels.reduce((sum, { entries }) => sum + entries.length, 0);
    },
  };
}

function endsBefore(entry: Covered | undefined, atMs: number): boolean {
  return entry !== undefined && entry.endMs < atMs;
}

function sameStep(a: Covered | undefined, b: Covered, stepMs: number): boolean {
  return a !== undefined && stepMs > 0 && Math.floor(a.endMs / stepMs) === Math.floor(b.endMs / stepMs);
}

/** First index whose entry ends after `endMs`, or (`orAt`) at it. Binary search: entries are sorted by their end. */
function positionAfter(entries: readonly Covered[], endMs: number, orAt = false): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const middleMs = (entries[middle] as Covered).endMs;
    if (middleMs > endMs || (orAt && middleMs === endMs)) high = middle;
    else low = middle + 1;
  }
  return low;
}
