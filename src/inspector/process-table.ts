/** Questions about all processes of this machine at once. */
import { readFileSync } from 'node:fs';
import { numbersIn } from './event-loops.ts';
import { environmentVariableOf, shortCommandOf, readProcess } from './process-record.ts';
import { socketInodesOf } from './socket-table.ts';
import type { TcpSocket } from './socket-table.ts';

/** The pids of all processes; none where the system has no `/proc`. */
export const allPids = (): readonly number[] => numbersIn('/proc');

/** The processes that hold one of the sockets; only those whose files can be read are found. */
export const holdersOf = (inodes: ReadonlySet<string>): readonly number[] =>
  allPids().filter((pid) => [...socketInodesOf(pid)].some((inode) => inodes.has(inode)));

/**
 * The process that listens where another would open 127.0.0.1:port, if any; `pid: null` when it cannot be seen.
 * @param sockets those of the other's network namespace
 */
export function holderOfLoopbackPort(
  sockets: readonly TcpSocket[],
  port: number,
): { readonly pid: number | null; readonly command: string } | null {
  const inTheWay = sockets.filter(
    (socket) =>
      socket.state === 'listening' &&
      socket.port === port &&
      ['127.0.0.1', '0.0.0.0', '::'].includes(socket.address),
  );
  if (inTheWay.length === 0) return null;
  const holder = holdersOf(new Set(inTheWay.map((socket) => socket.inode)))[0];
  const record = holder === undefined ? null : readProcess(holder);
  return record === null ? { pid: null, command: '' } : { pid: record.pid, command: shortCommandOf(record) };
}

/** A process and its ancestors, nearest first. */
export function ancestryOf(pid: number): readonly number[] {
  const line: number[] = [];
  for (let at = pid; at > 0 && !line.includes(at); at = readProcess(at)?.parentPid ?? 0) line.push(at);
  return line;
}

/** The processes that a process started and that still run: children belong to the thread that started them. */
export function childrenOf(pid: number): readonly number[] {
  return numbersIn(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8');
      return children.split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}

/** Started by the cluster module; only the environment says so, and only to the same user. */
export const isClusterWorker = (pid: number): boolean =>
  environmentVariableOf(pid, 'NODE_UNIQUE_ID') !== null;
