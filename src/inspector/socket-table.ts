/**
 * The kernel's table of TCP sockets, as a process sees it: `/proc/PID/net/tcp` and `tcp6`, joined with the inodes
 * among its open files. So it can be told which ports a process listens on without sending anything to any of them.
 *
 *   "  0: 0100007F:240D 00000000:0000 0A … 31337 …" -> { address: '127.0.0.1', port: 9229, remotePort: 0, state: 'listening', inode: '31337' }
 */
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync, readSync } from 'node:fs';

export interface TcpSocket {
  readonly address: string;
  readonly port: number;
  /** 0 while it listens. */
  readonly remotePort: number;
  readonly state: 'listening' | 'established' | 'other';
  readonly inode: string;
}

/** IPv4 and IPv6, by the names of their files. */
export const SOCKET_TABLES = ['tcp', 'tcp6'] as const;

export type SocketTableName = (typeof SOCKET_TABLES)[number];

/** A read of a file of /proc gives no more. */
const PAGE_BYTES = 4096;
const LISTENING = '0A';
/** A line of a socket that does not listen, with all its fields up to the state. */
const CONNECTION_LINE = /^ *\d+: \S+ \S+ (?!0A)\S+ /m;
const ESTABLISHED = '01';

/** All TCP sockets in the network namespace of a process; empty when it is gone or cannot be read. */
export function socketsInNamespaceOf(pid: number): readonly TcpSocket[] {
  return SOCKET_TABLES.flatMap((table) => parseSocketTable(readOrEmpty(`/proc/${pid}/net/${table}`)));
}

/** The listening sockets that a process holds open itself. */
export function listeningSocketsOf(pid: number): readonly TcpSocket[] {
  const own = socketInodesOf(pid);
  return SOCKET_TABLES.flatMap((table) => listeningSocketsIn(pid, table, own));
}

/** Those of one table. @param own the inodes of the process's sockets */
export function listeningSocketsIn(
  pid: number,
  table: SocketTableName,
  own: ReadonlySet<string>,
): readonly TcpSocket[] {
  return parseSocketTable(readListeningPart(pid, table)).filter(
    (socket) => socket.state === 'listening' && own.has(socket.inode),
  );
}

/**
 * The beginning of a table, with everything in it that listens: that stands first. The tens of thousands of connections
 * after it are not read: to find the next of them the kernel walks through its buckets (2 to 4 ms for 262,144).
 */
export function readListeningPart(pid: number, table: SocketTableName): string {
  let file: number | null = null;
  let text = '';
  try {
    file = openSync(`/proc/${pid}/net/${table}`, 'r');
    const page = Buffer.allocUnsafe(PAGE_BYTES);
    let readBytes: number;
    do {
      readBytes = readSync(file, page);
      text += page.toString('latin1', 0, readBytes);
    } while (readBytes > 0 && !CONNECTION_LINE.test(text));
  } catch {
    // The process is gone, or has no such table.
  }
  if (file !== null) closeSync(file);
  return text;
}

/** How many connections to a local port are open, seen from its server's side. */
export function countConnectionsTo(pid: number, port: number): number {
  const own = socketInodesOf(pid);
  return socketsInNamespaceOf(pid).filter(
    (socket) => socket.state === 'established' && socket.port === port && own.has(socket.inode),
  ).length;
}

/** Inodes of the sockets among a process's open files; empty when its files cannot be read. */
export function socketInodesOf(pid: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  const folder = `/proc/${pid}/fd`;
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch {
    return inodes;
  }
  for (const file of files) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${file}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed since the folder was read.
    }
  }
  return inodes;
}

/** Reads the text of one table; lines that are no sockets (the heading) are left out. */
export function parseSocketTable(text: string): readonly TcpSocket[] {
  const sockets: TcpSocket[] = [];
  for (const line of text.split('\n')) {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
    const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local ?? '');
    if (match === null || inode === undefined) continue;
    sockets.push({
      address: addressFromHex(match[1] ?? ''),
      port: Number.parseInt(match[2] ?? '', 16),
      remotePort: Number.parseInt(remote?.split(':')[1] ?? '0', 16),
      state: state === LISTENING ? 'listening' : state === ESTABLISHED ? 'established' : 'other',
      inode,
    });
  }
  return sockets;
}

/** The kernel prints addresses as 32-bit words in the machine's byte order: little-endian wherever Node runs today. */
function addressFromHex(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed(),
  );
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
