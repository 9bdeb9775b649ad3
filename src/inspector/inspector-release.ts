/** Leaving a service: the inspector that we opened is closed, the rest is left as it was found. */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import * as errors from './attach-errors.ts';
import { evaluateWithModules } from './builtin-modules.ts';
import { closeExpression } from './inspector-move.ts';
import { pollUntil } from './polling.ts';
import { isStill } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import type { InspectorSession } from './session.ts';
import { countConnectionsTo, listeningSocketsOf } from './socket-table.ts';

/** An inspector of a local process that is ours to close. */
export interface OpenedInspector {
  readonly subject: ProcessRecord;
  readonly port: number;
  readonly inode: string;
  readonly originalDebugPort: number;
}

/** An idle loop closes within 2 ms; one that is blocked gets this long to come back. */
const CLOSES_WITHIN_MS = 1000;

/**
 * Closes the inspector from inside, while connected, and sees that its socket is gone. When another loopscope is
 * connected to the same inspector it stays open for that one, which will close it: the last one that leaves does.
 */
export async function releaseInspector(
  session: InspectorSession,
  inspector: OpenedInspector,
): Promise<Result<void, CodedError>> {
  const { subject, port, inode, originalDebugPort } = inspector;
  if (countConnectionsTo(subject.pid, port) > 1) {
    session.close();
    return ok(undefined);
  }
  const closing = closeExpression(originalDebugPort);
  const asked = await evaluateWithModules(session, closing, { timeoutMs: CLOSES_WITHIN_MS });
  const gone = (): true | null => (isListening(subject, inode) ? null : true);
  const closed = await pollUntil(gone, { everyMs: 2, withinMs: asked.ok ? CLOSES_WITHIN_MS : 0 });
  session.close();
  if (closed !== null) return ok(undefined);
  return fail(
    errors.detachIncomplete(
      `the loop of process ${subject.pid} is blocked: its inspector on port ${port} closes when the loop turns again`,
      `see that it did: ss -ltnp | grep ${port}`,
    ),
  );
}

const isListening = (subject: ProcessRecord, inode: string): boolean =>
  isStill(subject) && listeningSocketsOf(subject.pid).some((socket) => socket.inode === inode);
