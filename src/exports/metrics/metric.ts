/**
 * Metrics as every system of metrics has them, before one of their formats. Names, units and attributes are those of
 * OpenTelemetry's semantic conventions where they have one, and begin with `loopscope.` where they do not.
 *
 *   { kind: 'counter', name: 'nodejs.eventloop.time', unit: 's',
 *     points: [{ attributes: { 'nodejs.eventloop.state': 'active' }, value: 12.5 }] }
 */
import { bucketUpperUs, valueOf } from '../../model/latency-histogram.ts';
import type { SparseHistogram } from '../../model/timeline-event.ts';

/** `s` seconds, `By` bytes, `1` a share from 0 to 1, `{…}` a count of what stands in the braces (UCUM). */
export type MetricUnit = 's' | 'By' | '1' | `{${string}}`;

export type Attributes = Readonly<Record<string, string>>;

interface MetricHead {
  readonly name: string;
  readonly description: string;
  readonly unit: MetricUnit;
}

export interface NumberPoint {
  readonly attributes: Attributes;
  readonly value: number;
}

export interface HistogramPoint {
  readonly attributes: Attributes;
  readonly distribution: Distribution;
}

/** Values counted by the bounds that they do not exceed; the last count is of what exceeds them all. */
export interface Distribution {
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export type Metric =
  /** What is now, and cannot be added up: a share, a percentile. */
  | (MetricHead & { readonly kind: 'gauge'; readonly points: readonly NumberPoint[] })
  /** What is now, and can be added up over processes: bytes, connections. */
  | (MetricHead & { readonly kind: 'level'; readonly points: readonly NumberPoint[] })
  /** What has happened since the session began. */
  | (MetricHead & { readonly kind: 'counter'; readonly points: readonly NumberPoint[] })
  | (MetricHead & {
      readonly kind: 'histogram';
      readonly bounds: readonly number[];
      readonly points: readonly HistogramPoint[];
    });

/** All metrics of a session at one moment. */
export interface MetricReading {
  readonly atWallMs: number;
  /** When counting began. */
  readonly sinceWallMs: number;
  readonly metrics: readonly Metric[];
}

/** In seconds, as the conventions advise for the duration of requests. */
export const REQUEST_BOUNDS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** In seconds, as the conventions advise for the collector. */
export const COLLECTION_BOUNDS: readonly number[] = [0.01, 0.1, 1, 10];

export const NO_DISTRIBUTION: Distribution = { counts: [], count: 0, sum: 0 };

/** Adds a histogram of microseconds to a distribution over bounds in seconds. */
export function addHistogram(
  to: Distribution,
  histogram: SparseHistogram,
  bounds: readonly number[],
): Distribution {
  const counts = Array.from({ length: bounds.length + 1 }, (_, index) => to.counts[index] ?? 0);
  let { count, sum } = to;
  for (const [bucket, times] of histogram) {
    const at = boundIndex(bucketUpperUs(bucket) / 1e6, bounds);
    counts[at] = (counts[at] ?? 0) + times;
    count += times;
    sum += (times * valueOf(bucket)) / 1e6;
  }
  return { counts, count, sum };
}

/** Adds one value, in seconds. */
export function addValue(to: Distribution, seconds: number, bounds: readonly number[]): Distribution {
  const counts = Array.from({ length: bounds.length + 1 }, (_, index) => to.counts[index] ?? 0);
  const at = boundIndex(seconds, bounds);
  counts[at] = (counts[at] ?? 0) + 1;
  return { counts, count: to.count + 1, sum: to.sum + seconds };
}

function boundIndex(seconds: number, bounds: readonly number[]): number {
  const at = bounds.findIndex((bound) => seconds <= bound);
  return at === -1 ? bounds.length : at;
}
