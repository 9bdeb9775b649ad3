/**
 * What the kernel's books say of one process: read from outside, so that it goes on while the loop is blocked.
 * Every figure that cannot be had (another user, another system, a stripped kernel) is null.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { listeningSocketsOf } from '../inspector/socket-table.ts';

/** Node's backlog when `listen` is given none (lib/net.js); the kernel's table does not tell a socket's limit. */
const NODE_BACKLOG = 511;

/** Listening sockets stand first in the kernel's table; the connections after them may be tens of thousands. */
const LISTENING_PART_BYTES = 16_384;

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

/** Inodes of the sockets that the process listens on. Reads every open file's name: not for each reading. */
export const listeningInodesOf = (pid: number): ReadonlySet<string> =>
  new Set(listeningSocketsOf(pid).map((socket) => socket.inode));

/** The fullest accept queue among listening sockets: connections the kernel has made and Node has not taken. */
export function readListenQueue(
  pid: number,
  inodes: ReadonlySet<string>,
): { readonly length: number; readonly limit: number } | null {
  if (inodes.size === 0) return null;
  const lengths = ['tcp', 'tcp6'].flatMap((table) =>
    parseListenQueues(readBeginning(`/proc/${pid}/net/${table}`, LISTENING_PART_BYTES), inodes),
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

function readBeginning(path: string, maxBytes: number): string {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(maxBytes);
    let filled = 0;
    // One read of a /proc file gives at most a page.
    while (filled < maxBytes) {
      const read = readSync(file, bytes, filled, maxBytes - filled, null);
      if (read === 0) break;
      filled += read;
    }
    return bytes.toString('latin1', 0, filled);
  } catch {
    return '';
  } finally {
    if (file !== null) closeSync(file);
  }
}
