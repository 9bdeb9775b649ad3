/** The process as the system sees it, and what it runs beside its main thread. */
import type { CodeFrame } from '../code-frame.ts';

/** Read from outside, so that it goes on while the loop is blocked. */
export interface ProcessEvent {
  readonly kind: 'process';
  readonly atMs: number;
  /** Percent of one core, all threads. */
  readonly cpuPercent: number;
  readonly mainThreadPercent: number | null;
  /**
   * Percent of the window in which the main thread was ready to run and no CPU was free for it. A wait is booked
   * when it ends. Null where the kernel does not tell, absent from older recordings.
   */
  readonly mainThreadWaitPercent?: number | null;
  readonly rssBytes: number;
  readonly cgroupMemoryBytes: number | null;
  readonly threads: number | null;
  readonly openFiles: number | null;
  /** The kernel's queue of the service's listening sockets, the fullest of them. */
  readonly listenQueue: { readonly length: number; readonly limit: number } | null;
  /** Busy share of all cores of the machine, 0 to 1. */
  readonly machineBusy: number | null;
}

export interface ThreadPoolEvent {
  readonly kind: 'threadpool';
  readonly atMs: number;
  readonly size: number;
  /** Time one small task waited in the queue, the loop's own lag subtracted. */
  readonly queueDelayMs: number;
  /** What holds the pool, where it could be told: `crypto`, `fs`, `dns`, `zlib`. */
  readonly filledBy: readonly { readonly work: string; readonly share: number }[];
}

export interface WorkersEvent {
  readonly kind: 'workers';
  readonly atMs: number;
  readonly workers: readonly {
    readonly pid: number;
    readonly cpuPercent: number;
    readonly utilization: number | null;
    readonly requestsPerSecond: number | null;
  }[];
  readonly exits: readonly { readonly pid: number; readonly how: string }[];
}

/** The worker threads of the process in one window, each with a loop and a heap of its own. */
export interface ThreadsEvent {
  readonly kind: 'threads';
  readonly atMs: number;
  readonly windowMs: number;
  readonly threads: readonly {
    /** `threadId` inside the service. */
    readonly id: number;
    /** As the application named it; empty when it did not. */
    readonly name: string;
    /** Share of the window in which its loop was not waiting for events; null when it did not answer in time. */
    readonly utilization: number | null;
    /** Percent of one core; null where Node does not tell it (before 22.19). */
    readonly cpuPercent: number | null;
    readonly heapUsedBytes: number | null;
    readonly heapLimitBytes: number | null;
    /** How long it has not answered by now; 0 when it does. */
    readonly silentMs: number;
    /** Where it was when asked, the most frequent first; only of threads that are busy. Shares of the questions. */
    readonly hottest: readonly { readonly stack: readonly CodeFrame[]; readonly share: number }[];
  }[];
}
