/** A snapshot from its bytes to its graph, by two threads where there are two processors and enough to do. */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { analyseHeap, analyseHeapInTwo } from './heap-graph.ts';
import type { HeapGraph } from './heap-graph.ts';
import type { HeapProgress } from './heap-messages.ts';
import type { SecondThread } from './second-thread.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { readSnapshotFile } from './snapshot-file.ts';

/** Starting a thread takes about 40 ms; a snapshot of this size takes 150 alone. */
const WORTH_TWO_THREADS = { jsonBytes: 12 * 2 ** 20, nodes: 150_000 };

/** Reads and analyses a file. */
export async function openSnapshotFile(
  path: string,
  startSecond: () => SecondThread,
  tell: (progress: HeapProgress) => void,
): Promise<Result<HeapGraph, CodedError>> {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return withSecond(size > WORTH_TWO_THREADS.jsonBytes ? startSecond : null, async (second) => {
    const read = await readSnapshotFile(path, second, (share) => tell({ stage: 'reading', share }));
    return read.ok ? ok(await analyse(read.value, second, tell)) : read;
  });
}

/** Analyses what was parsed as it streamed by. */
export async function analyseSnapshot(
  parsed: Result<HeapColumns, CodedError>,
  startSecond: () => SecondThread,
  tell: (progress: HeapProgress) => void,
): Promise<Result<HeapGraph, CodedError>> {
  if (!parsed.ok) return parsed;
  const heap = parsed.value;
  const start = heap.nodeCount > WORTH_TWO_THREADS.nodes ? startSecond : null;
  return ok(await withSecond(start, (second) => analyse(heap, second, tell)));
}

async function analyse(
  heap: HeapColumns,
  second: SecondThread | null,
  tell: (progress: HeapProgress) => void,
): Promise<HeapGraph> {
  const onStage = (stage: Exclude<HeapProgress['stage'], 'reading'>): void => tell({ stage, share: null });
  return second === null ? analyseHeap(heap, onStage) : analyseHeapInTwo(heap, second, onStage);
}

async function withSecond<T>(
  start: (() => SecondThread) | null,
  work: (second: SecondThread | null) => Promise<T>,
): Promise<T> {
  const second = start !== null && availableParallelism() > 1 ? start() : null;
  try {
    return await work(second);
  } finally {
    await second?.close();
  }
}
