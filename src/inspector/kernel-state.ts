/**
 * What the kernel says a thread is doing, for the moments in which the service cannot say it itself: while a native
 * call blocks its loop.
 *
 *   pbkdf2Sync   -> { state: 'R', waitingIn: null, … }                              'on CPU'
 *   execSync     -> { state: 'S', waitingIn: 'ep_poll', children: [sleep 1.5] }     'waiting (ep_poll), child: sleep 1.5'
 */
import { readFileSync } from 'node:fs';
import { commandOf, readProcess } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';

export interface KernelState {
  /** One letter, as `ps` shows it: R runs or could, S waits, D waits for a disk, T is stopped. */
  readonly state: string;
  /** The kernel function in which it waits, as far as the kernel tells; null while it runs. */
  readonly waitingIn: string | null;
  readonly children: readonly { readonly pid: number; readonly command: string; readonly ageMs: number }[];
}

/** Clock ticks a second in `/proc`: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The main thread of a process; null when it is gone. */
export function readKernelState(pid: number): KernelState | null {
  const record = readProcess(pid);
  if (record === null) return null;
  const waitingIn = readOrEmpty(`/proc/${pid}/wchan`).trim();
  return {
    state: record.state,
    waitingIn: record.state === 'R' || waitingIn === '' || waitingIn === '0' ? null : waitingIn,
    children: readOrEmpty(`/proc/${pid}/task/${pid}/children`)
      .split(' ')
      .filter(Boolean)
      .map((child) => readProcess(Number(child)))
      .filter((child) => child !== null)
      .map((child) => ({ pid: child.pid, command: commandOf(child), ageMs: ageMsOf(child) })),
  };
}

/** For people. A child older than the block is not what is waited for. */
export function formatKernelState(kernel: KernelState, blockedForMs: number): string {
  if (kernel.state === 'R') return 'on CPU';
  if (kernel.state === 'T') return 'stopped';
  const child = kernel.children
    .filter(({ ageMs }) => ageMs <= blockedForMs + CHILD_AGE_MARGIN_MS)
    .toSorted((a, b) => a.ageMs - b.ageMs)[0];
  const where = kernel.waitingIn === null ? '' : ` (${kernel.waitingIn})`;
  return `waiting${where}${child === undefined ? '' : `, child: ${child.command}`}`;
}

/** When a block was noticed is known less exactly than when a child began. */
const CHILD_AGE_MARGIN_MS = 1000;

/** Milliseconds since a process started. */
export function ageMsOf(process: ProcessRecord): number {
  const uptimeSeconds = Number(readOrEmpty('/proc/uptime').split(' ')[0]);
  return uptimeSeconds * 1000 - (process.startTicks / TICKS_PER_SECOND) * 1000;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
