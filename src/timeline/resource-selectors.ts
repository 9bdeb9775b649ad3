/** CPU, memory, collector, thread pool and pools over any span. */
import type {
  AllocationEvent,
  MemoryEvent,
  OutgoingEvent,
  PoolState,
  ProcessEvent,
  WorkersEvent,
} from '../model/timeline-event.ts';
import { heldSeriesFrom, overlapMs, seriesFrom } from './series.ts';
import type { Series, Span } from './series.ts';
import type { Timeline } from './timeline.ts';
import type { ProcessFigures } from './timeline-windows.ts';

/**
 * A reading holds this long: memory is read about once a second and rests while the loop is blocked; after three
 * missed readings the line breaks.
 */
const READING_HOLDS_MS = 4_000;

export interface CpuSeries {
  /** Percent of one core, all threads. */
  readonly total: Series;
  readonly mainThread: Series;
}

export function selectCpu(timeline: Timeline, span: Span, stepMs: number): CpuSeries {
  const windows = timeline.process.between(span.fromMs - READING_HOLDS_MS, span.toMs);
  return {
    total: heldSeriesFrom(windows, span, stepMs, READING_HOLDS_MS, (window) => window.cpuPercent),
    mainThread: heldSeriesFrom(windows, span, stepMs, READING_HOLDS_MS, (window) => window.mainThreadPercent),
  };
}

export type MemoryMeasure = 'rss' | 'heapUsed' | 'heapTotal' | 'external' | 'arrayBuffers' | 'liveAfterGc';

/** Bytes by cell. `rss` is read from outside and goes on while the loop is blocked. */
export function selectMemory(timeline: Timeline, span: Span, stepMs: number, measure: MemoryMeasure): Series {
  const fromMs = span.fromMs - READING_HOLDS_MS;
  if (measure === 'rss') {
    const windows = timeline.process.between(fromMs, span.toMs);
    return heldSeriesFrom(windows, span, stepMs, READING_HOLDS_MS, (window) => window.rssBytes);
  }
  const readings = timeline.memory.between(fromMs, span.toMs);
  return heldSeriesFrom(readings, span, stepMs, READING_HOLDS_MS, ({ event }) => bytesOf(event, measure));
}

function bytesOf(event: MemoryEvent, measure: Exclude<MemoryMeasure, 'rss'>): number | null {
  return event[`${measure}Bytes`];
}

/** Milliseconds of collector pauses in each cell; 0 where the loop was read and nothing was collected. */
export function selectGcPauses(timeline: Timeline, span: Span, stepMs: number): Series {
  const pauses = seriesFrom(timeline.gcWindows.between(span.fromMs, span.toMs), span, stepMs, (parts) =>
    parts.reduce((sum, { window, share }) => sum + window.totalMs * share, 0),
  );
  const seen = seriesFrom(timeline.loop.between(span.fromMs, span.toMs), span, stepMs, () => 0);
  return { ...pauses, values: pauses.values.map((value, cell) => value ?? seen.values[cell] ?? null) };
}

export interface GcFigures {
  readonly share: number;
  readonly count: number;
  readonly longestMs: number;
  readonly majorCount: number;
  readonly totalMs: number;
}

/** The collector over the span. Null when nothing of the service was read in it. */
export function selectGc(timeline: Timeline, span: Span): GcFigures | null {
  if (timeline.loop.between(span.fromMs, span.toMs).length === 0) return null;
  const windows = timeline.gcWindows.between(span.fromMs, span.toMs);
  const totalMs = windows.reduce((sum, window) => sum + window.totalMs, 0);
  const spanMs = span.toMs - span.fromMs;
  return {
    share: spanMs > 0 ? Math.min(1, totalMs / spanMs) : 0,
    count: windows.reduce((sum, window) => sum + window.count, 0),
    longestMs: windows.reduce((longest, window) => Math.max(longest, window.longestMs), 0),
    majorCount: windows.reduce((sum, window) => sum + window.majorCount, 0),
    totalMs,
  };
}

/** The process as seen from outside: means of CPU, last sizes. Null when it was not read in the span. */
export function selectProcess(timeline: Timeline, span: Span): ProcessFigures | null {
  const windows = timeline.process.between(span.fromMs, span.toMs);
  const last = windows.at(-1);
  if (!last) return null;
  const mean = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  };
  return {
    cpuPercent: mean(windows.map((window) => window.cpuPercent)) as number,
    mainThreadPercent: mean(windows.map((window) => window.mainThreadPercent)),
    mainThreadWaitPercent: mean(windows.map((window) => window.mainThreadWaitPercent)),
    machineBusy: mean(windows.map((window) => window.machineBusy)),
    rssBytes: last.rssBytes,
    cgroupMemoryBytes: last.cgroupMemoryBytes,
    listenQueue: windows.reduce<ProcessEvent['listenQueue']>(
      (fullest, { listenQueue }) =>
        listenQueue && listenQueue.length >= (fullest?.length ?? 0) ? listenQueue : fullest,
      null,
    ),
  };
}

export interface ThreadTimes {
  /** How long the main thread ran on a CPU. */
  readonly ranMs: number;
  /** How long it was ready to run and had none. */
  readonly waitedMs: number;
  /** The time that both are of. */
  readonly overMs: number;
}

/**
 * What the kernel booked for the main thread in the readings that touch the span, or in the last one before it.
 * Null where there is none or the kernel does not tell.
 */
export function selectMainThreadTimes(timeline: Timeline, span: Span): ThreadTimes | null {
  const readings = timeline.process.between(span.fromMs - READING_HOLDS_MS, span.toMs + READING_HOLDS_MS);
  const times = { ranMs: 0, waitedMs: 0, overMs: 0 };
  for (const [index, { endMs, mainThreadPercent, mainThreadWaitPercent }] of readings.entries()) {
    const fromMs = readings[index - 1]?.endMs ?? timeline.session?.atMs ?? endMs;
    const isLast = index === readings.length - 1;
    if (fromMs >= span.toMs || (endMs <= span.fromMs && !isLast)) continue;
    if (mainThreadPercent === null || mainThreadWaitPercent === null) return null;
    times.ranMs += ((endMs - fromMs) * mainThreadPercent) / 100;
    times.waitedMs += ((endMs - fromMs) * mainThreadWaitPercent) / 100;
    times.overMs += endMs - fromMs;
  }
  return times.overMs > 0 ? times : null;
}

/** The last memory reading at or before the end of the span. */
export function selectMemoryReading(timeline: Timeline, span: Span): MemoryEvent | null {
  return timeline.memory.between(span.fromMs, span.toMs).at(-1)?.event ?? null;
}

export interface ThreadPoolFigures {
  readonly size: number;
  readonly queueDelayMs: { readonly p50: number; readonly p99: number };
  readonly readings: number;
}

/** Queue delay of the libuv pool. Null when it was not probed in the span. */
export function selectThreadPool(timeline: Timeline, span: Span): ThreadPoolFigures | null {
  const readings = timeline.threadPool.between(span.fromMs, span.toMs);
  const last = readings.at(-1);
  if (!last) return null;
  const delays = readings.map((reading) => reading.event.queueDelayMs).toSorted((a, b) => a - b);
  const at = (quantile: number): number =>
    delays[Math.min(delays.length - 1, Math.floor(quantile * delays.length))] as number;
  return {
    size: last.event.size,
    queueDelayMs: { p50: at(0.5), p99: at(0.99) },
    readings: readings.length,
  };
}

/** The state of every pool at the end of the span. */
export function selectPools(timeline: Timeline, span: Span): readonly PoolState[] {
  return timeline.pools.between(span.fromMs, span.toMs).at(-1)?.event.pools ?? [];
}

/** One pool's readings over the span, oldest first. */
export function selectPoolReadings(
  timeline: Timeline,
  span: Span,
  id: string,
): readonly { readonly atMs: number; readonly pool: PoolState }[] {
  return timeline.pools.between(span.fromMs, span.toMs).flatMap(({ event }) => {
    const pool = event.pools.find((candidate) => candidate.id === id);
    return pool ? [{ atMs: event.atMs, pool }] : [];
  });
}

/** Calls to other services and databases that ended in the span, merged by peer. */
export function selectOutgoing(timeline: Timeline, span: Span): readonly OutgoingEvent[] {
  return timeline.outgoing
    .between(span.fromMs, span.toMs)
    .filter((window) => overlapMs(window, span) > 0)
    .map((window) => window.event);
}

/** The last reading of the allocating call sites. */
export function selectAllocations(timeline: Timeline, span: Span): AllocationEvent | null {
  return timeline.allocations.between(span.fromMs, span.toMs).at(-1)?.event ?? null;
}

export interface ClusterFigures {
  readonly workers: WorkersEvent['workers'];
  readonly exits: WorkersEvent['exits'];
}

/** Workers side by side as last seen, and those that ended in the span. Null when there are none. */
export function selectCluster(timeline: Timeline, span: Span): ClusterFigures | null {
  const readings = timeline.workers.between(span.fromMs, span.toMs).map(({ event }) => event);
  const last = readings.at(-1);
  if (!last) return null;
  const told = timeline.workerExits.between(span.fromMs, span.toMs).flatMap(({ event }) => event.exits);
  const toldPids = new Set(told.map(({ pid }) => pid));
  const unseen = selectVanished(readings).filter((pid) => !toldPids.has(pid));
  return { workers: last.workers, exits: [...told, ...unseen.map((pid) => ({ pid, how: 'unseen' }))] };
}

/** Workers of one reading that the next one lacks. */
function selectVanished(readings: readonly WorkersEvent[]): readonly number[] {
  return readings.flatMap(({ workers }, index) => {
    const next = readings[index + 1];
    if (!next) return [];
    const stillThere = new Set(next.workers.map(({ pid }) => pid));
    return workers.map(({ pid }) => pid).filter((pid) => !stillThere.has(pid));
  });
}
