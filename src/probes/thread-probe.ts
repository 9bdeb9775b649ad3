/** What a worker thread tells of itself: constant expressions, evaluated in the worker; they leave nothing in it. */
import { ownScript } from './extension.ts';

/** The service's clock, totals of its loop's idle and active time, its heap, and CPU time where Node tells it. */
export type WireThread = readonly [
  nowMs: number,
  idleMs: number,
  activeMs: number,
  heapUsedBytes: number,
  cpuMs: number | null,
];

/** Polled, so it does without the command-line API. `threadCpuUsage` is there from Node 22.19 and 23.9 on. */
export const THREAD_EXPRESSION = `(() => {
  const [seconds, nanoseconds] = process.hrtime();
  const { idle, active } = performance.eventLoopUtilization();
  const cpu = typeof process.threadCpuUsage === 'function' ? process.threadCpuUsage() : null;
  const cpuMs = cpu === null ? null : (cpu.user + cpu.system) / 1e3;
  return [seconds * 1e3 + nanoseconds / 1e6, idle, active, process.memoryUsage().heapUsed, cpuMs];
})()${ownScript('thread')}`;

/** Asked once for each worker: bytes. */
export const THREAD_HEAP_LIMIT_EXPRESSION = `require('v8').getHeapStatistics().heap_size_limit${ownScript('thread')}`;
