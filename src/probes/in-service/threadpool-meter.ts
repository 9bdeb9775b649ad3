/**
 * How long a small task waits for a thread of the libuv pool. This text runs inside the service.
 *
 *   stat at 0, the loop turns at 10, 20 … 180, stat done at 186  ->  the pool was full for 186 ms
 *   stat at 0, the loop is blocked from 1 to 300, stat done at 300  ->  0: the loop was late, not the pool
 *
 * A turn begins with timers, then the loop asks for what is done, then come immediates. So an immediate without the
 * task done says that it was not done when that turn's timers ran; a timer alone says nothing, however many of the
 * application's ran before it in the same turn.
 *
 * The first task makes libuv create the pool's threads, which stay for good. So nothing is measured before the
 * service has used the pool itself; until then there is nothing to wait for either.
 */
import type { ExtensionHost, ProbeExtension } from './installed-probe.ts';

export interface ThreadpoolMeter extends ProbeExtension {
  read(): WireThreadpool;
}

export interface WireThreadpool {
  readonly nowMs: number;
  /** Of the tasks that ended since the reading before, and of the one that still waits. */
  readonly delaysMs: readonly number[];
  /** Threads as the environment sets them; null when it does not. */
  readonly size: number | null;
  /** Requests of the application that the pool works on or that wait for it; null where nothing waits long. */
  readonly outstanding: { readonly fs: number; readonly dns: number } | null;
}

export function createThreadpoolMeter({ builtin, nowMs }: ExtensionHost): ThreadpoolMeter {
  const PROBE_EVERY_MS = 1000;
  const TURN_MS = 10;
  /** Listing what is active costs by the number of open sockets, so it is done only where there is something to say. */
  const LISTED_FROM_MS = 20;
  /**
   * Threads of a Node process without a pool: the main one, V8's four and their timer, and the inspector's two. Told
   * apart by number where libuv does not name its own (before 1.50). A service with worker threads has more: then the
   * pool is taken for there, as it nearly always is.
   */
  const THREADS_WITHOUT_POOL = 8;
  const NAMES_FROM_UV = 50;
  const DEFAULT_SIZE = 4;
  const TASKS = '/proc/self/task';
  const { stat, statSync, readdirSync, readFileSync } = builtin('fs') as typeof import('node:fs');
  const timers = builtin('timers') as typeof import('node:timers');
  let delays: number[] = [];
  let startedMs = -1;
  /** Until then the task was certainly not done. */
  let undoneMs = 0;
  let turns: NodeJS.Timeout | null = null;
  let turnEnd: NodeJS.Immediate | null = null;

  /** What comes after the last turn counts only where the loop was not held up since. */
  const delayAt = (atMs: number): number => (atMs - undoneMs <= TURN_MS ? atMs : undoneMs) - startedMs;

  const size = (): number | null => {
    const set = Number.parseInt(process.env['UV_THREADPOOL_SIZE'] ?? '', 10);
    return set > 0 ? Math.min(set, 1024) : null;
  };
  const outstanding = (): { fs: number; dns: number } => {
    const active: string[] = (
      process as unknown as { getActiveResourcesInfo(): string[] }
    ).getActiveResourcesInfo();
    const fs = active.filter((name) => name.startsWith('FSReq')).length;
    const dns = active.filter(
      (name) => name === 'GetAddrInfoReqWrap' || name === 'GetNameInfoReqWrap',
    ).length;
    // One of the file requests may be ours.
    return { fs: startedMs >= 0 ? Math.max(0, fs - 1) : fs, dns };
  };
  const namesThreads = (): boolean => {
    const [major = 0, minor = 0] = process.versions.uv.split('.').map(Number);
    return major > 1 || minor >= NAMES_FROM_UV;
  };
  const hasPoolThreads = (): boolean => {
    if (!namesThreads()) return threads >= THREADS_WITHOUT_POOL + (size() ?? DEFAULT_SIZE);
    return readdirSync(TASKS).some((task) =>
      readFileSync(`${TASKS}/${task}/comm`, 'latin1').startsWith('libuv-worker'),
    );
  };
  let threads = 0;
  let isUsed = false;
  /** Once the pool is there it stays. Where the kernel does not list threads, requests under way tell. */
  const usesPool = (): boolean => {
    if (isUsed) return true;
    try {
      // Its links are its two names and one for each thread: one look is enough while their number stays.
      const now = statSync(TASKS).nlink - 2;
      if (now !== threads) {
        threads = now;
        isUsed = hasPoolThreads();
      }
    } catch {
      // No Linux, or a thread ended as it was looked at.
      threads = 0;
    }
    if (!isUsed && threads === 0) {
      const { fs, dns } = outstanding();
      isUsed = fs + dns > 0;
    }
    return isUsed;
  };

  const endTurns = (): void => {
    if (turns !== null) timers.clearInterval(turns);
    if (turnEnd !== null) timers.clearImmediate(turnEnd);
  };
  const probe = (): void => {
    if (startedMs >= 0 || !usesPool()) return;
    startedMs = undoneMs = nowMs();
    turns = timers.setInterval(() => {
      const turnedMs = nowMs();
      turnEnd = timers.setImmediate(() => {
        undoneMs = turnedMs;
      });
    }, TURN_MS);
    turns.unref();
    stat('/', () => {
      endTurns();
      if (startedMs < 0) return;
      delays.push(delayAt(nowMs()));
      startedMs = -1;
    });
  };
  const every = timers.setInterval(probe, PROBE_EVERY_MS);
  every.unref();

  return {
    read() {
      const atMs = nowMs();
      const told = delays;
      delays = [];
      if (startedMs >= 0) told.push(delayAt(atMs));
      return {
        nowMs: atMs,
        delaysMs: told,
        size: size(),
        outstanding: Math.max(0, ...told) >= LISTED_FROM_MS ? outstanding() : null,
      };
    },
    remove() {
      timers.clearInterval(every);
      endTurns();
      startedMs = -1;
    },
  };
}
