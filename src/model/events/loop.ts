/** The event loop: how busy it is, when it stood still, and what blocks it now. */
import type { CodeFrame } from '../code-frame.ts';
import type { SparseHistogram } from '../latency-histogram.ts';

/** One reading of the loop: a window of about 250 ms, or as long as the loop was blocked. */
export interface LoopEvent {
  readonly kind: 'loop';
  readonly atMs: number;
  readonly windowMs: number;
  /** Share of the window in which the loop was not waiting for events, 0 to 1. */
  readonly utilization: number;
  /** Event-loop delay in the window; the timer's own resolution is already subtracted. Microsecond histogram. */
  readonly delay: SparseHistogram;
}

/** The loop did not turn for `endMs - startMs`. */
export interface StallEvent {
  readonly kind: 'stall';
  readonly atMs: number;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The loop is blocked as we speak. Sent again while it lasts, with a growing age.
 * `javascript`: the stack is exact, taken now. `native`: a native call gives no stack until it returns; the kernel
 * says what it does.
 */
export interface BlockedEvent {
  readonly kind: 'blocked';
  readonly atMs: number;
  readonly sinceMs: number;
  readonly in: 'javascript' | 'native';
  /** Innermost first; empty for a native call. */
  readonly stack: readonly CodeFrame[];
  readonly route: string | null;
  /** For a native call: `on CPU`, `waiting for a CPU`, or `waiting for its child: sleep 1.5`. */
  readonly nativeState: string | null;
}

export interface UnblockedEvent {
  readonly kind: 'unblocked';
  readonly atMs: number;
  readonly sinceMs: number;
}
