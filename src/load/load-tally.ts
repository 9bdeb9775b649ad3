/** Counts a running load in bounded memory: one histogram per target, whatever the number of requests. */
import { LatencyRecorder } from './latency-recorder.ts';
import type { LoadCounts, LoadErrorKind } from './load-result.ts';

/** Mutable while the load runs; `counts()` is the immutable result. */
export class LoadTally {
  sent = 0;
  bytesReceived = 0;
  readonly #latency = new LatencyRecorder();
  readonly #statuses = new Map<number, number>();
  readonly #errors = new Map<LoadErrorKind, number>();

  answered(status: number, latencyMs: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#latency.record(latencyMs);
  }

  failed(kind: LoadErrorKind, waitedMs: number): void {
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
    // A refused connection is fast and says nothing about latency; a time-out waited at least that long.
    if (kind === 'timeout') this.#latency.record(waitedMs);
  }

  counts(): LoadCounts {
    return {
      sent: this.sent,
      answered: [...this.#statuses.values()].reduce((sum, count) => sum + count, 0),
      statuses: Object.fromEntries([...this.#statuses].map(([status, count]) => [String(status), count])),
      errors: Object.fromEntries(this.#errors),
      latencyMs: this.#latency.percentiles(),
    };
  }

  /** Adds what another tally has counted. */
  add(other: LoadTally): void {
    this.sent += other.sent;
    this.bytesReceived += other.bytesReceived;
    for (const [status, count] of other.#statuses) {
      this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + count);
    }
    for (const [kind, count] of other.#errors) this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + count);
    this.#latency.add(other.#latency);
  }
}
