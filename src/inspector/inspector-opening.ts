/** Opening the inspector of a process by SIGUSR1, and finding where it opened. */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import * as errors from './attach-errors.ts';
import { listenersOffMainLoop } from './debug-port.ts';
import { formatKernelState, readKernelState } from './kernel-state.ts';
import { pollUntil } from './polling.ts';
import { debugPortHolder } from './preflight.ts';
import { readProcess } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import type { TcpSocket } from './socket-table.ts';

/** What attaching waits for, told again and again while it lasts. */
export interface AttachProgress {
  readonly kind: 'waiting-native';
  readonly forMs: number;
  /** `on CPU`, or `waiting (do_wait), child: sleep 1.5`. */
  readonly kernelState: string;
}

/** The port opens 14 to 25 ms after the signal when nothing blocks; from here on something does, and it is said. */
export const WAITING_AFTER_MS = 500;
export const PROGRESS_EVERY_MS = 500;
/** A main thread that waits for events this long after the signal has taken it, and nothing opened. */
const IDLE_MEANS_NO_MS = 3000;
const POLL_EVERY_MS = 3;

export interface OpeningOptions {
  /** How long a native call may hold things up. */
  readonly waitMs: number;
  readonly onProgress: (progress: AttachProgress) => void;
  /** Called when a native call seems to block: others need not wait for the debug port that long. */
  readonly onWaiting: () => void;
}

/** Signals, and waits for a new listening socket of an event loop other than the main one. */
export async function openInspector(
  subject: ProcessRecord,
  debugPort: number,
  { waitMs, onProgress, onWaiting }: OpeningOptions,
): Promise<Result<TcpSocket, CodedError>> {
  const { pid } = subject;
  const before = new Set(listenersOffMainLoop(pid).map((socket) => socket.inode));
  const signalledAt = performance.now();
  try {
    process.kill(pid, 'SIGUSR1');
  } catch {
    return fail(errors.endedMeanwhile(pid));
  }
  const look = (): Result<TcpSocket, CodedError> | null => {
    if (!isStill(subject)) return fail(errors.endedMeanwhile(pid));
    const opened = listenersOffMainLoop(pid).find((socket) => !before.has(socket.inode));
    return opened === undefined ? null : ok(opened);
  };
  const soon = await pollUntil(look, { everyMs: POLL_EVERY_MS, withinMs: WAITING_AFTER_MS });
  if (soon !== null) return soon;
  onWaiting();

  let tellAt = WAITING_AFTER_MS;
  const lookAndTell = (): Result<TcpSocket, CodedError> | null => {
    const found = look();
    const forMs = performance.now() - signalledAt;
    if (found !== null || forMs < tellAt) return found;
    tellAt = forMs + PROGRESS_EVERY_MS;
    const kernel = readKernelState(pid);
    if (kernel === null) return fail(errors.endedMeanwhile(pid));
    const kernelState = formatKernelState(kernel, forMs);
    onProgress({ kind: 'waiting-native', forMs, kernelState });
    const idle = kernel.waitingIn?.includes('poll') === true && !kernelState.includes('child');
    if (idle && forMs >= IDLE_MEANS_NO_MS) return fail(whyNotOpened(pid, debugPort));
    return forMs >= waitMs ? fail(errors.blockedNatively(pid, forMs, kernelState)) : null;
  };
  const later = await pollUntil(lookAndTell, { everyMs: 20, withinMs: waitMs + 2 * PROGRESS_EVERY_MS });
  return later ?? fail(whyNotOpened(pid, debugPort));
}

/** Whether the pid still means the process that was looked at, and that one runs. */
export function isStill(subject: ProcessRecord): boolean {
  const now = readProcess(subject.pid);
  return now !== null && now.startTicks === subject.startTicks && now.state !== 'Z' && now.state !== 'X';
}

const whyNotOpened = (pid: number, debugPort: number): CodedError =>
  (debugPort === 0 ? null : debugPortHolder(pid, debugPort)) ?? errors.inspectorDidNotOpen(pid, debugPort);
