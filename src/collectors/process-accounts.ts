/**
 * What the kernel's books say of one process: read from outside, so that it goes on while the loop is blocked.
 * Every figure that cannot be had (another user, another system, a stripped kernel) is null.
 */
import { readdirSync, readFileSync } from 'node:fs';
import {
  listeningSocketsIn,
  readListeningPart,
  socketInodesOf,
  SOCKET_TABLES,
} from '../inspector/socket-table.ts';
import type { SocketTableName } from '../inspector/socket-table.ts';

/** Node's backlog when `listen` is given none (lib/net.js); the kernel's table does not tell a socket's limit. */
const NODE_BACKLOG = 511;

export const countThreads = (pid: number): number | null => countEntries(`/proc/${pid}/task`);

export const countOpenFiles = (pid: number): number | null => countEntries(`/proc/${pid}/fd`);

/** Time that all cores together were busy and in all, in ticks since the machine started. */
export function readMachineTicks(): { readonly busy: number; readonly total: number } | null {
  const line = readOrNull('/proc/stat')?.split('\n', 1)[0];
  if (line === undefined) return null;
  // user nice system idle iowait irq softirq steal; the guests' time after them is contained in user (proc(5)).
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, each) => sum + each, 0);
  return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total };
}

/** The inodes of what a process listens on, by the table that they stand in; a table without any is left out. */
export type ListeningInodes = ReadonlyMap<SocketTableName, ReadonlySet<string>>;

/** Reads the name of every open file: not for each reading. */
export function listeningInodesOf(pid: number): ListeningInodes {
  const own = socketInodesOf(pid);
  const found = new Map<SocketTableName, ReadonlySet<string>>();
  for (const table of SOCKET_TABLES) {
    const sockets = listeningSocketsIn(pid, table, own);
    if (sockets.length > 0) found.set(table, new Set(sockets.map(({ inode }) => inode)));
  }
  return found;
}

/** The fullest accept queue among listening sockets: connections the kernel has made and Node has not taken. */
export function readListenQueue(
  pid: number,
  listening: ListeningInodes,
): { readonly length: number; readonly limit: number } | null {
  const lengths = [...listening].flatMap(([table, inodes]) =>
    parseListenQueues(readListeningPart(pid, table), inodes),
  );
  if (lengths.length === 0) return null;
  const kernelLimit = Number(readOrNull('/proc/sys/net/core/somaxconn') ?? NODE_BACKLOG);
  return { length: Math.max(...lengths), limit: Math.min(NODE_BACKLOG, kernelLimit) };
}

/** Queue lengths from the text of `/proc/net/tcp`: for a listening socket (state 0A) the receive queue counts them. */
export function parseListenQueues(table: string, inodes: ReadonlySet<string>): readonly number[] {
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if (fields[3] !== '0A' || !inodes.has(fields[9] ?? '')) return [];
    const length = Number.parseInt(fields[4]?.split(':')[1] ?? '', 16);
    return Number.isNaN(length) ? [] : [length];
  });
}

function countEntries(folder: string): number | null {
  try {
    return readdirSync(folder).length;
  } catch {
    return null;
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
