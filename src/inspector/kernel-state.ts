/**
 * What the kernel says the main thread of a process is doing, for the moments in which the service cannot say it
 * itself: while a native call blocks its loop.
 *
 *   pbkdf2Sync           -> { state: 'R', waitingIn: null, … }                                  'on CPU'
 *   execSync('sleep 8')  -> { state: 'S', waitingIn: 'ep_poll', inMainLoop: false, children }   'waiting for its child: sleep 8'
 *   idle                 -> { state: 'S', waitingIn: 'ep_poll', inMainLoop: true, … }           'waiting (ep_poll)'
 */
import { readFileSync } from 'node:fs';
import { eventLoopsOf } from './event-loops.ts';
import { TICKS_PER_SECOND, readProcess, shortCommandOf } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';

export interface KernelState {
  /** One letter, as `ps` shows it: R runs or could, S waits, D waits for a disk, T is stopped. */
  readonly state: string;
  /** The kernel function in which it waits, as far as the kernel tells; null while it runs. */
  readonly waitingIn: string | null;
  /**
   * Whether it waits for the events of the main loop; false for another loop, which is that of `spawnSync`. Null when
   * it does not wait for events, or when the kernel keeps its system call from us (Yama, for other users than root).
   */
  readonly inMainLoop: boolean | null;
  readonly children: readonly { readonly pid: number; readonly command: string; readonly ageMs: number }[];
}

/** Ready to run, and others have the CPU: the state is that of a thread that runs. */
const STARVED = 'waiting for a CPU';

/** A thread that works runs for more of the time than it waits, whoever else wants the CPU. */
const WORKS_FROM_SHARE = 0.5;

/** When a block was noticed is known less exactly than when a child began. */
const CHILD_AGE_MARGIN_MS = 1000;

/** The main thread of a process; null when it is gone. */
export function readKernelState(pid: number): KernelState | null {
  const record = readProcess(pid);
  if (record === null) return null;
  const waitingIn = readOrEmpty(`/proc/${pid}/wchan`).trim();
  return {
    state: record.state,
    waitingIn: record.state === 'R' || waitingIn === '' || waitingIn === '0' ? null : waitingIn,
    inMainLoop: waitsInMainLoop(pid),
    children: readOrEmpty(`/proc/${pid}/task/${pid}/children`)
      .split(' ')
      .filter(Boolean)
      .map((child) => readProcess(Number(child)))
      .filter((child) => child !== null)
      .filter((child) => child.state !== 'Z')
      .map((child) => ({ pid: child.pid, command: purposeOf(child), ageMs: ageMsOf(child) })),
  };
}

/** Whether the loop has nothing to do. Where that cannot be told from waiting for a child, it is not. */
export function isIdle({ state, waitingIn, inMainLoop, children }: KernelState): boolean {
  if (state !== 'S' || waitingIn?.includes('poll') !== true) return false;
  return inMainLoop ?? children.length === 0;
}

/**
 * For people.
 * @param blockedForMs for how long, at least; a child that is older than the block is not what is waited for.
 *   Infinity when the block may have begun at any time.
 * @param ranShare of the time watched, how much the main thread ran; null when it is not known.
 */
export function formatKernelState(
  kernel: KernelState,
  blockedForMs: number,
  ranShare: number | null = null,
): string {
  if (kernel.state === 'R') return ranShare !== null && ranShare <= WORKS_FROM_SHARE ? STARVED : 'on CPU';
  if (kernel.state === 'T') return 'stopped';
  // The loop of `spawnSync` turns for one child only: the one that was started last.
  const child = kernel.children
    .filter(({ ageMs }) => kernel.inMainLoop === false || ageMs <= blockedForMs + CHILD_AGE_MARGIN_MS)
    .toSorted((a, b) => a.ageMs - b.ageMs)[0];
  if (child !== undefined && kernel.inMainLoop !== true) return `waiting for its child: ${child.command}`;
  return kernel.waitingIn === null ? 'waiting' : `waiting (${kernel.waitingIn})`;
}

/** Milliseconds since a process started. */
export function ageMsOf(process: ProcessRecord): number {
  const uptimeSeconds = Number(readOrEmpty('/proc/uptime').split(' ')[0]);
  return uptimeSeconds * 1000 - (process.startTicks / TICKS_PER_SECOND) * 1000;
}

/** `281 0x15 …`: the number of the system call and its arguments, of which epoll's first is the descriptor. */
function waitsInMainLoop(pid: number): boolean | null {
  const argument = /^\d+ (0x[\da-f]+) /.exec(readOrEmpty(`/proc/${pid}/syscall`))?.[1];
  if (argument === undefined) return null;
  const { main, others } = eventLoopsOf(pid);
  if (Number(argument) === main?.descriptor) return true;
  return others.some((loop) => loop.descriptor === Number(argument)) ? false : null;
}

/** What a child was started for: `sleep 8`, not the shell around it. */
function purposeOf(child: ProcessRecord): string {
  const [shell, option, ...script] = child.commandLine;
  const isShell = /(?:^|\/)(?:ba|da|z)?sh$/.test(shell ?? '') && option === '-c';
  return shortCommandOf(isShell ? { ...child, commandLine: script } : child);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
