/**
 * What the probe inside the service tells at each poll, as worked with here. Times are milliseconds of the
 * service's own `hrtime`; strings come from the service and have not passed the sanitiser yet.
 *
 *   { sequence: 17, state: 'live', blocked: { ageMs: 740, stack: '    at derive (/srv/auth.js:12:26)\n…' }, … }
 */
import type { MemoryEvent, RouteWindow, SparseHistogram } from '../model/timeline-event.ts';

export interface ProbeReading {
  /** Counts from 1 without holes; a hole is a reading that was lost on the way. */
  readonly sequence: number;
  readonly nowMs: number;
  /** Time since the reading before. */
  readonly windowMs: number;
  /** `pending`: the loop has not turned since the probe was put in; everything but `blocked` is null then. */
  readonly state: 'pending' | 'live';
  /** The loop does not turn as this is read, and JavaScript is on the stack. */
  readonly blocked: BlockedReading | null;
  readonly loop: LoopReading | null;
  readonly requests: RequestsReading | null;
  readonly gc: GcReading | null;
  /** About once a second. */
  readonly memory: MemoryReading | null;
  /** About twice a second: what each extension tells, by its name, as it came. */
  readonly extensions: ReadonlyMap<string, unknown> | null;
  readonly cost: CostReading | null;
}

export interface BlockedReading {
  /** When the loop last came by, or when the probe was put in, if that was later. */
  readonly sinceMs: number;
  readonly ageMs: number;
  /** V8's own text, unmapped, innermost first: lines of `    at name (file:line:column)`. */
  readonly stack: string;
  /** The request that began last and is not answered yet, where it began in this block: `GET /login/:user`. */
  readonly route: string | null;
}

export interface LoopReading {
  /** Share of the window in which the loop did not wait for events, 0 to 1. */
  readonly utilization: number;
  /** How late the heartbeat came, in microseconds. */
  readonly delay: SparseHistogram;
  readonly stalls: readonly { readonly startMs: number; readonly endMs: number }[];
  readonly droppedStalls: number;
}

export interface RequestsReading {
  readonly inFlight: number;
  readonly oldestInFlightMs: number;
  readonly aborted: number;
  /** Requests that could not be followed: more in flight than the probe has room for, or its handler failed. */
  readonly untracked: number;
  readonly routes: readonly RouteWindow[];
  readonly starts: readonly { readonly route: string; readonly startMs: number }[];
}

export interface GcReading {
  readonly collections: readonly {
    /** V8's number: 1 scavenge, 2 minor mark-sweep, 4 mark-compact, 8 incremental marking, 16 weak callbacks. */
    readonly type: number;
    readonly startMs: number;
    readonly durationMs: number;
  }[];
  readonly dropped: number;
}

export type MemoryReading = Omit<MemoryEvent, 'kind' | 'atMs'>;

export interface CostReading {
  /** Our time on the service's main thread in the window: measured, and estimated where it cannot be. */
  readonly mainThreadMs: number;
  readonly longestPauseMs: number;
}
