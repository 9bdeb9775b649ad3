/** The event loop over any span: delay, utilization, stalls, and what blocks it at a moment. */
import { percentilesOfSum } from '../model/latency-histogram.ts';
import type { Metrics } from '../model/report.ts';
import type { BlockedEvent, StallEvent } from '../model/timeline-event.ts';
import { cellsFrom, seriesFrom } from './series.ts';
import type { Series, Span } from './series.ts';
import type { Timeline } from './timeline.ts';
import type { BlockedPeriod, LoopWindow } from './timeline-windows.ts';

export interface LoopDelaySeries {
  readonly p50: Series;
  readonly p99: Series;
  readonly max: Series;
}

/** Event-loop delay in milliseconds, by cell. */
export function selectLoopDelay(timeline: Timeline, span: Span, stepMs: number): LoopDelaySeries {
  const windows = timeline.loop.between(span.fromMs, span.toMs);
  const cells = cellsFrom(windows, span, stepMs).map((parts) =>
    percentilesOfSum(
      parts.map(({ window }) => window.delay),
      [0.5, 0.99, 1],
    ),
  );
  const startMs = Math.floor(span.fromMs / stepMs) * stepMs;
  const seriesOf = (place: number): Series => ({
    startMs,
    stepMs,
    values: cells.map((cell) => (cell ? (cell[place] ?? 0) / 1000 : null)),
  });
  return { p50: seriesOf(0), p99: seriesOf(1), max: seriesOf(2) };
}

/** Share of time in which the loop was not waiting for events, by cell. */
export function selectLoopUtilization(timeline: Timeline, span: Span, stepMs: number): Series {
  return seriesFrom(timeline.loop.between(span.fromMs, span.toMs), span, stepMs, (parts) => {
    const busyMs = parts.reduce((sum, { window, share }) => sum + window.busyMs * share, 0);
    const seenMs = parts.reduce((sum, { window, share }) => sum + lengthMs(window) * share, 0);
    return seenMs > 0 ? busyMs / seenMs : null;
  });
}

/** `utilization` is null when the loop was not read in the span. */
export type LoopFigures = Pick<Metrics['eventLoop'], 'utilization' | 'delayMs'>;

/** The loop over the whole span, in the shape of the report. */
export function selectLoopFigures(timeline: Timeline, span: Span): LoopFigures {
  const windows = timeline.loop.between(span.fromMs, span.toMs);
  const seenMs = windows.reduce((sum, window) => sum + lengthMs(window), 0);
  const busyMs = windows.reduce((sum, window) => sum + window.busyMs, 0);
  const delaysUs = percentilesOfSum(
    windows.map((window) => window.delay),
    [0.5, 0.9, 0.99, 1],
  );
  const [p50 = 0, p90 = 0, p99 = 0, max = 0] = delaysUs?.map((valueUs) => valueUs / 1000) ?? [];
  return {
    utilization: seenMs > 0 ? busyMs / seenMs : null,
    delayMs: delaysUs === null ? null : { p50, p90, p99, max },
  };
}

/** Stalls that touch the span, oldest first. */
export function selectStalls(timeline: Timeline, span: Span): readonly StallEvent[] {
  return timeline.stalls.between(span.fromMs, span.toMs).map((stall) => stall.event);
}

export interface StallFigures {
  readonly count: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

/** Stalls of the span counted; exact also where single stalls are no longer kept. */
export function selectStallFigures(timeline: Timeline, span: Span): StallFigures {
  const windows = timeline.stallWindows.between(span.fromMs, span.toMs);
  return {
    count: windows.reduce((sum, window) => sum + window.count, 0),
    totalMs: windows.reduce((sum, window) => sum + window.totalMs, 0),
    longestMs: windows.reduce((longest, window) => Math.max(longest, window.longestMs), 0),
  };
}

/** Time blocked by stalls, in milliseconds for each cell. */
export function selectStallTime(timeline: Timeline, span: Span, stepMs: number): Series {
  return seriesFrom(timeline.stallWindows.between(span.fromMs, span.toMs), span, stepMs, (parts) =>
    parts.reduce((sum, { window, share }) => sum + window.totalMs * share, 0),
  );
}

export interface BlockedNow {
  readonly sinceMs: number;
  readonly forMs: number;
  readonly latest: BlockedEvent;
}

/** What blocks the loop at `atMs`: live when that is the newest moment, or in the past. Null when it turns. */
export function selectBlockedAt(timeline: Timeline, atMs: number): BlockedNow | null {
  const { blocked } = timeline;
  const period =
    blocked && blocked.startMs <= atMs
      ? blocked
      : timeline.blockedPeriods.between(atMs, atMs).findLast((candidate) => candidate.endMs > atMs);
  const latest = period?.readings.findLast((reading) => reading.atMs <= atMs) ?? period?.readings[0];
  if (!period || !latest) return null;
  return { sinceMs: period.startMs, forMs: atMs - period.startMs, latest };
}

/** Stretches without an answer that touch the span, the one that lasts included. */
export function selectBlockedPeriods(timeline: Timeline, span: Span): readonly BlockedPeriod[] {
  const { blocked } = timeline;
  const past = timeline.blockedPeriods.between(span.fromMs, span.toMs);
  return blocked && blocked.startMs <= span.toMs ? [...past, blocked] : past;
}

const lengthMs = (window: LoopWindow): number => window.endMs - window.startMs;
