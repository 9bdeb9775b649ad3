/**
 * What fills the thread pool: from the requests that are outstanding, and from a trace of what its threads did.
 *
 *   trace of 1 s, 4 threads: crypto ran 3.9 s, zlib 0.1 s  ->  crypto 0.97, zlib 0.03
 *   nothing traced, 40 file requests outstanding           ->  fs 1
 */
import type { ThreadPoolEvent } from '../model/timeline-event.ts';

export type FilledBy = ThreadPoolEvent['filledBy'];

/** An event of Node's trace; `ts` in microseconds. */
export interface TraceEvent {
  readonly ph?: unknown;
  readonly name?: unknown;
  readonly tid?: unknown;
  readonly ts?: unknown;
}

/** What the trace is asked for: work of the pool as its threads begin and end it. Files and DNS are not in it. */
export const TRACED_CATEGORY = 'node.threadpoolwork.sync';

/** Node's names of the work that it gives to the pool, less those that are rare. */
const TRACED_WORK = new Set(['crypto', 'zlib']);

/** Milliseconds that the threads spent by kind of work; what had begun before the trace or goes on after it counts. */
export function reduceTrace(events: readonly TraceEvent[]): ReadonlyMap<string, number> {
  const spentMs = new Map<string, number>();
  const open = new Map<unknown, number>();
  const times = events.flatMap(({ ts, ph }) =>
    typeof ts === 'number' && (ph === 'B' || ph === 'E') ? ts : [],
  );
  const firstUs = Math.min(...times);
  const lastUs = Math.max(...times);
  const add = (name: unknown, fromUs: number, toUs: number): void => {
    const work = typeof name === 'string' && TRACED_WORK.has(name) ? name : 'unknown';
    spentMs.set(work, (spentMs.get(work) ?? 0) + (toUs - fromUs) / 1000);
  };
  const begun = new Map<unknown, unknown>();
  for (const { ph, name, tid, ts } of events) {
    if (typeof ts !== 'number') continue;
    if (ph === 'B') {
      open.set(tid, ts);
      begun.set(tid, name);
    } else if (ph === 'E') {
      add(name, open.get(tid) ?? firstUs, ts);
      open.delete(tid);
    }
  }
  for (const [tid, fromUs] of open) add(begun.get(tid), fromUs, lastUs);
  return spentMs;
}

/**
 * Shares of the pool by kind of work, most first.
 * @param traced milliseconds by kind, from `reduceTrace`; null when nothing was traced
 * @param capacityMs what all threads together had in the time of the trace
 */
export function selectFilledBy(
  outstanding: { readonly fs: number; readonly dns: number },
  traced: ReadonlyMap<string, number> | null,
  capacityMs: number,
): FilledBy {
  const shares = new Map<string, number>();
  let free = 1;
  for (const [work, ms] of traced ?? []) {
    const share = Math.min(free, ms / capacityMs);
    shares.set(work, share);
    free -= share;
  }
  // What is left of a full pool belongs to what waits for it and is in no trace.
  const waiting = outstanding.fs + outstanding.dns;
  if (waiting > 0) {
    shares.set('fs', (free * outstanding.fs) / waiting);
    shares.set('dns', (free * outstanding.dns) / waiting);
  }
  return [...shares]
    .map(([work, share]) => ({ work, share }))
    .filter(({ share }) => share > 0.01)
    .toSorted((a, b) => b.share - a.share);
}
