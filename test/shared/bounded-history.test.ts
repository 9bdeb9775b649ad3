import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoundedHistory, type Covered } from '../../src/shared/bounded-history.ts';

interface Counted extends Covered {
  readonly count: number;
}

const TIERS = [
  { stepMs: 0, spanMs: 100, limit: 8 },
  { stepMs: 50, spanMs: 1_000, limit: 10 },
  { stepMs: 200, spanMs: 4_000, limit: 10 },
];

const join = (a: Counted, b: Counted): Counted => ({
  startMs: Math.min(a.startMs, b.startMs),
  endMs: Math.max(a.endMs, b.endMs),
  count: a.count + b.count,
});

const point = (atMs: number): Counted => ({ startMs: atMs, endMs: atMs, count: 1 });
const counted = (entries: readonly Counted[]): number => entries.reduce((sum, { count }) => sum + count, 0);

describe('a bounded history', () => {
  it('keeps recent entries as they came and merges older ones into steps', () => {
    const history = createBoundedHistory(TIERS, join);
    for (const atMs of [0, 10, 60, 190, 200]) history.add(point(atMs));
    expect(history.between(0, 200)).toEqual([
      { startMs: 0, endMs: 10, count: 2 },
      point(60),
      point(190),
      point(200),
    ]);
  });

  it('never holds more than its limits, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 400 }), (times) => {
        const history = createBoundedHistory(TIERS, join);
        for (const atMs of times) history.add(point(atMs));
        expect(history.size).toBeLessThanOrEqual(28);
      }),
    );
  });

  it('never holds more than the weights that its limits allow, however heavy its entries are', () => {
    const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 1, max: 12 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(entries, (all) => {
        const history = createBoundedHistory(TIERS, join, ({ count }) => count);
        for (const [atMs, count] of all) history.add({ ...point(atMs), count });
        expect(counted(history.between(0, 4_000))).toBeLessThanOrEqual(28);
      }),
    );
  });

  it('loses nothing by merging within its reach', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 200 }), (times) => {
        const tiers = TIERS.map((tier) => ({ ...tier, limit: 1_000 }));
        const history = createBoundedHistory(tiers, join);
        for (const atMs of times) history.add(point(atMs));
        expect(counted(history.between(0, 1_000))).toBe(times.length);
      }),
    );
  });

  it('gives the same entries for any order of arrival while none is older than the finest tier', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 8 });
    fc.assert(
      fc.property(
        times.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const [one, other] = [createBoundedHistory(TIERS, join), createBoundedHistory(TIERS, join)];
          for (const atMs of all) one.add(point(atMs));
          for (const atMs of shuffled) other.add(point(atMs));
          expect(other.between(0, 100)).toEqual(one.between(0, 100));
        },
      ),
    );
  });

  it('finds entries that only reach into the span', () => {
    const history = createBoundedHistory<Covered>(TIERS, null);
    history.add({ startMs: 0, endMs: 40 });
    history.add({ startMs: 40, endMs: 80 });
    expect(history.between(50, 60)).toEqual([{ startMs: 40, endMs: 80 }]);
  });

  it('forgets instead of merging when it cannot merge', () => {
    const history = createBoundedHistory<Covered>(TIERS, null);
    history.add(point(0));
    history.add(point(500));
    expect(history.between(0, 500)).toEqual([point(500)]);
  });
});
