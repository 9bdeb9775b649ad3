/** The heap: its size, its collector, what allocates and what holds. */
import type { CodeFrame } from '../code-frame.ts';

export interface MemoryEvent {
  readonly kind: 'memory';
  readonly atMs: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly heapLimitBytes: number;
  readonly externalBytes: number;
  readonly arrayBuffersBytes: number;
  readonly mallocedBytes: number;
  /** Used size after the last full collection; null before one was seen. */
  readonly liveAfterGcBytes: number | null;
  /** When that collection ended: a reading follows by up to a second. Missing in recordings of before it was told. */
  readonly liveAtMs?: number | null;
  readonly spaces: readonly {
    readonly name: string;
    readonly usedBytes: number;
    readonly committedBytes: number;
  }[];
}

export interface GcEvent {
  readonly kind: 'gc';
  readonly atMs: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly type: 'scavenge' | 'mark-compact' | 'incremental' | 'weak-callbacks';
}

/** Live bytes by allocating call site, from the sampling heap profiler: what was allocated and still lives. */
export interface AllocationEvent {
  readonly kind: 'allocation';
  readonly atMs: number;
  readonly readCostMs: number;
  readonly sites: readonly { readonly stack: readonly CodeFrame[]; readonly liveBytes: number }[];
}

/** A heap snapshot that the user allowed: what it was to cost, and what it did. The service stood still for it. */
export interface HeapSnapshotEvent {
  readonly kind: 'heap-snapshot';
  readonly atMs: number;
  readonly pauseMs: number;
  readonly estimatedPauseMs: number;
  readonly estimatedExtraBytes: number;
  readonly jsonBytes: number;
}

/** What grew between two snapshots, and what holds it. Bounded: the whole comparison stays where it was made. */
export interface HeapComparisonEvent {
  readonly kind: 'heap-comparison';
  /** When the later snapshot was taken. */
  readonly atMs: number;
  /** When the earlier one was. */
  readonly sinceMs: number;
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** The biggest retainers of the growth first. */
  readonly holders: readonly HeapHolder[];
}

/** Something that was there before and holds more now. */
export interface HeapHolder {
  /** `Map`, `TimersList`; `variables` of a function that is left. */
  readonly name: string;
  /** How the program gets there: `globalThis.tracker.pending`. */
  readonly path: string;
  readonly grownBytes: number;
  /** What it holds that is new, the most bytes first. */
  readonly holds: readonly {
    readonly constructor: string;
    readonly count: number;
    readonly bytes: number;
  }[];
}
