/**
 * What came back: the JSON of `loopscope load --json`, schema `loopscope.load/1`. Times in milliseconds, rates per
 * second; what was not measured is null.
 */
import type { Percentiles } from '../model/report.ts';
import type { Pace } from './load-plan.ts';

export const LOAD_SCHEMA = 'loopscope.load/1';

/** Why a request has no complete answer. An answer with status 500 is an answer: see `statuses`. */
export type LoadErrorKind = 'refused' | 'reset' | 'timeout' | 'dns' | 'tls' | 'other';

export interface LoadCounts {
  readonly sent: number;
  readonly answered: number;
  /** Answers by status code. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: Readonly<Partial<Record<LoadErrorKind, number>>>;
  /**
   * With a rate: from the moment a request was due, so that waiting for a free connection counts. A request that
   * timed out counts with the time it waited. Null when nothing was answered or timed out.
   */
  readonly latencyMs: Percentiles | null;
}

export interface LoadResult extends LoadCounts {
  readonly schema: typeof LOAD_SCHEMA;
  readonly pace: Pace;
  readonly window: { readonly startedAt: string; readonly durationMs: number };
  /** Ended before its time, by a signal. */
  readonly interrupted: boolean;
  /** Answers that came while requests were sent; what trickled in afterwards is no throughput. */
  readonly answeredPerSecond: number;
  readonly bytesReceived: number;
  readonly connections: number;
  /** How far this program fell behind its own schedule: above some milliseconds the figures describe it, not the service. */
  readonly ownLagMs: number;
  readonly targets: readonly (LoadCounts & { readonly method: string; readonly url: string })[];
}

/** Where a running load stands, about once a second. */
export interface LoadProgress {
  readonly elapsedMs: number;
  readonly totalMs: number;
  readonly warmingUp: boolean;
  readonly inFlight: number;
  readonly counts: LoadCounts;
  /** Of the time since the last progress. */
  readonly recent: { readonly answeredPerSecond: number; readonly latencyMs: Percentiles | null };
}

/** Requests that failed a user: no answer, or a server error. */
export function failedCount(counts: LoadCounts): number {
  const withoutAnswer = Object.values(counts.errors).reduce((sum, count) => sum + count, 0);
  const serverErrors = Object.entries(counts.statuses).filter(([status]) => status.startsWith('5'));
  return serverErrors.reduce((sum, [, count]) => sum + count, withoutAnswer);
}
