/**
 * Heap snapshots of a live session that the user has allowed: their price first, then one, then another, compared in
 * a thread of its own. What comes out are events, so that screens, reports and recordings have them.
 */
import type { LiveSession } from './live-session.ts';
import { HeapThread } from '../heap/heap-thread.ts';
import type { HeapProgress } from '../heap/heap-messages.ts';
import { takeSnapshot, type SnapshotProgress } from '../heap/live-snapshot.ts';
import { estimateSnapshotCost, type SnapshotEstimate } from '../heap/snapshot-estimate.ts';
import { readSnapshotVitals } from '../heap/snapshot-vitals.ts';
import { sayCallFailure } from '../inspector/inspector-connection.ts';
import { OWN_SCRIPT_PREFIX } from '../model/code-frame.ts';
import type { GrowthHolder, HeapComparison } from '../model/heap-snapshot.ts';
import type { HeapComparisonEvent, HeapHolder } from '../model/timeline-event.ts';
import { formatObjectName, formatRetainingPath, formatThrough } from '../presentation/heap-path.ts';
import type { Clock } from '../shared/clock.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

/** What a person reads of a comparison, and of what each holder holds. */
const MOST_HOLDERS = 5;
const MOST_GROUPS = 3;
/** Of the growth of the first: what holds less is what any service does between two moments. */
const FAINT_SHARE = 0.02;

export type ComparerProgress = SnapshotProgress | ({ readonly kind: 'analysing' } & HeapProgress);

export interface ComparedSnapshot {
  /** How long the service stood still. */
  readonly pauseMs: number;
  /** What grew since the snapshot before this one, once it is analysed; null for the first. */
  readonly growth: Promise<Result<HeapComparisonEvent | null, CodedError>>;
}

export interface HeapComparer {
  /** What a snapshot would cost now, by the time of one full collection. A refusal is an error. */
  price(): Promise<Result<SnapshotEstimate, CodedError>>;
  /** Takes a snapshot at that price: the service stands still until this resolves. */
  take(
    estimate: SnapshotEstimate,
    onProgress?: (progress: ComparerProgress) => void,
  ): Promise<Result<ComparedSnapshot, CodedError>>;
  close(): Promise<void>;
}

/** @param worker the heap thread's code, where it is not beside the program: in tests */
export function createHeapComparer(session: LiveSession, clock: Clock, worker?: URL): HeapComparer {
  const { attachment } = session;
  let thread: HeapThread | null = null;
  let baselineAtMs: number | null = null;

  const analyse = async (
    heap: HeapThread,
    atMs: number,
  ): Promise<Result<HeapComparisonEvent | null, CodedError>> => {
    const summary = await heap.ask({ kind: 'finish' });
    if (!summary.ok) return summary;
    const comparison = baselineAtMs === null ? null : await heap.ask({ kind: 'compare' });
    if (comparison?.ok === false) return comparison;
    const kept = await heap.ask({ kind: 'keep-baseline' });
    if (!kept.ok) return kept;
    const event = comparison && fromComparison(comparison.value, { sinceMs: baselineAtMs ?? atMs, atMs });
    baselineAtMs = atMs;
    if (event) session.record(event);
    return ok(event);
  };

  return {
    async price() {
      const vitals = await session.whileStopped('pricing a heap snapshot', () =>
        readSnapshotVitals(attachment.session),
      );
      if (!vitals.ok) return fail(notEstimated(sayCallFailure(vitals.error)));
      const estimate = estimateSnapshotCost(vitals.value);
      return estimate.refusal === null ? ok(estimate) : fail(estimate.refusal);
    },
    async take(estimate, onProgress = () => {}) {
      const heap = (thread ??= new HeapThread(worker));
      heap.onProgress = (progress) => onProgress({ kind: 'analysing', ...progress });
      const begun = await heap.ask({ kind: 'begin' });
      if (!begun.ok) return begun;
      const taken = await session.whileStopped('a heap snapshot', () =>
        takeSnapshot(attachment.session, [(text) => heap.feed(text)], clock, onProgress),
      );
      if (!taken.ok) return taken;
      const { pauseMs, jsonBytes } = taken.value;
      const atMs = session.clock.monotonicMs();
      session.record({
        kind: 'heap-snapshot',
        atMs,
        pauseMs,
        estimatedPauseMs: estimate.pauseMs,
        estimatedExtraBytes: estimate.extraBytes,
        jsonBytes,
      });
      return ok({ pauseMs, growth: analyse(heap, atMs) });
    },
    async close() {
      await thread?.close();
    },
  };
}

function fromComparison(
  { before, after, holders }: HeapComparison,
  times: Pick<HeapComparisonEvent, 'sinceMs' | 'atMs'>,
): HeapComparisonEvent {
  const theirs = holders.filter((holder) => !isOwn(holder));
  return {
    kind: 'heap-comparison',
    ...times,
    beforeBytes: before.shallowBytes,
    afterBytes: after.shallowBytes,
    holders: theirs
      .filter(({ grownBytes }) => grownBytes >= FAINT_SHARE * (theirs[0]?.grownBytes ?? 0))
      .slice(0, MOST_HOLDERS)
      .map(fromHolder),
  };
}

/** What we put into the service grows with what it watches. */
function isOwn({ object, path }: GrowthHolder): boolean {
  return [object, ...path.map((step) => step.object)].some(({ name }) => name.includes(OWN_SCRIPT_PREFIX));
}

function fromHolder(holder: GrowthHolder): HeapHolder {
  const { object, path, grownBytes, holds } = holder;
  return {
    name: formatObjectName(object),
    path: `${formatRetainingPath(path)}${formatThrough(holder, holds[0]?.via ?? [])}`,
    grownBytes,
    holds: holds.slice(0, MOST_GROUPS).map(({ constructor, objects, retainedBytes }) => ({
      constructor,
      count: objects,
      bytes: retainedBytes,
    })),
  };
}

const notEstimated = (why: string): CodedError => ({
  code: 'snapshot-not-estimated',
  message: `the service did not say how large its heap is: ${why}`,
  hint: 'try again when it is less busy',
  exitCode: 3,
});
