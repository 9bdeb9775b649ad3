/** The session itself: the target, the connection, what loopscope costs and what it did not see. */
import type { ConnectionEvent, GapEvent, MarkEvent, TargetInfo } from '../model/timeline-event.ts';
import type { Span } from './series.ts';
import type { Timeline } from './timeline.ts';

export const selectTarget = (timeline: Timeline): TargetInfo | null => timeline.session?.target ?? null;

/** From the first event to the newest; null before anything came. */
export function selectWholeSpan(timeline: Timeline): Span | null {
  if (timeline.firstMs === null || timeline.latestMs === null) return null;
  return { fromMs: timeline.session?.atMs ?? timeline.firstMs, toMs: timeline.latestMs };
}

/** The newest `lengthMs` of the past, not reaching back before the session. */
export function selectLastSpan(timeline: Timeline, lengthMs: number): Span | null {
  const whole = selectWholeSpan(timeline);
  return whole && { fromMs: Math.max(whole.fromMs, whole.toMs - lengthMs), toMs: whole.toMs };
}

/** Wall-clock milliseconds of a moment of the service's clock; null before the session began. */
export function selectWallMs(timeline: Timeline, atMs: number): number | null {
  const { session } = timeline;
  return session && session.wallMs + (atMs - session.atMs);
}

/** The connection's state at a moment. A session begins live. */
export function selectConnection(timeline: Timeline, atMs: number): ConnectionEvent | null {
  return timeline.connections.between(Number.NEGATIVE_INFINITY, atMs).at(-1)?.event ?? null;
}

export interface OwnCost {
  /** Our share of the service's main thread; null when it was not measured. */
  readonly mainThreadShare: number | null;
  readonly longestPauseMs: number | null;
}

export function selectOwnCost(timeline: Timeline, span: Span): OwnCost {
  const windows = timeline.ownCost.between(span.fromMs, span.toMs);
  if (windows.length === 0) return { mainThreadShare: null, longestPauseMs: null };
  const spentMs = windows.reduce((sum, { event }) => sum + event.mainThreadMs, 0);
  const spanMs = span.toMs - span.fromMs;
  return {
    mainThreadShare: spanMs > 0 ? Math.min(1, spentMs / spanMs) : null,
    longestPauseMs: Math.max(...windows.map(({ event }) => event.longestPauseMs)),
  };
}

/** What was not seen in the span, and why. */
export function selectGaps(timeline: Timeline, span: Span): readonly GapEvent[] {
  return timeline.gaps.between(span.fromMs, span.toMs).map(({ event }) => event);
}

/** The moments in the span that somebody marked. */
export function selectMarks(timeline: Timeline, span: Span): readonly MarkEvent[] {
  return timeline.marks.between(span.fromMs, span.toMs).map(({ event }) => event);
}
