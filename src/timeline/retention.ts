/**
 * How much past is kept. Everything in the timeline has a bound in time and in count, so that a session of eight
 * hours is as flat as one of ten minutes.
 */
import type { HistoryTier } from '../shared/bounded-history.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface Retention {
  /** Figures by window: the loop, memory, the process. Finest first. */
  readonly windows: readonly HistoryTier[];
  /** Requests by window. Each route with requests in it counts for one in the limits, and so does the window. */
  readonly requests: readonly HistoryTier[];
  /** Single happenings that are worth their exact times: stalls, collections, blocked periods, exits, gaps. */
  readonly happenings: HistoryTier;
  /** Bulky things: CPU profiles, context samples, request starts, allocation readings. */
  readonly bulk: HistoryTier;
}

/**
 * 250 ms windows for ten minutes (what a screen shows), 5 s windows for an hour (an incident), 3 min for eight
 * hours (a shift). At four readings a second that is 2,400 + 600 + 140 entries of each signal.
 */
const WINDOWS = [
  { stepMs: 0, spanMs: 10 * MINUTE_MS, limit: 4_800 },
  { stepMs: 5_000, spanMs: HOUR_MS, limit: 720 },
  { stepMs: 3 * MINUTE_MS, spanMs: 8 * HOUR_MS, limit: 160 },
] as const;

/**
 * A service with 20 busy routes is kept as everything else is; one with the 200 that the probe tells apart for a
 * minute in windows of 250 ms, then for 25 minutes in steps of 5 s.
 */
const KEPT_ROUTES = 60_000;

export const DEFAULT_RETENTION: Retention = {
  windows: WINDOWS,
  requests: WINDOWS.map((tier) => ({ ...tier, limit: KEPT_ROUTES })),
  happenings: { stepMs: 0, spanMs: 8 * HOUR_MS, limit: 10_000 },
  // A profile of 5 s at 10 ms is 500 samples, some 50 KB: ten minutes of them are 6 MB. After stalls they are cut
  // sooner and are smaller, hence the larger count.
  bulk: { stepMs: 0, spanMs: 10 * MINUTE_MS, limit: 600 },
};
