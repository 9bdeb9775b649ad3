/** A heap and its growth for scripts. Sizes in bytes; change these documents only by adding. */
import type { HeapComparison, HeapSummary } from '../model/heap-snapshot.ts';

const HEAP_SCHEMA = 'loopscope.heap/1';
const HEAP_COMPARISON_SCHEMA = 'loopscope.heap-comparison/1';

export const formatHeapSummaryJson = (summary: HeapSummary, file: string): string =>
  `${JSON.stringify({ schema: HEAP_SCHEMA, file, ...summary })}\n`;

export const formatHeapComparisonJson = (
  comparison: HeapComparison,
  files: readonly [string, string],
): string => `${JSON.stringify({ schema: HEAP_COMPARISON_SCHEMA, files, ...comparison })}\n`;
