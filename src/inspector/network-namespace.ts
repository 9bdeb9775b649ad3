/**
 * Reaching an inspector in another network namespace: that of a container, seen from its host. Its loopback address
 * is not ours, so each connection goes through a small process of our own that joined that namespace.
 *
 *   loopscope ── socket pair ── nsenter -t 4711 -n node (relay) ── 127.0.0.1:9229 of the container
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { sanitise } from '../shared/sanitiser.ts';
import * as errors from './attach-errors.ts';
import { RELAY_TITLE } from './own-processes.ts';
import { linkOf } from './process-record.ts';

/** `nsenter` needs 2 to 10 ms; longer than this only on a machine that hangs. */
const ENTERS_WITHIN_MS = 5000;

/**
 * The relay: it says `connected`, or the code of the error, and then passes bytes on. Small messages go out at once:
 * with Nagle's algorithm a round trip takes 43 ms instead of 0.5. It ends when either side does.
 */
const RELAY = `
const { Socket, connect } = require('net');
const near = new Socket({ fd: 3 });
const far = connect(Number(process.argv[2]), process.argv[1]);
const end = (why) => { if (why && why.code) process.stdout.write(why.code); near.destroy(); far.destroy(); };
far.setNoDelay(true).once('connect', () => { process.stdout.write('connected'); near.pipe(far); far.pipe(near); });
for (const side of [near, far]) side.once('error', end).once('close', () => end());`;

/** Whether the addresses that a process listens on mean something else here. */
export const hasOwnNetwork = (pid: number): boolean =>
  linkOf(pid, 'ns/net') !== linkOf(process.pid, 'ns/net');

/** Whether its network can be entered and its inspector reached there, before anything is asked of the process. */
export async function provideNetworkOf(pid: number): Promise<Result<void, CodedError>> {
  if (!hasLoopback(pid)) return fail(errors.loopbackDown(pid));
  try {
    const [command, ...args] = enter(pid, ['true']);
    await promisify(execFile)(command, args, { timeout: ENTERS_WITHIN_MS });
    return ok(undefined);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return fail(missing ? errors.entererMissing(pid) : errors.otherNetworkNamespace(pid));
  }
}

/** Its local addresses, as the kernel lists them; where that cannot be read, the usual is assumed. */
function hasLoopback(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/net/fib_trie`, 'latin1').includes('127.0.0.1');
  } catch {
    return true;
  }
}

/** Connects to an address as a process sees it. Rejects with an error whose `code` is the network's, or nsenter's words. */
export async function connectInNetworkOf(pid: number, host: string, port: number): Promise<Socket> {
  const [command, ...args] = enter(pid, [
    process.execPath,
    `--title=${RELAY_TITLE}`,
    '-e',
    RELAY,
    host,
    String(port),
  ]);
  const relay = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // What this program is run with (an inspector, say) is not for its helper.
    env: { ...process.env, NODE_OPTIONS: '' },
    // In a session of its own: the terminal's Ctrl+C would end it, and leaving needs the connection.
    detached: true,
  });
  const [, stdout, stderr, socket] = relay.stdio as unknown as readonly [null, Socket, Socket, Socket];
  let complaint = '';
  stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const said = await Promise.race([
    once(stdout, 'data').then(([text]) => String(text)),
    once(relay, 'close').then(() => ''),
    once(relay, 'error').then(([error]) => String(error)),
  ]);
  if (said === 'connected') {
    relay.unref();
    for (const pipe of [stdout, stderr]) pipe.destroy();
    return socket;
  }
  socket.destroy();
  throw Object.assign(new Error(sanitise(complaint.trim().split('\n')[0] || said)), { code: said });
}

/** A command that runs in the network namespace of a process; without root, by way of the user's own namespace. */
function enter(pid: number, command: readonly string[]): readonly [string, ...string[]] {
  const ownUsers = linkOf(pid, 'ns/user') !== linkOf(process.pid, 'ns/user');
  const rootless = ownUsers && process.getuid?.() !== 0 ? ['-U', '--preserve-credentials'] : [];
  return ['nsenter', '-t', String(pid), ...rootless, '-n', '--', ...command];
}
