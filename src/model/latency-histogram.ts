/**
 * The log-linear histogram that every latency is counted in, inside the service and here: values below 256 have a
 * bucket each, above that every power of two is cut into 128 buckets. A bucket is never wider than 1/128 of its
 * values, so any value, and any percentile, is known within 2 significant digits (HdrHistogram's layout at that
 * precision; see http://hdrhistogram.org).
 *
 *   200 µs -> bucket 200 (200..200)     10,000 µs -> bucket 924 (9,984..10,047)
 *
 * `hdr-histogram-js` is the reference in the tests and not the implementation: the service side has to be a few
 * lines of text without a dependency, both sides must share one layout, and merging sparse windows needs none of
 * its 150 KB.
 */

/** Counts by bucket of this histogram, the empty ones left out. */
export type SparseHistogram = readonly (readonly [bucket: number, count: number])[];

/** Buckets for values up to 2^31 - 1: 35 minutes in microseconds. */
export const BUCKET_COUNT = 3200;

/**
 * The bucket of a value. Fractions are cut off, values out of range go to the nearest end. Runs inside the service
 * for every request, so it refers to nothing outside itself.
 */
export function bucketOf(value: number): number {
  if (!(value >= 1)) return 0;
  if (value < 256) return value | 0;
  if (value >= 2147483647) return 3199;
  const shift = 24 - Math.clz32(value | 0);
  return shift * 128 + (value >>> shift);
}

/** The lowest value of a bucket. */
export function lowestOf(bucket: number): number {
  if (bucket < 256) return bucket;
  const shift = Math.floor(bucket / 128) - 1;
  return (bucket - shift * 128) * 2 ** shift;
}

/** The value that stands for a bucket: its middle, at most half a bucket (0.4 %) from any value in it. */
export function valueOf(bucket: number): number {
  if (bucket < 256) return bucket;
  const width = 2 ** (Math.floor(bucket / 128) - 1);
  return lowestOf(bucket) + (width - 1) / 2;
}

/** The highest value of a bucket, in the histogram's unit (microseconds everywhere in this program). */
export function bucketUpperUs(bucket: number): number {
  return lowestOf(bucket + 1) - 1;
}

/**
 * Counts up to this have one pair for each bucket, which all histograms share: an hour of windows holds millions of
 * them, of 64 bytes each, and nearly all say that a bucket was hit once or a few times. At most 3 MB.
 */
const SHARED_COUNTS = 16;
const sharedPairs: (readonly [bucket: number, count: number])[] = [];

function pairOf(bucket: number, count: number): readonly [bucket: number, count: number] {
  const isShared = Number.isInteger(count) && count >= 0 && count < SHARED_COUNTS;
  return isShared ? (sharedPairs[bucket * SHARED_COUNTS + count] ??= [bucket, count]) : [bucket, count];
}

/** Orders counts as every histogram in a timeline event is ordered: by bucket, each bucket once. */
export function orderHistogram(counts: Iterable<readonly [bucket: number, count: number]>): SparseHistogram {
  const byBucket = new Map<number, number>();
  for (const [bucket, count] of counts) byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + count);
  return Array.from(byBucket, ([bucket, count]) => pairOf(bucket, count)).toSorted(([a], [b]) => a - b);
}

/** Adds two ordered histograms up into an ordered one. */
export function mergeHistograms(a: SparseHistogram, b: SparseHistogram): SparseHistogram {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: (readonly [number, number])[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && (right === undefined || left[0] < right[0])) {
      merged.push(left);
      i++;
    } else if (right !== undefined && (left === undefined || right[0] < left[0])) {
      merged.push(right);
      j++;
    } else if (left !== undefined && right !== undefined) {
      merged.push(pairOf(left[0], left[1] + right[1]));
      i++;
      j++;
    }
  }
  return merged;
}

/** Scratch of the sums, all zero between calls: sums over a minute of 20 routes are asked for every second. */
const sums = new Float64Array(BUCKET_COUNT);

/** Adds up on the scratch; the caller blanks the buckets that it is told. */
function addOnScratch(histograms: Iterable<SparseHistogram>): {
  readonly lowest: number;
  readonly highest: number;
} {
  let lowest = BUCKET_COUNT;
  let highest = -1;
  for (const histogram of histograms) {
    // Taking the pairs apart with an iterator each was half of all that the screens allocated.
    for (let i = 0; i < histogram.length; i++) {
      const counted = histogram[i] as SparseHistogram[number];
      const bucket = counted[0];
      sums[bucket] = (sums[bucket] as number) + counted[1];
      if (bucket < lowest) lowest = bucket;
      if (bucket > highest) highest = bucket;
    }
  }
  return { lowest, highest };
}

/** Adds any number of ordered histograms up into an ordered one: `mergeHistograms` without the ones in between. */
export function sumHistograms(histograms: Iterable<SparseHistogram>): SparseHistogram {
  const { lowest, highest } = addOnScratch(histograms);
  const sum: (readonly [number, number])[] = [];
  for (let bucket = lowest; bucket <= highest; bucket++) {
    const count = sums[bucket] as number;
    if (count > 0) sum.push(pairOf(bucket, count));
  }
  if (highest >= 0) sums.fill(0, lowest, highest + 1);
  return sum;
}

/**
 * Percentiles of all that any number of histograms counted, without making their sum.
 * @param quantiles 0 to 1, rising
 * @returns one value for each, as `histogramPercentile` has it; null when nothing was counted
 */
export function percentilesOfSum(
  histograms: Iterable<SparseHistogram>,
  quantiles: readonly number[],
): readonly number[] | null {
  const { lowest, highest } = addOnScratch(histograms);
  if (highest < 0) return null;
  let total = 0;
  for (let bucket = lowest; bucket <= highest; bucket++) total += sums[bucket] as number;
  let bucket = lowest;
  let seen = sums[bucket] as number;
  const values = quantiles.map((quantile) => {
    const rank = rankOf(quantile, total);
    while (seen < rank && bucket < highest) seen += sums[++bucket] as number;
    return valueOf(bucket);
  });
  sums.fill(0, lowest, highest + 1);
  return values;
}

/** Bits of a value that a coarse histogram keeps. */
const COARSE_BITS = 3;

/**
 * The same counts in four buckets for each power of two, each standing in the middle of its values (within 13 %): a
 * tenth of the memory, for what is long past. What is coarse already stays as it is.
 */
export function coarsenHistogram(histogram: SparseHistogram): SparseHistogram {
  const counts = new Map<number, number>();
  for (const [bucket, count] of histogram) {
    const coarse = coarseBucketOf(bucket);
    counts.set(coarse, (counts.get(coarse) ?? 0) + count);
  }
  return Array.from(counts, ([bucket, count]) => pairOf(bucket, count));
}

function coarseBucketOf(bucket: number): number {
  const value = lowestOf(bucket);
  const dropped = 32 - Math.clz32(value) - COARSE_BITS;
  return dropped <= 0 ? bucket : bucketOf(((value >>> dropped) + 0.5) * 2 ** dropped);
}

/**
 * A percentile of an ordered histogram by nearest rank (the smallest value that at least `quantile`, 0 to 1, of
 * all values do not exceed), in the histogram's unit. 0 when nothing was counted.
 */
export function histogramPercentile(counts: SparseHistogram, quantile: number): number {
  const total = counts.reduce((sum, counted) => sum + counted[1], 0);
  const rank = rankOf(quantile, total);
  let seen = 0;
  for (const [bucket, count] of counts) {
    seen += count;
    if (seen >= rank) return valueOf(bucket);
  }
  return 0;
}

/** Guards against 0.07 * 100 = 7.000000000000001, which would ask for the eighth value. */
const rankOf = (quantile: number, total: number): number => Math.max(1, Math.ceil(quantile * total - 1e-9));
