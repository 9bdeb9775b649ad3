/**
 * What the panels of one frame are drawn from: the timeline, the findings and the span that is shown. Figures that
 * several panels need, or that change slower than the frames, are computed once and kept here.
 */
import type { Finding, ReadinessCheck } from '../model/finding.ts';
import type { Span } from '../timeline/series.ts';
import type { Timeline } from '../timeline/timeline.ts';

/** Where data comes from: a live session, a recording, a test. */
export interface TimelineSource {
  timeline(): Timeline;
  findings(): readonly Finding[];
  readiness(): readonly ReadinessCheck[];
  /** Calls back after anything changed; returns the way to stop it. */
  subscribe(listener: () => void): () => void;
}

/**
 * Figures are read by people: one that changes more often than once a second cannot be read, and one over a long
 * window does not move in a second. Code is sampled in profiles that come every five seconds or more.
 */
const PACES = {
  figures: { atLeastMs: 1_000, shareOfWindow: 1 / 30 },
  code: { atLeastMs: 2_000, shareOfWindow: 1 / 12 },
} as const;

type Pace = keyof typeof PACES;

/**
 * Plots move on in steps of this share of the window and fill up in between: a plot that crept by one column at a
 * time would have every cell written again in every frame.
 */
const PLOT_STEP_SHARE = 1 / 40;

/** Figures that are kept; the least recently used give way. */
const MOST_KEPT = 200;

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
  /** Computes once for this span, and again at the pace at which such a figure can be read. */
  cached<T>(key: string, pace: Pace, compute: () => T): T;
  /** Values over the window in `points` cells; only cells that can still change are computed again. */
  series<T>(key: string, points: number, select: SelectCells<T>): readonly (T | null)[];
}

/** What a series or a heatmap has in common: one value a cell. */
export interface Cells<T> {
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: readonly (T | null)[];
}

type SelectCells<T> = (timeline: Timeline, span: Span, stepMs: number) => Cells<T>;

interface CachedValue {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: unknown;
}

/**
 * The newest column of a plot grows at this pace: a quarter of what it stands for is not seen, and twice a second is as
 * fast as a column that moves can be followed.
 */
const SERIES_PACE = { atLeastMs: 500, shareOfStep: 1 / 4 } as const;

interface CachedSeries {
  readonly stepMs: number;
  /** Of the first cell that is shown. */
  readonly first: number;
  /** The newest data when it was computed. */
  readonly latestMs: number;
  readonly values: readonly unknown[];
  /** By index of the cell (its start divided by the step). */
  readonly cells: Map<number, unknown>;
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
    keep(this.#values, key, { fromMs: span.fromMs, toMs: span.toMs, value });
    return value;
  }

  series<T>(
    key: string,
    span: Span,
    stepMs: number,
    latestMs: number,
    select: (span: Span, stepMs: number) => Cells<T>,
  ): readonly (T | null)[] {
    const first = Math.floor(span.fromMs / stepMs);
    const count = Math.max(1, Math.ceil(span.toMs / stepMs) - first);
    const known = this.#series.get(key);
    const growsEveryMs = Math.max(SERIES_PACE.atLeastMs, stepMs * SERIES_PACE.shareOfStep);
    const isFresh =
      known?.stepMs === stepMs &&
      known.first === first &&
      known.values.length === count &&
      Math.abs(latestMs - known.latestMs) < growsEveryMs;
    if (isFresh) return known.values as readonly (T | null)[];
    const reusable = known?.stepMs === stepMs && known.cells.has(first) && known.settledMs <= span.toMs;
    const cells = reusable ? known.cells : new Map<number, unknown>();
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
    const values = Array.from({ length: count }, (_, i) => (cells.get(first + i) ?? null) as T | null);
    keep(this.#series, key, { stepMs, first, latestMs, values, cells, settledMs });
    return values;
  }
}

function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.delete(key);
  kept.set(key, value);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
}

export interface Shown {
  readonly timeline: Timeline;
  readonly findings: readonly Finding[];
  readonly readiness: readonly ReadinessCheck[];
  /** End of what is shown; null follows the newest data. */
  readonly endMs: number | null;
  readonly windowMs: number;
  /** Exactly this span instead of the window, when the user chose one. */
  readonly span?: Span | null;
}

/** The data of one frame. */
export function createScreenData(shown: Shown, cache: FigureCache): ScreenData {
  const { timeline, findings, readiness } = shown;
  const chosen = shown.span ?? null;
  const windowMs = chosen ? chosen.toMs - chosen.fromMs : shown.windowMs;
  const latestMs = timeline.latestMs ?? 0;
  const toMs = chosen?.toMs ?? Math.min(shown.endMs ?? latestMs, latestMs);
  const plotStepMs = windowMs * PLOT_STEP_SHARE;
  const plotEndMs = Math.ceil(toMs / plotStepMs) * plotStepMs;
  const plotSpan = chosen ?? { fromMs: plotEndMs - windowMs, toMs: plotEndMs };
  const span = chosen ?? {
    fromMs: Math.min(toMs, Math.max(toMs - windowMs, timeline.session?.atMs ?? timeline.firstMs ?? 0)),
    toMs,
  };
  return {
    timeline,
    findings,
    readiness,
    span,
    plotSpan,
    behindMs: latestMs - toMs,
    cached: (key, pace, compute) => cache.value(key, span, chosen ? 0 : paceMs(pace, windowMs), compute),
    series: (key, points, select) => {
      // One cell is cut by the edge of the window: the plot shows the others.
      const stepMs = windowMs / Math.max(1, points - 1);
      return cache
        .series(`${key} ${points}`, plotSpan, stepMs, latestMs, (part, step) => select(timeline, part, step))
        .slice(-points);
    },
  };
}

function paceMs(pace: Pace, windowMs: number): number {
  const { atLeastMs, shareOfWindow } = PACES[pace];
  return Math.max(atLeastMs, windowMs * shareOfWindow);
}
