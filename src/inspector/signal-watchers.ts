/**
 * Whether the application watches a signal itself, read from libuv's tree in the memory of the process. Node's own
 * SIGUSR1 handler, which opens the inspector, is not in that tree; an application's `process.on('SIGUSR1')` is, and
 * takes its place: the signal would run the application's code, often a shutdown.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { NodeExecutable } from './node-executable.ts';

/** `uv_signal_t` on 64-bit Linux, the same in libuv 1.0 to 1.52 (uv.h, uv/unix.h: UV_SIGNAL_PRIVATE_FIELDS). */
const WATCHER = { bytes: 128, signal: 104, left: 112, right: 120 } as const;
/** A red-black tree of at most a few hundred watchers; more is not that tree. */
const MOST_WATCHERS = 1024;

/** The signals that the application watches, or null when that cannot be known: stripped symbols, or no permission. */
export function watchedSignals(pid: number, executable: NodeExecutable): ReadonlySet<number> | null {
  if (executable.signalTree === null) return null;
  let memory: number;
  try {
    memory = openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return null;
  }
  try {
    const root = executable.signalTree.address + mappedAt(pid, executable.signalTree);
    return walkTree(memory, readBytes(memory, root, 8).readBigUInt64LE(0));
  } catch {
    return null;
  } finally {
    closeSync(memory);
  }
}

function walkTree(memory: number, root: bigint): ReadonlySet<number> | null {
  const signals = new Set<number>();
  const waiting = [root];
  for (let seen = 0; waiting.length > 0; seen++) {
    const address = waiting.pop() ?? 0n;
    if (address === 0n) continue;
    // The process runs on while we read: a tree that does not end was changed under us.
    if (seen > MOST_WATCHERS) return null;
    const watcher = readBytes(memory, address, WATCHER.bytes);
    signals.add(watcher.readInt32LE(WATCHER.signal));
    waiting.push(watcher.readBigUInt64LE(WATCHER.left), watcher.readBigUInt64LE(WATCHER.right));
  }
  return signals;
}

function mappedAt(pid: number, file: { readonly path: string; readonly relocatable: boolean }): bigint {
  if (!file.relocatable) return 0n;
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  const first = maps.find((line) => line.endsWith(file.path));
  if (first === undefined) throw new Error(`${file.path} is not mapped`);
  return BigInt(`0x${first.split('-')[0]}`);
}

function readBytes(memory: number, address: bigint, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  const read = readSync(memory, buffer, 0, bytes, address);
  if (read !== bytes) throw new Error('the memory of the process is not there');
  return buffer;
}
