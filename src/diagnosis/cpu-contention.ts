/**
 * How much of the loop's busy time the main thread really ran. On a machine without a free core it waits for one in
 * the middle of innocent code, and everything looks several times as long as it is.
 *
 *   loop 54% busy, main thread 11% of a core, machine 100% busy -> 0.2: a stall of 95 ms was 19 ms of work
 */
import type { LoopCause } from '../model/finding.ts';
import { selectProcess } from '../timeline/resource-selectors.ts';
import type { DiagnosisView } from './detector.ts';

/** Below this a core is free most of the time, and a thread that does not run waits for something else. */
const CONTENDED = 0.9;

/** Work that waits without the CPU is as long as it looks. */
const WAITING_CAUSES: ReadonlySet<LoopCause> = new Set([
  'sync-fs',
  'sync-child-process',
  'sync-database',
  'module-load',
  'native',
]);

/** 0 to 1; 1 where it cannot be told. */
export function selectRunningShare(view: DiagnosisView, cause: LoopCause): number {
  const process = selectProcess(view.timeline, view.span);
  const { utilization } = view.loop;
  if (!process || process.mainThreadPercent === null || !utilization || WAITING_CAUSES.has(cause)) return 1;
  if (process.machineBusy !== null && process.machineBusy < CONTENDED) return 1;
  return Math.min(1, process.mainThreadPercent / 100 / utilization);
}
