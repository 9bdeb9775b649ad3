/**
 * Where the inspector of a process is, or would open: from its options and from the kernel's tables. Nothing is sent
 * to any port to find out.
 *
 *   node --inspect-port=9400 server.js      -> would open on 9400
 *   NODE_OPTIONS=--inspect=0.0.0.0:0        -> is open somewhere
 */
import { readFileSync } from 'node:fs';
import { eventLoopsOf, numbersIn, openFileOf } from './event-loops.ts';
import { environmentVariableOf } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { listeningSocketsOf } from './socket-table.ts';
import type { TcpSocket } from './socket-table.ts';

/** Node's own default. */
const DEFAULT_DEBUG_PORT = 9229;
/**
 * Where loopscope moves the inspectors it opens: below the ports that the kernel hands out by itself (32768 and up),
 * and always the same few, so that a second loopscope knows such an inspector for what it is.
 */
export const MOVED_PORTS = { first: 28_120, count: 64 } as const;

export interface DeclaredDebugPort {
  /** 0 means that the kernel chooses. */
  readonly port: number;
  /** Started with an open inspector: `--inspect`, `--inspect-brk`, `--inspect-wait`. */
  readonly openFromStart: boolean;
}

export interface OpenInspector {
  readonly address: string;
  readonly port: number;
  /** Of the listening socket: what tells whether it is still the same inspector. */
  readonly inode: string;
  readonly openedBy: 'user' | 'loopscope';
}

/** Options of Node that take their value from the next argument, so that it is not mistaken for the script. */
const TAKES_NEXT =
  /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--title|--inspect-port|--debug-port)$/;
const INSPECT = /^--(inspect(?:-brk|-wait)?|inspect-port|debug-port)(?:=(?:.*:)?(\d+))?$/;

/** What the options of a process say of its inspector. */
export const declaredDebugPort = (process: ProcessRecord): DeclaredDebugPort =>
  parseDebugPort(nodeOptionsOf(process));

/** Node's options of a process, the environment's first; a process that changed its title has overwritten its own. */
export function nodeOptionsOf(process: ProcessRecord): readonly string[] {
  const fromEnvironment = environmentVariableOf(process.pid, 'NODE_OPTIONS') ?? '';
  return [...fromEnvironment.split(/\s+/), ...optionsBeforeScript(process.commandLine)];
}

/** A later option wins over an earlier one, as in Node. */
export function parseDebugPort(options: readonly string[]): DeclaredDebugPort {
  let port = DEFAULT_DEBUG_PORT;
  let openFromStart = false;
  for (const [index, option] of options.entries()) {
    const match = INSPECT.exec(option);
    if (match === null) continue;
    openFromStart ||= match[1]?.startsWith('inspect') === true && match[1] !== 'inspect-port';
    const value =
      match[2] ?? (TAKES_NEXT.test(option) ? /\d+$/.exec(options[index + 1] ?? '')?.[0] : undefined);
    if (value !== undefined) port = Number(value);
  }
  return { port, openFromStart };
}

/** The arguments between the program and its script. */
export function optionsBeforeScript(commandLine: readonly string[]): readonly string[] {
  const options: string[] = [];
  for (let index = 1; index < commandLine.length; index++) {
    const argument = commandLine[index] ?? '';
    if (!argument.startsWith('-') && !TAKES_NEXT.test(commandLine[index - 1] ?? '')) break;
    options.push(argument);
  }
  return options;
}

export const isMovedPort = (port: number): boolean =>
  port >= MOVED_PORTS.first && port < MOVED_PORTS.first + MOVED_PORTS.count;

/** The inspector that a process has open, or null when it has none that can be told for one. */
export function openInspectorOf(process: ProcessRecord): OpenInspector | null {
  // The earliest first: a worker thread that serves listens like an inspector, but one open from the start came before.
  const candidates = listenersOffMainLoop(process.pid);
  const declared = declaredDebugPort(process);
  const moved = candidates.find((socket) => isMovedPort(socket.port));
  const expected = candidates.find((socket) => socket.port === declared.port);
  const somewhere = (declared.openFromStart && declared.port === 0) || hasInspectorThread(process.pid);
  const inspector = moved ?? expected ?? (somewhere ? candidates[0] : undefined);
  if (inspector === undefined) return null;
  const { address, port, inode } = inspector;
  return { address, port, inode, openedBy: moved === undefined ? 'user' : 'loopscope' };
}

/**
 * Sockets that a process listens on, but not from its main thread: an inspector has a thread and an event loop of
 * its own. So has a worker thread. In the order in which their loops were made.
 */
export function listenersOffMainLoop(pid: number): readonly TcpSocket[] {
  const loopOf = socketsOffMainLoop(pid);
  // The kernel takes milliseconds for its table of sockets, and most processes have no other loop that watches any.
  if (loopOf.size === 0) return [];
  return listeningSocketsOf(pid)
    .filter((socket) => loopOf.has(socket.inode))
    .toSorted((a, b) => (loopOf.get(a.inode) ?? 0) - (loopOf.get(b.inode) ?? 0));
}

/** Sockets watched by event loops other than the main thread's, with the descriptor of that loop. */
function socketsOffMainLoop(pid: number): ReadonlyMap<string, number> {
  const { main, others } = eventLoopsOf(pid);
  const inodes = new Map<string, number>();
  for (const loop of main === null ? [] : others) {
    for (const watched of loop.watched) {
      const inode = /^socket:\[(\d+)\]$/.exec(openFileOf(pid, watched) ?? '')?.[1];
      if (inode !== undefined) inodes.set(inode, loop.descriptor);
    }
  }
  return inodes;
}

/** Node 24 and later name their threads. */
function hasInspectorThread(pid: number): boolean {
  return numbersIn(`/proc/${pid}/task`).some((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim() === 'InspectorIo';
    } catch {
      return false;
    }
  });
}
