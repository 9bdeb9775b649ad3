/**
 * How much of the time that a stall took the main thread really worked. On a machine without a free core it waits
 * for one in the middle of innocent code, and everything looks several times as long as it is.
 *
 *   a stall of 95 ms in a second in which the kernel booked 200 ms of running and 800 ms of waiting for a CPU
 *     -> 0.2: 19 ms of work, which is no fault of the code
 */
import type { LoopCause } from '../model/finding.ts';
import { selectMainThreadTimes } from '../timeline/resource-selectors.ts';
import type { ThreadTimes } from '../timeline/resource-selectors.ts';
import type { DiagnosisView } from './detector.ts';

interface Block {
  readonly startMs: number;
  readonly endMs: number;
}

/** Work that rests without the CPU is as long as it looks, but for the time it was ready to go on. */
const RESTING_CAUSES: ReadonlySet<LoopCause> = new Set([
  'sync-fs',
  'sync-child-process',
  'sync-database',
  'module-load',
  'native',
]);

/** From here on waiting for a CPU decides how quick the service is: every second turn comes late. */
export const STARVED_WAIT_SHARE = 0.3;

/** 0 to 1; 1 where it cannot be told. */
export function selectRunningShare(
  { timeline }: DiagnosisView,
  blocks: readonly Block[],
  cause: LoopCause,
): number {
  let blockedMs = 0;
  let workedMs = 0;
  for (const { startMs, endMs } of blocks) {
    const lengthMs = endMs - startMs;
    const times = selectMainThreadTimes(timeline, { fromMs: startMs, toMs: endMs });
    blockedMs += lengthMs;
    workedMs += times === null ? lengthMs : workOf(lengthMs, times, cause);
  }
  return blockedMs > 0 ? workedMs / blockedMs : 1;
}

/** Of the time in which the main thread wanted to run, the share in which it did; 1 where it cannot be told. */
export function selectCpuShare({ timeline, span }: DiagnosisView): number {
  const times = selectMainThreadTimes(timeline, span);
  return times === null ? 1 : runningShareOf(times);
}

/** Share of the span in which the main thread was ready to run and had no CPU; null where the kernel does not tell. */
export function selectWaitShare({ timeline, span }: DiagnosisView): number | null {
  const times = selectMainThreadTimes(timeline, span);
  return times === null ? null : times.waitedMs / times.overMs;
}

function workOf(lengthMs: number, times: ThreadTimes, cause: LoopCause): number {
  if (RESTING_CAUSES.has(cause)) return lengthMs * Math.max(0, 1 - times.waitedMs / times.overMs);
  return Math.min(lengthMs * runningShareOf(times), times.ranMs);
}

function runningShareOf({ ranMs, waitedMs }: ThreadTimes): number {
  return ranMs + waitedMs > 0 ? ranMs / (ranMs + waitedMs) : 1;
}
