/**
 * Where the in-process agent has its socket: in a folder that only its user can enter, `loopscope-UID`, below one of
 * a few places. Used by both sides: the agent makes it, we clear it of what killed services left.
 *
 *   /run/user/1000/loopscope-1000/agent-4711-9f86d081.sock
 *
 * The folder and the mode of the file are the guard: the kernel checks both before it connects anybody.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';

/** What the agent's thread is called among those of the service: it is none of the application's. */
export const AGENT_THREAD_NAME = 'loopscope-agent';
/** Names the one place where the agent may put its folder. */
export const AGENT_FOLDER_VARIABLE = 'LOOPSCOPE_AGENT_DIR';

/** The kernel takes 107 bytes, macOS 103, and a socket in a container is reached by `/proc/4194304/root` before it. */
const LONGEST_PATH_BYTES = 103 - '/proc/4194304/root'.length;
const OPEN_TO_OTHERS = 0o077;
const SOCKET_NAME = /^agent-(\d+)-[0-9a-f]{8}\.sock$/;

/** The name differs each time, because two containers may share a folder and count their pids alike. */
export const agentSocketName = (pid: number): string => `agent-${pid}-${randomBytes(4).toString('hex')}.sock`;

/** The pid, as the service itself sees it, of which a file is the agent's socket; null for any other file. */
export function pidOfAgentSocket(path: string): number | null {
  const digits = SOCKET_NAME.exec(path.slice(path.lastIndexOf('/') + 1))?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * The places that are tried, the best first. Where the whole file system is read-only, /dev/shm mostly is not.
 */
export function agentPlaces(env: NodeJS.ProcessEnv): readonly string[] {
  const configured = env[AGENT_FOLDER_VARIABLE];
  if (configured) return [configured];
  const places = [env['XDG_RUNTIME_DIR'], env['TMPDIR'], '/tmp', '/dev/shm'];
  return [...new Set(places.filter((place) => place !== undefined && place.startsWith('/')))] as string[];
}

/** Makes the folder below a place, or says why it cannot be used: somebody else may have made it before us. */
export function provideAgentFolder(place: string, userId: number): Result<string, string> {
  const folder = join(place, `loopscope-${userId}`);
  const longest = join(folder, agentSocketName(4_194_304));
  if (Buffer.byteLength(longest) > LONGEST_PATH_BYTES) {
    return fail(`${folder}: too long, a socket's path may have ${LONGEST_PATH_BYTES} bytes`);
  }
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code !== 'EEXIST') return fail(`${folder}: ${code}`);
  }
  const refused = whyNotOurs(folder, userId);
  return refused === null ? ok(folder) : fail(`${folder}: ${refused}`);
}

/** The mode a socket gets by itself depends on the umask, which a thread cannot change; the folder guards meanwhile. */
export const guardSocket = (path: string): void => chmodSync(path, 0o600);

/**
 * Removes the sockets that nobody listens on any more: the kernel leaves them when a process is killed. One that
 * belongs to another pid namespace is told from those by connecting, which the agent at the other end does not mind.
 */
export async function clearAgentFolder(folder: string, userId: number): Promise<void> {
  if (whyNotOurs(folder, userId) !== null) return;
  const stale = readdirSync(folder).filter((name) => {
    const pid = pidOfAgentSocket(name);
    return pid !== null && !isRunning(pid);
  });
  await Promise.all(
    stale.map(async (name) => {
      const path = join(folder, name);
      if (await isDeaf(path)) rmSync(path, { force: true });
    }),
  );
}

/** Clears all folders that this user's agents may have used. */
export async function clearAgentFolders(env: NodeJS.ProcessEnv): Promise<void> {
  const userId = process.geteuid?.();
  if (userId === undefined) return;
  const folders = agentPlaces(env).map((place) => join(place, `loopscope-${userId}`));
  await Promise.all(folders.map((folder) => clearAgentFolder(folder, userId)));
}

function whyNotOurs(folder: string, userId: number): string | null {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return 'it is not there';
  if (!found.isDirectory()) return 'it is no folder';
  if (found.uid !== userId) return `it belongs to another user (uid ${found.uid})`;
  return (found.mode & OPEN_TO_OTHERS) === 0 ? null : 'it is open to other users';
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isDeaf(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'));
  });
}
