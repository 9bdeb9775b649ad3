/**
 * How a session ends: the process is gone, or only the connection is. And the service's exit is not held up by us: a
 * Node that exits waits for its debuggers to leave, so we leave when it says that it waits.
 */
import { constants } from 'node:os';
import { readFileSync } from 'node:fs';
import { pollUntil } from './polling.ts';
import { isStill } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import type { InspectorSession } from './session.ts';

export interface SessionEnd {
  readonly state: 'ended' | 'lost';
  readonly how: string;
}

/** Sockets close before a process is gone; its exit handlers and the kernel's work lie between. */
const GONE_WITHIN_MS = 2000;
const EXITED = 'the process exited';
/** `exit_code` of `/proc/PID/stat`, counted after the name; see proc(5), field 52. */
const EXIT_STATUS_FIELD = 49;

/**
 * Watches a session to its end.
 * @param subject the process, when it is one of this machine
 * @param leftByUs whether we closed the session ourselves: then there is no end to tell, and the promise stays open
 */
export function watchEnd(
  session: InspectorSession,
  subject: ProcessRecord | null,
  leftByUs: () => boolean,
): Promise<SessionEnd> {
  let exiting = false;
  session.on('NodeRuntime.waitingForDisconnect', () => {
    exiting = true;
    // At once and without a question: Node 18 and 20 crash on an evaluate this late in a natural exit.
    session.close();
  });
  void session.call('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true });
  const endAfter = async (reason: string): Promise<SessionEnd> => {
    if (subject === null) {
      return exiting ? { state: 'ended', how: EXITED } : { state: 'lost', how: reason };
    }
    const gone = await waitUntilGone(subject);
    return gone === null
      ? { state: 'lost', how: `${reason}; the process runs on` }
      : { state: 'ended', how: gone.how ?? (exiting ? EXITED : 'the process ended') };
  };
  return new Promise((resolve) => {
    session.onClosed((reason) => {
      if (!leftByUs()) resolve(endAfter(reason));
    });
  });
}

/** `how` is known when the process was seen between its end and the moment its parent collected it. */
function waitUntilGone(subject: ProcessRecord): Promise<{ readonly how: string | null } | null> {
  const look = (): { readonly how: string | null } | null =>
    isStill(subject) ? null : { how: exitStatusOf(subject) };
  return pollUntil(look, { everyMs: 1, withinMs: GONE_WITHIN_MS });
}

/** A zombie still tells its exit status, in the form `waitpid` gives it. */
function exitStatusOf(subject: ProcessRecord): string | null {
  try {
    const stat = readFileSync(`/proc/${subject.pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] !== 'Z') return null;
    const status = Number(fields[EXIT_STATUS_FIELD]);
    const signal = status & 0x7f;
    if (signal === 0) return `the process exited with code ${status >> 8}`;
    const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
    return `the process was killed by ${name ?? `signal ${signal}`}`;
  } catch {
    return null;
  }
}
