/**
 * The one stream that everything is made from. A live session, a recording and a test produce these events;
 * the reducers, the detectors, the screens and the exports consume them and cannot tell which it was.
 *
 * Every event is plain and serialisable. Times named `atMs`, `startMs` and `endMs` are milliseconds of the
 * service's own monotonic clock (`process.hrtime()` inside the service): the clock that the CPU profiler stamps
 * its samples with, so that a sample can be placed inside a stall exactly. `session-started` carries the offset to
 * wall-clock time. Strings have passed the sanitiser when they get here.
 *
 *   session-started -> loop, requests, process … -> stall -> cpu-profile (covers the stall) -> connection: ended
 */
import type { CpuProfileEvent, ContextSamplesEvent } from './events/cpu.ts';
import type { BlockedEvent, LoopEvent, StallEvent, UnblockedEvent } from './events/loop.ts';
import type {
  AllocationEvent,
  GcEvent,
  HeapComparisonEvent,
  HeapSnapshotEvent,
  MemoryEvent,
} from './events/memory.ts';
import type { PoolsEvent } from './events/pools.ts';
import type { ProcessEvent, ThreadPoolEvent, ThreadsEvent, WorkersEvent } from './events/process.ts';
import type {
  JobsEvent,
  LargeResponsesEvent,
  OutgoingEvent,
  RequestsEvent,
  RequestStartsEvent,
} from './events/requests.ts';
import type { ConnectionEvent, MarkEvent, OwnCostEvent, SessionStartedEvent } from './events/session.ts';

export type * from './events/cpu.ts';
export type * from './events/loop.ts';
export type * from './events/memory.ts';
export type * from './events/pools.ts';
export type * from './events/process.ts';
export type * from './events/requests.ts';
export type * from './events/session.ts';
export { JOB_METHOD } from './events/requests.ts';
export type { CodeFrame } from './code-frame.ts';
export type { SparseHistogram } from './latency-histogram.ts';

/** Raised when a reader of older events would misread newer ones; recordings carry it in their header. */
export const TIMELINE_SCHEMA = 1;

export type TimelineEvent =
  | SessionStartedEvent
  | ConnectionEvent
  | LoopEvent
  | StallEvent
  | BlockedEvent
  | UnblockedEvent
  | CpuProfileEvent
  | RequestsEvent
  | RequestStartsEvent
  | GcEvent
  | MemoryEvent
  | ProcessEvent
  | ThreadPoolEvent
  | PoolsEvent
  | JobsEvent
  | ContextSamplesEvent
  | AllocationEvent
  | HeapSnapshotEvent
  | HeapComparisonEvent
  | LargeResponsesEvent
  | OutgoingEvent
  | WorkersEvent
  | ThreadsEvent
  | OwnCostEvent
  | GapEvent
  | MarkEvent;

export type TimelineEventKind = TimelineEvent['kind'];

/** Something was not seen, and why: dropped samples, a probe that was late, a reading that failed. */
export interface GapEvent {
  readonly kind: 'gap';
  readonly atMs: number;
  readonly signal: TimelineEventKind;
  readonly reason: string;
  readonly lost: number | null;
}
