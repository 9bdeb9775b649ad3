/**
 * Takes the heap snapshot of a live service and hands it on as it comes. The service stands still for all of it:
 * callers show the price first (snapshot-estimate.ts).
 */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { Clock } from '../shared/clock.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type { CallFailure, InspectorSession } from '../inspector/session.ts';

/** Where the text goes: a parser's thread, a file. Must not throw. */
export type SnapshotSink = (text: string) => void;

export type SnapshotProgress =
  /** V8 walks the heap; it is silent for the first seconds, while it collects garbage. */
  | { readonly kind: 'building'; readonly share: number }
  | { readonly kind: 'sending'; readonly bytes: number };

export interface TakenSnapshot {
  readonly jsonBytes: number;
  /** How long the service stood still, as seen from here. */
  readonly pauseMs: number;
}

/** The largest heaps take minutes on a slow machine; a service that is gone closes the connection. */
const LONGEST_SNAPSHOT_MS = 3_600_000;

export async function takeSnapshot(
  session: InspectorSession,
  sinks: readonly SnapshotSink[],
  clock: Clock,
  onProgress: (progress: SnapshotProgress) => void = () => {},
): Promise<Result<TakenSnapshot, CodedError>> {
  let jsonBytes = 0;
  const stopChunks = session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }: { chunk: string }) => {
    jsonBytes += chunk.length;
    for (const sink of sinks) sink(chunk);
    onProgress({ kind: 'sending', bytes: jsonBytes });
  });
  const stopProgress = session.on(
    'HeapProfiler.reportHeapSnapshotProgress',
    ({ done, total }: { done: number; total: number }) =>
      onProgress({ kind: 'building', share: total > 0 ? Math.min(1, done / total) : 0 }),
  );
  const startedMs = clock.monotonicMs();
  const taken = await session.call(
    'HeapProfiler.takeHeapSnapshot',
    { reportProgress: true },
    { timeoutMs: LONGEST_SNAPSHOT_MS },
  );
  stopChunks();
  stopProgress();
  if (!taken.ok) return fail(brokenOff(taken.error, jsonBytes));
  return ok({ jsonBytes, pauseMs: clock.monotonicMs() - startedMs });
}

function brokenOff(failure: CallFailure, jsonBytes: number): CodedError {
  const why =
    failure.kind === 'closed' ? failure.reason : failure.kind === 'protocol' ? failure.message : failure.kind;
  return {
    code: 'snapshot-broken-off',
    message: `the snapshot broke off after ${jsonBytes} bytes: ${why}`,
    hint: 'see whether the service still runs',
    exitCode: 4,
  };
}
