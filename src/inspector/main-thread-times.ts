/**
 * How long the main thread of a process really ran, and how long it waited for a CPU: from the kernel's books, so that
 * it can be read while the loop is blocked.
 *
 *   /proc/4711/task/4711/schedstat "8123456789 412000000 900" -> ran 8123.5 ms, waited 412 ms for a CPU
 */
import { readFileSync } from 'node:fs';
import { TICKS_PER_SECOND } from './process-record.ts';

/** What the main thread did since it began: it ran, and it was ready to run while no CPU was free for it. */
export interface MainThreadTimes {
  readonly cpuMs: number;
  /** Null where the kernel does not keep it. */
  readonly waitMs: number | null;
}

/** Times of the main thread: to the nanosecond where the kernel keeps them, else its CPU time in ticks. */
export function readMainThreadTimes(pid: number): MainThreadTimes | null {
  const exact = parseSchedstat(readOrNull(`/proc/${pid}/task/${pid}/schedstat`) ?? '');
  if (exact !== null) return exact;
  const stat = readOrNull(`/proc/${pid}/task/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { cpuMs: ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1000, waitMs: null };
}

/** Tells, whenever it is asked, which share of the time since now the main thread ran; null where that is not kept. */
export function watchRunning(pid: number): () => number | null {
  const before = readMainThreadTimes(pid);
  const sinceMs = performance.now();
  return () => {
    const now = readMainThreadTimes(pid);
    const overMs = performance.now() - sinceMs;
    return before === null || now === null || overMs <= 0 ? null : (now.cpuMs - before.cpuMs) / overMs;
  };
}

/** Time on a CPU, time ready to run but waiting for one (both in nanoseconds), and number of times it ran. */
export function parseSchedstat(text: string): MainThreadTimes | null {
  const [, ran, waited] = /^(\d+) (\d+) \d+/.exec(text) ?? [];
  return ran === undefined ? null : { cpuMs: Number(ran) / 1e6, waitMs: Number(waited) / 1e6 };
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
