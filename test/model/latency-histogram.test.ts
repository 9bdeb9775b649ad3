import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import {
  BUCKET_COUNT,
  bucketOf,
  bucketUpperUs,
  coarsenHistogram,
  histogramPercentile,
  lowestOf,
  mergeHistograms,
  orderHistogram,
  sumHistograms,
  valueOf,
} from '../../src/model/latency-histogram.ts';

const latenciesUs = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 2 }), { minLength: 1, maxLength: 300 });
const quantiles = fc.double({ min: 0, max: 1, noNaN: true });
const countAll = (values: readonly number[]) =>
  orderHistogram(values.map((value) => [bucketOf(value), 1] as const));
const exactPercentile = (values: readonly number[], quantile: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(quantile * values.length - 1e-9)) - 1]!;

describe('the buckets of a latency histogram', () => {
  it('hold each value between their ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 2 }), (value) => {
        const bucket = bucketOf(value);
        expect(bucket).toBeGreaterThanOrEqual(0);
        expect(bucket).toBeLessThan(BUCKET_COUNT);
        expect(lowestOf(bucket)).toBeLessThanOrEqual(value);
        expect(bucketUpperUs(bucket)).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  it('follow each other without a gap', () => {
    for (let bucket = 1; bucket < BUCKET_COUNT; bucket++) {
      expect(lowestOf(bucket)).toBe(bucketUpperUs(bucket - 1) + 1);
    }
  });

  it('are as HdrHistogram lays them out at 2 significant digits', () => {
    const reference = build({ numberOfSignificantValueDigits: 2, highestTrackableValue: 2 ** 31 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 2 }), (value) => {
        reference.reset();
        reference.recordValue(value);
        expect(bucketUpperUs(bucketOf(value))).toBe(reference.getValueAtPercentile(100));
      }),
    );
  });

  it('take what is no latency at all at their nearest end', () => {
    expect([-5, Number.NaN, 0, 0.7].map(bucketOf)).toEqual([0, 0, 0, 0]);
    expect([2 ** 31, 1e12, Infinity].map(bucketOf)).toEqual(
      Array.from({ length: 3 }, () => BUCKET_COUNT - 1),
    );
  });
});

describe('a percentile', () => {
  it('is within 2 significant digits of the exact one', () => {
    fc.assert(
      fc.property(latenciesUs, quantiles, (values, quantile) => {
        const exact = exactPercentile(values, quantile);
        const told = histogramPercentile(countAll(values), quantile);
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * 0.005);
      }),
    );
  });

  // An eighth for the bits that are dropped, and half a fine bucket for the middle that stands for it.
  const COARSE_ERROR = 1 / 8 + 1 / 256;

  it('of a coarse histogram is within an eighth of the exact one, coarsened before or after adding up', () => {
    fc.assert(
      fc.property(latenciesUs, latenciesUs, quantiles, (first, second, quantile) => {
        const coarse = coarsenHistogram(mergeHistograms(countAll(first), countAll(second)));
        const told = histogramPercentile(coarse, quantile);
        const exact = exactPercentile([...first, ...second], quantile);
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * COARSE_ERROR + 1);
        const apart = [first, second].map((values) => coarsenHistogram(countAll(values)));
        expect(coarsenHistogram(sumHistograms(apart))).toEqual(coarse);
      }),
    );
  });

  it('of many windows summed at once is the one of windows added up one by one', () => {
    fc.assert(
      fc.property(fc.array(latenciesUs, { maxLength: 8 }), (windows) => {
        const histograms = windows.map(countAll);
        const oneByOne = histograms.reduce((sum, each) => mergeHistograms(sum, each), []);
        expect(sumHistograms(histograms)).toEqual(oneByOne);
        expect(sumHistograms(histograms)).toEqual(oneByOne);
      }),
    );
  });

  it('of windows added up is that of all their values', () => {
    fc.assert(
      fc.property(latenciesUs, latenciesUs, quantiles, (first, second, quantile) => {
        const merged = mergeHistograms(countAll(first), countAll(second));
        expect(merged).toEqual(countAll([...first, ...second]));
        const exact = exactPercentile([...first, ...second], quantile);
        expect(Math.abs(histogramPercentile(merged, quantile) - exact)).toBeLessThanOrEqual(exact * 0.005);
      }),
    );
  });

  it('of a window is kept in pairs that other windows share', () => {
    const [[first], [second]] = [countAll([40]), mergeHistograms(countAll([7]), countAll([40])).slice(1)];
    expect(second).toBe(first);
  });

  it('of nothing is 0', () => {
    expect(histogramPercentile([], 0.99)).toBe(0);
  });

  it('of one bucket is the middle of that bucket', () => {
    expect(valueOf(bucketOf(10_000))).toBe(10_015.5);
    expect(histogramPercentile([[bucketOf(10_000), 4]], 0.5)).toBe(10_015.5);
  });
});
