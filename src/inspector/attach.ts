/** Attaching to a process by its pid. */
import { availableParallelism, hostname } from 'node:os';
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type { Attachment } from './attachment.ts';
import { openSession } from './protocol-session.ts';
import { listeningSocketsOf } from './socket-table.ts';
import { connectWebSocket, findInspectorAt } from './websocket-transport.ts';

const OPENS_WITHIN_MS = 2000;
const ANSWERS_WITHIN_MS = 2000;

/** Signals a Node process of this machine, finds the port that opened, and connects. */
export async function attachTo(pid: number): Promise<Result<Attachment, CodedError>> {
  const before = new Set(listeningSocketsOf(pid).map((socket) => socket.inode));
  process.kill(pid, 'SIGUSR1');
  const giveUpAt = Date.now() + OPENS_WITHIN_MS;
  let port: number | undefined;
  while (port === undefined && Date.now() < giveUpAt) {
    await sleep(5);
    port = listeningSocketsOf(pid).find((socket) => !before.has(socket.inode))?.port;
  }
  if (port === undefined) return refuse('no inspector opened');
  const found = await findInspectorAt('127.0.0.1', port, ANSWERS_WITHIN_MS);
  if (!found.ok) return refuse(`the inspector did not answer: ${found.error.kind}`);
  const wire = await connectWebSocket(found.value.webSocketUrl, ANSWERS_WITHIN_MS);
  if (!wire.ok) return refuse(`the inspector did not accept a connection: ${wire.error.kind}`);
  const session = openSession(wire.value);
  const facts = await session.evaluate<{ version: string; debugPort: number }>(
    '({ version: process.version, debugPort: process.debugPort })',
  );
  if (!facts.ok) return refuse(`the service did not answer: ${facts.error.kind}`);
  return ok({
    session,
    target: {
      pid,
      node: facts.value.version,
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(),
      cwd: readlinkSync(`/proc/${pid}/cwd`),
      hostname: hostname(),
      cores: availableParallelism(),
      machineCores: availableParallelism(),
      cgroupMemoryLimitBytes: null,
      heapLimitBytes: null,
      attachedBy: 'sigusr1',
      startedAtWallMs: null,
    },
    opened: { originalDebugPort: facts.value.debugPort },
    local: true,
    ended: new Promise((resolve) => {
      session.onClosed((how) => resolve({ state: 'lost', how }));
    }),
    detach: async () => {
      await session.evaluate("setTimeout(() => require('inspector').close(), 0), 1");
      await new Promise<void>((resolve) => {
        session.onClosed(() => resolve());
      });
      return ok(undefined);
    },
  });
}

const refuse = (message: string): Result<never, CodedError> =>
  fail({ code: 'attach-failed', message, hint: 'see whether the process still runs', exitCode: 3 });
