/** Rows of a latency heatmap for the room there is. */

/** Bounds of the finest rows, in milliseconds: each about twice the one before, at numbers that people say. */
const BOUNDS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500] as const;

/**
 * Upper bounds of at most `rows` rows, fastest first. Fewer rows skip bounds evenly, so that the whole range stays.
 */
export function latencyRows(rows: number): readonly number[] {
  if (rows >= BOUNDS_MS.length) return BOUNDS_MS;
  const every = (BOUNDS_MS.length - 1) / Math.max(1, rows - 1);
  return Array.from({ length: rows }, (_, i) => BOUNDS_MS[Math.round(i * every)] ?? 1);
}

/** A row's label: its upper bound, the last row says that it holds all that is slower. */
export function latencyRowLabel(rows: readonly number[], row: number): string {
  const boundMs = rows[row] ?? 0;
  const text = boundMs < 1_000 ? `${boundMs}ms` : `${boundMs / 1_000}s`;
  return row === rows.length - 1 ? `${text}+` : text;
}
