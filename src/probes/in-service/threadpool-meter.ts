/**
 * How long a small task waits for a thread of the libuv pool. This text runs inside the service.
 *
 *   stat at 0, the loop turns at 10, 20 … 180, stat done at 186  ->  the pool was full for 186 ms
 *   stat at 0, the loop is blocked from 1 to 300, stat done at 300  ->  0: the loop was late, not the pool
 */
import type { ExtensionHost, ProbeExtension } from './probe-lifecycle.ts';

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
  /** A turn that is later than this was held up: the task may have been done long before it was told. */
  const LATE_TURN_MS = 3 * TURN_MS;
  /** Listing what is active costs by the number of open sockets, so it is done only where there is something to say. */
  const LISTED_FROM_MS = 20;
  const { stat } = builtin('fs') as typeof import('node:fs');
  const timers = builtin('timers') as typeof import('node:timers');
  let delays: number[] = [];
  let startedMs = -1;
  let turnedMs = 0;
  let turns: NodeJS.Timeout | null = null;

  /** What is certain: at the last turn but this one the task was not done. */
  const delayAt = (atMs: number): number =>
    atMs - turnedMs <= LATE_TURN_MS ? atMs - startedMs : turnedMs - startedMs;

  const probe = (): void => {
    if (startedMs >= 0) return;
    startedMs = turnedMs = nowMs();
    turns = timers.setInterval(() => {
      turnedMs = nowMs();
    }, TURN_MS);
    turns.unref();
    stat('/', () => {
      timers.clearInterval(turns!);
      if (startedMs < 0) return;
      delays.push(delayAt(nowMs()));
      startedMs = -1;
    });
  };
  const every = timers.setInterval(probe, PROBE_EVERY_MS);
  every.unref();

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

  return {
    read() {
      const atMs = nowMs();
      const told = delays;
      delays = [];
      if (startedMs >= 0) told.push(delayAt(atMs));
      const set = Number.parseInt(process.env['UV_THREADPOOL_SIZE'] ?? '', 10);
      return {
        nowMs: atMs,
        delaysMs: told,
        size: set > 0 ? Math.min(set, 1024) : null,
        outstanding: Math.max(0, ...told) >= LISTED_FROM_MS ? outstanding() : null,
      };
    },
    remove() {
      timers.clearInterval(every);
      if (turns !== null) timers.clearInterval(turns);
      startedMs = -1;
    },
  };
}
