/**
 * The socket of the agent inside a process, from the kernel's tables: the process itself listens on it, or it is not
 * found. So neither a file that a killed service left nor one that somebody else made is taken for it.
 */
import { readFileSync } from 'node:fs';
import { pidOfAgentSocket } from './agent-folder.ts';
import type { ProcessRecord } from './process-record.ts';
import { socketInodesOf } from './socket-table.ts';

export interface UnixSocket {
  readonly path: string;
  readonly inode: string;
}

/** `__SO_ACCEPTCON` of the kernel's net/unix: the socket listens. */
const LISTENS = 0x10000;

/**
 * Where we reach the agent of a process, or null when it has none. Through the process's own root: it may live in
 * another mount namespace, and a socket in the file system does not mind which network we are in.
 */
export function findAgentSocket(
  { pid, ownPid }: ProcessRecord,
  table: string = readUnixSockets(pid),
): string | null {
  const named = parseUnixSockets(table).filter((socket) => pidOfAgentSocket(socket.path) === ownPid);
  if (named.length === 0) return null;
  const own = socketInodesOf(pid);
  const socket = named.find(({ inode }) => own.has(inode));
  return socket === undefined ? null : `/proc/${pid}/root${socket.path}`;
}

/** The table of Unix sockets in a process's network namespace. */
export function readUnixSockets(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/net/unix`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The sockets that listen at a path of the file system.
 *
 *   "Num RefCount Protocol Flags Type St Inode Path
 *    0000000000000000: 00000002 00000000 00010000 0001 01 31337 /tmp/a.sock" -> [{ path: '/tmp/a.sock', inode: '31337' }]
 */
export function parseUnixSockets(table: string): readonly UnixSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, flags, inode, path] = /^\S+: \S+ \S+ ([0-9A-F]+) \S+ \S+ +(\d+) (\/.*)$/.exec(line) ?? [];
    const listens = flags !== undefined && (Number.parseInt(flags, 16) & LISTENS) !== 0;
    return listens && inode !== undefined && path !== undefined ? [{ path, inode }] : [];
  });
}
