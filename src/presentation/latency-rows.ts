/** Rows of a latency heatmap for the room there is. */

/** Bounds in milliseconds: each about twice the one before, at numbers that people say. */
const BOUNDS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500] as const;
/** For tall plots: half of the step. */
const FINE_BOUNDS_MS = [
  0.5, 1, 1.5, 2, 3.5, 5, 7.5, 10, 15, 25, 35, 50, 75, 100, 150, 250, 350, 500, 750, 1_000, 1_500, 2_500,
  5_000,
] as const;

/**
 * Upper bounds of at most `rows` rows, fastest first. Fewer rows skip bounds evenly, so that the whole range stays.
 */
export function latencyRows(rows: number): readonly number[] {
  const bounds: readonly number[] = rows > BOUNDS_MS.length + 2 ? FINE_BOUNDS_MS : BOUNDS_MS;
  if (rows >= bounds.length) return bounds;
  const every = (bounds.length - 1) / Math.max(1, rows - 1);
  return Array.from({ length: rows }, (_, i) => bounds[Math.round(i * every)] ?? 1);
}

/** A row's label: its upper bound, the last row says that it holds all that is slower. */
export function latencyRowLabel(rows: readonly number[], row: number): string {
  const boundMs = rows[row] ?? 0;
  const text = boundMs < 1_000 ? `${boundMs}ms` : `${boundMs / 1_000}s`;
  return row === rows.length - 1 ? `${text}+` : text;
}
