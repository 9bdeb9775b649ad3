/**
 * What the panels of one frame are drawn from: the timeline, the findings and the span that is shown. Figures that
 * several panels need, or that change slower than the frames, are computed once and kept here.
 */
import type { Finding, ReadinessCheck } from '../model/finding.ts';
import type { Series, Span } from '../timeline/series.ts';
import type { Timeline } from '../timeline/timeline.ts';

/** Where data comes from: a live session, a recording, a test. */
export interface TimelineSource {
  timeline(): Timeline;
  findings(): readonly Finding[];
  readiness(): readonly ReadinessCheck[];
  /** Calls back after anything changed; returns the way to stop it. */
  subscribe(listener: () => void): () => void;
}

/** Tables are read by people: a figure that changes more often than once a second cannot be read. */
export const TABLE_CADENCE_MS = 1_000;

/**
 * Signals of one moment arrive at different times, a second or so apart. What is older than this and has newer
 * values after it does not change any more: each signal comes in order, and after a blocked loop as one long window.
 */
const SETTLED_AFTER_MS = 3_000;

export interface ScreenData {
  readonly timeline: Timeline;
  readonly findings: readonly Finding[];
  readonly readiness: readonly ReadinessCheck[];
  /** What was seen of the window: figures and rates are taken over it. */
  readonly span: Span;
  /** The whole window, which a session may not have filled yet: charts show it. */
  readonly plotSpan: Span;
  /** Milliseconds between the end of the span and the newest data: 0 when it follows. */
  readonly behindMs: number;
  /** Computes once for this span, and again when its end has moved by `everyMs`. */
  cached<T>(key: string, everyMs: number, compute: () => T): T;
  /** A series over the window in `points` cells; only cells that can still change are computed again. */
  series(key: string, points: number, select: SelectSeries): readonly (number | null)[];
}

export type SelectSeries = (timeline: Timeline, span: Span, stepMs: number) => Series;

interface CachedValue {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: unknown;
}

interface CachedSeries {
  readonly stepMs: number;
  /** By index of the cell (its start divided by the step). */
  readonly cells: Map<number, number | null>;
  settledMs: number;
}

/** Keeps computed figures from frame to frame. One for each set of screens. */
export class FigureCache {
  readonly #values = new Map<string, CachedValue>();
  readonly #series = new Map<string, CachedSeries>();

  /** Forgets everything: another recording, or a jump in time. */
  clear(): void {
    this.#values.clear();
    this.#series.clear();
  }

  value<T>(key: string, span: Span, everyMs: number, compute: () => T): T {
    const known = this.#values.get(key);
    const lengthMs = span.toMs - span.fromMs;
    const fresh =
      known !== undefined &&
      Math.abs(span.toMs - known.toMs) < Math.max(everyMs, Number.MIN_VALUE) &&
      (Math.abs(known.toMs - known.fromMs - lengthMs) < Math.max(everyMs, 1) || known.fromMs === span.fromMs);
    if (fresh) return known.value as T;
    const value = compute();
    this.#values.set(key, { fromMs: span.fromMs, toMs: span.toMs, value });
    return value;
  }

  series(
    key: string,
    span: Span,
    stepMs: number,
    select: (span: Span, stepMs: number) => Series,
  ): readonly (number | null)[] {
    const first = Math.floor(span.fromMs / stepMs);
    const count = Math.max(1, Math.ceil(span.toMs / stepMs) - first);
    const known = this.#series.get(key);
    const reusable = known?.stepMs === stepMs && known.cells.has(first) && known.settledMs <= span.toMs;
    const cells = reusable ? known.cells : new Map<number, number | null>();
    const changedFromMs = reusable ? Math.max(span.fromMs, known.settledMs) : span.fromMs;
    const fresh = select({ fromMs: Math.floor(changedFromMs / stepMs) * stepMs, toMs: span.toMs }, stepMs);
    const freshFirst = Math.round(fresh.startMs / stepMs);
    let lastSeen = freshFirst;
    fresh.values.forEach((value, i) => {
      cells.set(freshFirst + i, value);
      if (value !== null) lastSeen = freshFirst + i;
    });
    for (const index of cells.keys()) if (index < first) cells.delete(index);
    const settledMs = Math.min(span.toMs - SETTLED_AFTER_MS, lastSeen * stepMs);
    this.#series.set(key, { stepMs, cells, settledMs });
    return Array.from({ length: count }, (_, i) => cells.get(first + i) ?? null);
  }
}

export interface Shown {
  readonly timeline: Timeline;
  readonly findings: readonly Finding[];
  readonly readiness: readonly ReadinessCheck[];
  /** End of what is shown; null follows the newest data. */
  readonly endMs: number | null;
  readonly windowMs: number;
}

/** The data of one frame. */
export function createScreenData(shown: Shown, cache: FigureCache): ScreenData {
  const { timeline, findings, readiness, windowMs } = shown;
  const latestMs = timeline.latestMs ?? 0;
  const toMs = Math.min(shown.endMs ?? latestMs, latestMs);
  const plotSpan = { fromMs: toMs - windowMs, toMs };
  const span = {
    fromMs: Math.min(toMs, Math.max(plotSpan.fromMs, timeline.session?.atMs ?? timeline.firstMs ?? 0)),
    toMs,
  };
  return {
    timeline,
    findings,
    readiness,
    span,
    plotSpan,
    behindMs: latestMs - toMs,
    cached: (key, everyMs, compute) => cache.value(key, span, everyMs, compute),
    series: (key, points, select) => {
      // One cell is cut by the edge of the window: the plot shows the others.
      const stepMs = windowMs / Math.max(1, points - 1);
      return cache
        .series(`${key} ${points}`, plotSpan, stepMs, (part, step) => select(timeline, part, step))
        .slice(-points);
    },
  };
}
