/**
 * Figures over time for the screens: windows of any length laid onto cells of equal width.
 *
 *   span 0-1000 ms, stepMs 250, one window 0-500 ms with value 3 -> values [3, 3, null, null]
 *
 * Cells are aligned to multiples of their width, so that a cell keeps its value while the span slides along.
 */
import type { Covered } from '../shared/bounded-history.ts';

/** The part of the past that is asked for, in the service's monotonic milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Series {
  /** Where the first cell begins. */
  readonly startMs: number;
  readonly stepMs: number;
  /** Null where nothing was measured. */
  readonly values: readonly (number | null)[];
}

export const spanSeconds = (span: Span): number => Math.max(0, span.toMs - span.fromMs) / 1000;

/** Length in milliseconds of what a window and a span have in common. */
export function overlapMs(window: Covered, span: Span): number {
  return Math.max(0, Math.min(window.endMs, span.toMs) - Math.max(window.startMs, span.fromMs));
}

/** Share of a window that lies in the span: 1 or 0 for a point. */
function overlapShare(window: Covered, span: Span): number {
  const lengthMs = window.endMs - window.startMs;
  if (lengthMs > 0) return overlapMs(window, span) / lengthMs;
  return window.endMs >= span.fromMs && window.endMs < span.toMs ? 1 : 0;
}

/** What one cell is made from: each window that touches it, with the share of that window inside the cell. */
export interface CellPart<T> {
  readonly window: T;
  readonly share: number;
}

/** Lays windows onto cells; a cell that nothing touches is null. */
export function seriesFrom<T extends Covered>(
  windows: readonly T[],
  span: Span,
  stepMs: number,
  valueOf: (parts: readonly CellPart<T>[]) => number | null,
): Series {
  return {
    startMs: Math.floor(span.fromMs / stepMs) * stepMs,
    stepMs,
    values: cellsFrom(windows, span, stepMs).map((parts) => (parts.length === 0 ? null : valueOf(parts))),
  };
}

/** The cells of a span, each with the windows that touch it. */
export function cellsFrom<T extends Covered>(
  windows: readonly T[],
  span: Span,
  stepMs: number,
): readonly (readonly CellPart<T>[])[] {
  const first = Math.floor(span.fromMs / stepMs);
  const count = Math.max(1, Math.ceil(span.toMs / stepMs) - first);
  const cells: CellPart<T>[][] = Array.from({ length: count }, () => []);
  for (const window of windows) {
    const begin = Math.max(0, Math.floor(window.startMs / stepMs) - first);
    const end = Math.min(count - 1, Math.floor(window.endMs / stepMs) - first);
    for (let cell = begin; cell <= end; cell++) {
      const fromMs = (first + cell) * stepMs;
      const share = overlapShare(window, { fromMs, toMs: fromMs + stepMs });
      if (share > 0) cells[cell]?.push({ window, share });
    }
  }
  return cells;
}

/** A reading that holds until the next one comes: memory and queues. Longer silence than `holdMs` is a gap. */
export function heldSeriesFrom<T extends Covered>(
  readings: readonly T[],
  span: Span,
  stepMs: number,
  holdMs: number,
  valueOf: (reading: T) => number | null,
): Series {
  const startMs = Math.floor(span.fromMs / stepMs) * stepMs;
  const count = Math.max(1, Math.ceil((span.toMs - startMs) / stepMs));
  const values: (number | null)[] = [];
  let next = 0;
  let held: T | null = null;
  for (let cell = 0; cell < count; cell++) {
    const cellStartMs = startMs + cell * stepMs;
    while (next < readings.length && (readings[next] as T).endMs < cellStartMs + stepMs) {
      held = readings[next++] as T;
    }
    values.push(held !== null && cellStartMs - held.endMs <= holdMs ? valueOf(held) : null);
  }
  return { startMs, stepMs, values };
}
