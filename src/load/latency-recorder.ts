/** Latencies of one target as they come in, and their percentiles when asked. */
import { BUCKET_COUNT, bucketOf, histogramPercentile } from '../model/latency-histogram.ts';
import type { Percentiles } from '../model/report.ts';
import type { SparseHistogram } from '../model/timeline-event.ts';

export class LatencyRecorder {
  readonly #counts = new Float64Array(BUCKET_COUNT);
  #maxMs = 0;

  record(latencyMs: number): void {
    const bucket = bucketOf(latencyMs * 1000);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    if (latencyMs > this.#maxMs) this.#maxMs = latencyMs;
  }

  add(other: LatencyRecorder): void {
    for (const [bucket, count] of other.#sparse()) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    }
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
  }

  /** Null when nothing was recorded. The largest value is exact, the others within the histogram's precision. */
  percentiles(): Percentiles | null {
    const counts = this.#sparse();
    if (counts.length === 0) return null;
    const at = (quantile: number): number =>
      Math.min(this.#maxMs, histogramPercentile(counts, quantile) / 1000);
    return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: this.#maxMs };
  }

  #sparse(): SparseHistogram {
    return [...this.#counts.entries()].filter(([, count]) => count > 0);
  }
}
