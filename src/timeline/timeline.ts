/**
 * The bounded past of one session, and the only reader of timeline events. It depends on the events alone: no
 * clock, no I/O; a live session and its replay build the same timeline.
 *
 *   const timeline = createTimeline();
 *   for (const event of events) reduceTimeline(timeline, event);
 *   selectLoopDelay(timeline, { fromMs, toMs }, 250)
 *
 * The timeline is a builder: `reduceTimeline` adds to it in place (a copy for each of some 20 events a second
 * would be waste). Selectors hand out values of their own, for whatever span is asked: a frozen screen keeps its
 * span while the timeline goes on.
 */
import { createBoundedHistory } from '../shared/bounded-history.ts';
import type { BoundedHistory } from '../shared/bounded-history.ts';
import { assertNever } from '../shared/result.ts';
import type {
  AllocationEvent,
  BlockedEvent,
  ConnectionEvent,
  ContextSamplesEvent,
  CpuProfileEvent,
  GapEvent,
  GcEvent,
  HeapComparisonEvent,
  HeapSnapshotEvent,
  JobsEvent,
  LargeResponsesEvent,
  MarkEvent,
  MemoryEvent,
  OutgoingEvent,
  OwnCostEvent,
  PoolsEvent,
  RequestStartsEvent,
  SessionStartedEvent,
  StallEvent,
  ThreadPoolEvent,
  ThreadsEvent,
  TimelineEvent,
  WorkersEvent,
} from '../model/timeline-event.ts';
import { DEFAULT_RETENTION } from './retention.ts';
import type { Retention } from './retention.ts';
import {
  fromGc,
  fromLoop,
  fromProcess,
  fromRequests,
  keepPoint,
  keepProfile,
  keepWindow,
  mergeGc,
  mergeJobs,
  mergeLargeResponses,
  mergeLoop,
  mergeOutgoing,
  mergeOwnCost,
  mergePauses,
  mergeProcess,
  mergeReadings,
  mergeRequests,
  mergeThreadPool,
} from './timeline-windows.ts';
import type {
  BlockedPeriod,
  GcWindow,
  Kept,
  LoopWindow,
  ProcessWindow,
  RequestWindow,
  StallWindow,
} from './timeline-windows.ts';

export interface Timeline {
  session: SessionStartedEvent | null;
  /** When the first and the newest event happened; null before any. */
  firstMs: number | null;
  latestMs: number | null;
  /** The stretch in which the loop does not answer, while it lasts. */
  blocked: BlockedPeriod | null;
  readonly connections: BoundedHistory<Kept<ConnectionEvent>>;
  readonly loop: BoundedHistory<LoopWindow>;
  readonly requests: BoundedHistory<RequestWindow>;
  readonly process: BoundedHistory<ProcessWindow>;
  readonly memory: BoundedHistory<Kept<MemoryEvent>>;
  readonly gcWindows: BoundedHistory<GcWindow>;
  readonly stallWindows: BoundedHistory<StallWindow>;
  readonly threadPool: BoundedHistory<Kept<ThreadPoolEvent>>;
  readonly pools: BoundedHistory<Kept<PoolsEvent>>;
  readonly jobs: BoundedHistory<Kept<JobsEvent>>;
  readonly outgoing: BoundedHistory<Kept<OutgoingEvent>>;
  readonly largeResponses: BoundedHistory<Kept<LargeResponsesEvent>>;
  readonly workers: BoundedHistory<Kept<WorkersEvent>>;
  readonly threads: BoundedHistory<Kept<ThreadsEvent>>;
  readonly ownCost: BoundedHistory<Kept<OwnCostEvent>>;
  readonly stalls: BoundedHistory<Kept<StallEvent>>;
  readonly collections: BoundedHistory<Kept<GcEvent>>;
  readonly blockedPeriods: BoundedHistory<BlockedPeriod>;
  readonly workerExits: BoundedHistory<Kept<WorkersEvent>>;
  readonly gaps: BoundedHistory<Kept<GapEvent>>;
  readonly marks: BoundedHistory<Kept<MarkEvent>>;
  readonly profiles: BoundedHistory<Kept<CpuProfileEvent>>;
  readonly requestStarts: BoundedHistory<Kept<RequestStartsEvent>>;
  readonly contextSamples: BoundedHistory<Kept<ContextSamplesEvent>>;
  readonly allocations: BoundedHistory<Kept<AllocationEvent>>;
  readonly heapSnapshots: BoundedHistory<Kept<HeapSnapshotEvent>>;
  readonly heapComparisons: BoundedHistory<Kept<HeapComparisonEvent>>;
}

export function createTimeline(retention: Retention = DEFAULT_RETENTION): Timeline {
  const { windows, happenings, bulk } = retention;
  return {
    session: null,
    firstMs: null,
    latestMs: null,
    blocked: null,
    loop: createBoundedHistory(windows, mergeLoop),
    requests: createBoundedHistory(retention.requests, mergeRequests, ({ routes }) => 1 + routes.size),
    process: createBoundedHistory(windows, mergeProcess),
    memory: createBoundedHistory<Kept<MemoryEvent>>(windows, mergeReadings),
    gcWindows: createBoundedHistory(windows, mergeGc),
    stallWindows: createBoundedHistory(windows, mergePauses),
    threadPool: createBoundedHistory(windows, mergeThreadPool),
    pools: createBoundedHistory<Kept<PoolsEvent>>(windows, mergeReadings),
    jobs: createBoundedHistory(windows, mergeJobs),
    outgoing: createBoundedHistory(windows, mergeOutgoing),
    largeResponses: createBoundedHistory(windows, mergeLargeResponses),
    workers: createBoundedHistory<Kept<WorkersEvent>>(windows, mergeReadings),
    threads: createBoundedHistory<Kept<ThreadsEvent>>(windows, mergeReadings),
    ownCost: createBoundedHistory(windows, mergeOwnCost),
    connections: createBoundedHistory<Kept<ConnectionEvent>>([happenings], null),
    stalls: createBoundedHistory<Kept<StallEvent>>([happenings], null),
    collections: createBoundedHistory<Kept<GcEvent>>([happenings], null),
    blockedPeriods: createBoundedHistory<BlockedPeriod>([happenings], null),
    workerExits: createBoundedHistory<Kept<WorkersEvent>>([happenings], null),
    gaps: createBoundedHistory<Kept<GapEvent>>([happenings], null),
    marks: createBoundedHistory<Kept<MarkEvent>>([happenings], null),
    profiles: createBoundedHistory<Kept<CpuProfileEvent>>([bulk], null),
    requestStarts: createBoundedHistory<Kept<RequestStartsEvent>>([bulk], null),
    contextSamples: createBoundedHistory<Kept<ContextSamplesEvent>>([bulk], null),
    allocations: createBoundedHistory<Kept<AllocationEvent>>([bulk], null),
    heapSnapshots: createBoundedHistory<Kept<HeapSnapshotEvent>>([happenings], null),
    heapComparisons: createBoundedHistory<Kept<HeapComparisonEvent>>([happenings], null),
  };
}

/** Adds one event. Events of one signal may come late or out of order; figures come out the same. */
export function reduceTimeline(timeline: Timeline, event: TimelineEvent): void {
  timeline.firstMs = Math.min(timeline.firstMs ?? event.atMs, event.atMs);
  timeline.latestMs = Math.max(timeline.latestMs ?? event.atMs, event.atMs);
  switch (event.kind) {
    case 'session-started':
      timeline.session = event;
      return;
    case 'connection':
      timeline.connections.add(keepPoint(event));
      if (event.state !== 'live') endBlocked(timeline, event.atMs);
      return;
    case 'loop':
      return timeline.loop.add(fromLoop(event));
    case 'stall':
      return addStall(timeline, event);
    case 'blocked':
      return addBlocked(timeline, event);
    case 'unblocked':
      return endBlocked(timeline, event.atMs);
    case 'cpu-profile':
      return timeline.profiles.add(keepProfile(event));
    case 'requests':
      return timeline.requests.add(fromRequests(event));
    case 'request-starts':
      return timeline.requestStarts.add(keepPoint(event));
    case 'gc':
      timeline.gcWindows.add(fromGc(event));
      return timeline.collections.add({
        startMs: event.startMs,
        endMs: event.startMs + event.durationMs,
        event,
      });
    case 'memory':
      return timeline.memory.add(keepPoint(event));
    case 'process':
      return timeline.process.add(fromProcess(event));
    case 'threadpool':
      return timeline.threadPool.add(keepPoint(event));
    case 'pools':
      return timeline.pools.add(keepPoint(event));
    case 'jobs':
      return timeline.jobs.add(keepWindow(event));
    case 'context-samples':
      return timeline.contextSamples.add(keepPoint(event));
    case 'allocation':
      return timeline.allocations.add(keepPoint(event));
    case 'heap-snapshot':
      return timeline.heapSnapshots.add(keepPoint(event));
    case 'heap-comparison':
      return timeline.heapComparisons.add(keepPoint(event));
    case 'large-responses':
      return timeline.largeResponses.add(keepPoint(event));
    case 'outgoing':
      return timeline.outgoing.add(keepWindow(event));
    case 'workers':
      timeline.workers.add(keepPoint(event));
      if (event.exits.length > 0) timeline.workerExits.add(keepPoint(event));
      return;
    case 'threads':
      return timeline.threads.add(keepWindow(event));
    case 'own-cost':
      return timeline.ownCost.add(keepWindow(event));
    case 'gap':
      return timeline.gaps.add(keepPoint(event));
    case 'mark':
      return timeline.marks.add(keepPoint(event));
    default:
      assertNever(event);
  }
}

function addStall(timeline: Timeline, event: StallEvent): void {
  const { startMs, endMs } = event;
  timeline.stalls.add({ startMs, endMs, event });
  timeline.stallWindows.add({
    startMs,
    endMs,
    count: 1,
    totalMs: endMs - startMs,
    longestMs: endMs - startMs,
  });
  if (timeline.blocked && isSameBlock(event, timeline.blocked.startMs)) endBlocked(timeline, endMs);
}

/** Readings of one blocked period that are kept: the first ones, and always the last. */
const BLOCKED_READINGS = 32;

/**
 * Two readings of one block may disagree about its beginning by the period of the 25 ms stamp and the way of the
 * message; a block that begins later than that is another one.
 */
const SAME_BLOCK_MS = 100;

function isSameBlock(stall: StallEvent, sinceMs: number): boolean {
  return stall.startMs <= sinceMs + SAME_BLOCK_MS && stall.endMs > sinceMs;
}

function addBlocked(timeline: Timeline, event: BlockedEvent): void {
  const startMs = selectLastTurn(timeline, event);
  const ended = selectEnding(timeline, event);
  if (ended !== null) {
    timeline.blockedPeriods.add({ startMs, endMs: ended.endMs, over: true, readings: [event] });
    return;
  }
  const known = timeline.blocked;
  if (known && Math.abs(startMs - known.startMs) > SAME_BLOCK_MS) endBlocked(timeline, startMs);
  const current = timeline.blocked;
  timeline.blocked = {
    startMs: current?.startMs ?? startMs,
    endMs: Math.max(event.atMs, current?.endMs ?? event.atMs),
    over: false,
    readings: [...(current?.readings ?? []).slice(0, BLOCKED_READINGS - 1), event],
  };
}

/**
 * Since when the loop is blocked. Whoever asks while blocks follow each other takes them for one; the stalls tell
 * when the loop turned in between.
 */
function selectLastTurn(timeline: Timeline, { sinceMs, atMs }: BlockedEvent): number {
  const stalls = timeline.stalls.between(sinceMs, atMs);
  return stalls.reduce((last, { endMs }) => (endMs <= atMs ? Math.max(last, endMs) : last), sinceMs);
}

/** A reading may come after the stall that it belongs to was reported: that block is over. */
function selectEnding(timeline: Timeline, { atMs }: BlockedEvent): StallEvent | null {
  const around = timeline.stalls.between(atMs, atMs);
  return around.find(({ startMs, endMs }) => startMs <= atMs && endMs > atMs)?.event ?? null;
}

function endBlocked(timeline: Timeline, endMs: number): void {
  if (!timeline.blocked) return;
  timeline.blockedPeriods.add({
    ...timeline.blocked,
    endMs: Math.max(endMs, timeline.blocked.startMs),
    over: true,
  });
  timeline.blocked = null;
}
