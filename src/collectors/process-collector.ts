/** The process from outside: CPU, memory, threads, files, accept queue. Goes on while the loop is blocked. */
import pidusage from 'pidusage';
import { readCgroupMemoryBytes } from '../inspector/cgroup-limits.ts';
import { readMainThreadTimes } from '../inspector/main-thread-times.ts';
import type { ProcessEvent } from '../model/timeline-event.ts';
import type { Collector, CollectorContext } from './collector.ts';
import {
  countOpenFiles,
  countThreads,
  listeningInodesOf,
  readListenQueue,
  readMachineTicks,
} from './process-accounts.ts';
import type { ListeningInodes } from './process-accounts.ts';

const READ_EVERY_MS = 500;

/** Listing ten thousand open files takes milliseconds, so that is done at every tenth reading (5 s). */
const LIST_FILES_EVERY = 10;

/** The kernel takes up to 4 ms for a table of sockets: no more than half a percent of the time, and not staler than this. */
const QUEUE_REST_RATIO = 200;
const QUEUE_STALE_MS = 5_000;

interface Accounts {
  readonly atMs: number;
  readonly mainThread: ReturnType<typeof readMainThreadTimes>;
  readonly machine: ReturnType<typeof readMachineTicks>;
}

/** @param readEveryMs for tests, that need not wait */
export function createProcessCollector(
  context: CollectorContext,
  readEveryMs: number = READ_EVERY_MS,
): Collector {
  const { attachment, clock, emit } = context;
  const { pid } = attachment.target;
  let timer: NodeJS.Timeout | null = null;
  let before: Accounts | null = null;
  let readings = 0;
  let openFiles: number | null = null;
  let listening: ListeningInodes = new Map();
  let listenQueue: ProcessEvent['listenQueue'] = null;
  let nextQueueMs = -Infinity;
  let isReading = false;

  const gap = (reason: string): void =>
    emit({ kind: 'gap', atMs: clock.monotonicMs(), signal: 'process', reason, lost: null });

  const stop = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };

  const read = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    try {
      // Its CPU percentage covers the time since the call before; the first one has none to compare with.
      const usage = await pidusage(pid);
      const now: Accounts = {
        atMs: clock.monotonicMs(),
        mainThread: readMainThreadTimes(pid),
        machine: readMachineTicks(),
      };
      if (readings++ % LIST_FILES_EVERY === 0) {
        openFiles = countOpenFiles(pid);
        listening = listeningInodesOf(pid);
      }
      if (before !== null && timer !== null) emit(toProcessEvent(before, now, usage));
      before = now;
    } catch {
      // The process has ended; the attachment tells how.
      stop();
    } finally {
      isReading = false;
    }
  };

  const readQueue = (): ProcessEvent['listenQueue'] => {
    const beganMs = clock.monotonicMs();
    if (beganMs >= nextQueueMs) {
      listenQueue = readListenQueue(pid, listening);
      const endedMs = clock.monotonicMs();
      nextQueueMs = endedMs + Math.min(QUEUE_STALE_MS, (endedMs - beganMs) * QUEUE_REST_RATIO);
    }
    return listenQueue;
  };

  const toProcessEvent = (
    earlier: Accounts,
    now: Accounts,
    usage: { readonly cpu: number; readonly memory: number },
  ): ProcessEvent => ({
    kind: 'process',
    atMs: now.atMs,
    cpuPercent: usage.cpu,
    mainThreadPercent: selectPercent(
      earlier.mainThread?.cpuMs,
      now.mainThread?.cpuMs,
      now.atMs - earlier.atMs,
    ),
    mainThreadWaitPercent: selectWaitPercent(earlier, now),
    rssBytes: usage.memory,
    cgroupMemoryBytes: readCgroupMemoryBytes(pid),
    threads: countThreads(pid),
    openFiles,
    listenQueue: readQueue(),
    machineBusy: selectMachineBusy(earlier.machine, now.machine),
  });

  return {
    name: 'process',
    async start() {
      if (!attachment.local) {
        gap('the process is on another machine: its CPU and memory cannot be read from outside');
        return;
      }
      if (timer !== null) return;
      timer = setInterval(() => void read(), readEveryMs);
      await read();
    },
    async stop() {
      stop();
    },
  };
}

function selectPercent(
  beforeMs: number | null | undefined,
  nowMs: number | null | undefined,
  elapsedMs: number,
): number | null {
  if (typeof beforeMs !== 'number' || typeof nowMs !== 'number' || elapsedMs <= 0) return null;
  return Math.max(0, ((nowMs - beforeMs) / elapsedMs) * 100);
}

/** The kernel books a wait when it ends, so a wait that began before this window can be longer than the window. */
function selectWaitPercent(earlier: Accounts, now: Accounts): number | null {
  const percent = selectPercent(earlier.mainThread?.waitMs, now.mainThread?.waitMs, now.atMs - earlier.atMs);
  return percent === null ? null : Math.min(100, percent);
}

function selectMachineBusy(before: Accounts['machine'], now: Accounts['machine']): number | null {
  if (before === null || now === null || now.total <= before.total) return null;
  return Math.min(1, Math.max(0, (now.busy - before.busy) / (now.total - before.total)));
}
