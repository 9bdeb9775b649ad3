/** Opening the inspector of a process by SIGUSR1, and finding where it opened. */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import * as errors from './attach-errors.ts';
import { listenersOffMainLoop } from './debug-port.ts';
import { formatKernelState, isIdle, readKernelState } from './kernel-state.ts';
import { watchRunning } from './main-thread-times.ts';
import { pollUntil } from './polling.ts';
import { debugPortHolder } from './preflight.ts';
import { isStill } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import type { TcpSocket } from './socket-table.ts';

/** What attaching waits for, told again and again while it lasts. */
export interface AttachProgress {
  readonly kind: 'waiting-native';
  readonly forMs: number;
  /** `on CPU`, `waiting for a CPU`, or `waiting for its child: sleep 1.5`. */
  readonly kernelState: string;
  /**
   * Where the inspector opens when the call returns, and nobody can take that back: the signal is on its way. Null
   * when it is open already. 0 means that the kernel chooses the port.
   */
  readonly opensOn: number | null;
}

/** The port opens 14 to 25 ms after the signal when nothing blocks; from here on something does, and it is said. */
export const WAITING_AFTER_MS = 500;
export const PROGRESS_EVERY_MS = 500;
/** A main loop that was seen idle after the signal has taken it; if nothing opens this long after, nothing will. */
export const IDLE_MEANS_NO_MS = 3000;
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
  const ranShare = watchRunning(pid);
  try {
    process.kill(pid, 'SIGUSR1');
  } catch (error) {
    const refused = error instanceof Error && 'code' in error && error.code === 'EPERM';
    return fail(refused ? errors.signalNotPermitted(pid, subject.userId) : errors.endedMeanwhile(pid));
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
  let idleFromMs = Infinity;
  const lookAndTell = (): Result<TcpSocket, CodedError> | null => {
    const found = look();
    const forMs = performance.now() - signalledAt;
    if (found !== null || forMs < tellAt) return found;
    tellAt = forMs + PROGRESS_EVERY_MS;
    const kernel = readKernelState(pid);
    if (kernel === null) return fail(errors.endedMeanwhile(pid));
    if (isIdle(kernel)) {
      // A call that just returned leaves the loop idle a moment before the inspector is there.
      idleFromMs = Math.min(idleFromMs, forMs);
      return forMs - idleFromMs >= IDLE_MEANS_NO_MS ? fail(whyNotOpened(pid, debugPort)) : null;
    }
    const kernelState = formatKernelState(kernel, Infinity, ranShare());
    onProgress({ kind: 'waiting-native', forMs, kernelState, opensOn: debugPort });
    return forMs >= waitMs ? fail(errors.blockedNatively(pid, forMs, kernelState, debugPort)) : null;
  };
  const later = await pollUntil(lookAndTell, { everyMs: 20, withinMs: waitMs + 2 * PROGRESS_EVERY_MS });
  return later ?? fail(whyNotOpened(pid, debugPort));
}

const whyNotOpened = (pid: number, debugPort: number): CodedError =>
  (debugPort === 0 ? null : debugPortHolder(pid, debugPort)) ?? errors.inspectorDidNotOpen(pid, debugPort);
