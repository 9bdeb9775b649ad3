/**
 * What holds the growth, from a comparison of two heap snapshots that the user allowed. Who allocates says where
 * objects are born; this says why they do not die.
 *
 *   +5.8 MB held by Array at uploads.#waiting: 300 x Buffer
 */
import type { HeapComparisonEvent, HeapHolder } from '../model/timeline-event.ts';
import { formatBytes, formatMs } from '../shared/quantity.ts';
import type { Span } from '../timeline/series.ts';
import type { Timeline } from '../timeline/timeline.ts';

/** Compiled code and what a running service buffers come and go in tens of KB; see the planted leaks in the tests. */
const LEAST_GROWN_BYTES = 64 * 1024;
/** A holder with less of the heap than this is what any service does between two moments. */
const LEAST_SHARE_OF_HEAP = 0.01;

/** The last comparison in the span and what held the most of the growth in it; null when nothing that matters did. */
export function selectGrowthHolder(
  timeline: Timeline,
  span: Span,
): { readonly comparison: HeapComparisonEvent; readonly holder: HeapHolder } | null {
  const comparison = timeline.heapComparisons.between(span.fromMs, span.toMs).at(-1)?.event;
  const holder = comparison?.holders[0];
  if (!comparison || !holder) return null;
  const least = Math.max(LEAST_GROWN_BYTES, comparison.afterBytes * LEAST_SHARE_OF_HEAP);
  return holder.grownBytes >= least ? { comparison, holder } : null;
}

/** `+1.5 MB held by Map at globalThis.tracker.pending: 5000 x LeakedRequest`. */
export function sayHolder({ name, path, grownBytes, holds: [first] }: HeapHolder): string {
  const where = path === '' ? name : `${name} at ${path}`;
  const what = first ? `: ${first.count} x ${first.constructor}` : '';
  return `+${formatBytes(grownBytes)} held by ${where}${what}`;
}

/** When the snapshots were taken and what lay between them. */
export function sayComparison({ sinceMs, atMs, beforeBytes, afterBytes }: HeapComparisonEvent): string {
  return `two heap snapshots ${formatMs(atMs - sinceMs)} apart: ${formatBytes(beforeBytes)} to ${formatBytes(afterBytes)}`;
}
