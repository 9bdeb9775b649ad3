/**
 * Attaching to a service: from a pid or an address to a session that is proven to be with the right process.
 *
 *   recognise -> find the open inspector, or signal -> connect -> ask who it is -> move off the debug port
 */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { Clock } from '../shared/clock.ts';
import { systemClock } from '../shared/clock.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type { TargetInfo } from '../model/timeline-event.ts';
import type { Attachment } from './attachment.ts';
import * as errors from './attach-errors.ts';
import { declaredDebugPort, isMovedPort } from './debug-port.ts';
import type { OpenInspector } from './debug-port.ts';
import { takeDebugPortTurn } from './debug-port-turn.ts';
import { askOwnFacts, connectTo, connectToAgentAt, sayCallFailure } from './inspector-connection.ts';
import type { InspectorAddress } from './inspector-connection.ts';
import { MOVE_WITHIN_MS, moveInspector } from './inspector-move.ts';
import { openInspector } from './inspector-opening.ts';
import type { AttachProgress } from './inspector-opening.ts';
import { releaseInspector } from './inspector-release.ts';
import type { OpenedInspector } from './inspector-release.ts';
import { findApproach, recogniseNode } from './preflight.ts';
import type { Subject } from './preflight.ts';
import type { ProcessRecord } from './process-record.ts';
import { isStill, readProcess } from './process-record.ts';
import { watchEnd } from './process-end.ts';
import { holdersOf } from './process-table.ts';
import type { InspectorSession } from './session.ts';
import { socketsInNamespaceOf } from './socket-table.ts';
import type { TcpSocket } from './socket-table.ts';
import { targetInfoFrom } from './target-facts.ts';
import type { OwnFacts } from './target-facts.ts';

/**
 * What attaching to a process does, in this order: proves that it is Node and may be signalled, opens its inspector,
 * asks it who it is, moves the inspector off the debug port. One that was open already is neither opened nor moved.
 */
export type AttachStep = 'proving' | 'opening' | 'asking' | 'moving';

/** Closes an inspector that we had opened when we cannot do it any more: also when we are killed. */
export interface InspectorCaretaker {
  /** Nothing of ours is open any more. */
  dismiss(): void;
  /** It was not closed, or may open still, and nobody here waits for it any longer. */
  takeOver(): void;
}

export interface AttachOptions {
  readonly clock?: Clock;
  /** Asked for before a process is signalled: from then on until we leave something may be open. */
  readonly appointCaretaker?: (subject: ProcessRecord) => InspectorCaretaker;
  /** How long to wait for a service that a native call blocks. Default 10 minutes: what it waits for is told. */
  readonly waitMs?: number;
  /**
   * How long to wait for a blocked loop until the inspector that we opened can be moved off the debug port; then it
   * stays there. Default 1 s. Nobody else on that port can be attached to before.
   */
  readonly moveWithinMs?: number;
  /** The user's word that the application has no SIGUSR1 handler, for where it cannot be seen. */
  readonly assumeNoHandler?: boolean;
  readonly onProgress?: (progress: AttachProgress) => void;
  /** Told at the beginning of each step. */
  readonly onStep?: (step: AttachStep) => void;
  /**
   * Ends the wait for an answer. The wait for an inspector that a signal is still to open goes on: only who is there
   * when it opens can close it.
   */
  readonly interrupted?: AbortSignal;
}

/** A pid of this machine, or where an inspector listens. */
export type AttachTarget = number | InspectorAddress;

/**
 * Synchronous calls that last this long are commands run by `execSync` (dumps, builds); giving up earlier would leave
 * an inspector behind that opens when the call returns.
 */
const DEFAULT_WAIT_MS = 600_000;
/** Another loopscope holds the debug port for about 100 ms. */
const TURN_WITHIN_MS = 3000;

const NOBODY: InspectorCaretaker = { dismiss: () => {}, takeOver: () => {} };

/** What attaching has in hand while it goes on. */
interface Connection {
  readonly session: InspectorSession;
  readonly facts: OwnFacts;
  /** The process, when it is one of this machine. */
  readonly subject: ProcessRecord | null;
  readonly opened: OpenedInspector | null;
  readonly caretaker: InspectorCaretaker;
  readonly attachedBy: TargetInfo['attachedBy'];
}

type Settings = Required<AttachOptions>;

/** Attaches, or says in one line why not and what to do; a process that is refused has not been touched. */
export async function attachTo(
  target: AttachTarget,
  options: AttachOptions = {},
): Promise<Result<Attachment, CodedError>> {
  const settings = settingsFrom(options);
  const connection = await (typeof target === 'number'
    ? connectToProcess(target, settings)
    : connectToAddress(target, settings));
  return connection.ok ? ok(attachmentFrom(connection.value, settings.clock)) : connection;
}

/**
 * Attaches to a process that was started for us and waits for us, its inspector open on `socket`. That inspector is
 * ours to close.
 */
export async function attachToStarted(
  pid: number,
  socket: TcpSocket,
  options: AttachOptions = {},
): Promise<Result<Attachment, CodedError>> {
  const settings = settingsFrom(options);
  const subject = readProcess(pid);
  if (subject === null) return fail(errors.endedMeanwhile(pid));
  const connected = await connectToOpen(subject, { ...socket, openedBy: 'loopscope' }, settings);
  return connected.ok ? ok(attachmentFrom(connected.value, settings.clock)) : connected;
}

const settingsFrom = (options: AttachOptions): Settings => ({
  clock: systemClock,
  waitMs: DEFAULT_WAIT_MS,
  moveWithinMs: MOVE_WITHIN_MS,
  assumeNoHandler: false,
  onProgress: () => {},
  onStep: () => {},
  appointCaretaker: () => NOBODY,
  interrupted: new AbortController().signal,
  ...options,
});

async function connectToProcess(pid: number, settings: Settings): Promise<Result<Connection, CodedError>> {
  settings.onStep('proving');
  const recognised = recogniseNode(pid);
  if (!recognised.ok) return recognised;
  const connection = await connectToNode(recognised.value, settings);
  // Whatever could not be done then: that is why.
  return connection.ok || isStill(recognised.value.process) ? connection : fail(errors.endedMeanwhile(pid));
}

async function connectToNode(
  recognised: Subject,
  settings: Settings,
): Promise<Result<Connection, CodedError>> {
  const subject = recognised.process;
  const { pid } = subject;
  const endTurn = await takeDebugPortTurn(pid, TURN_WITHIN_MS);
  try {
    const approach = await findApproach(recognised, settings);
    if (!approach.ok) return approach;
    if (approach.value.kind === 'agent') {
      // Nobody has to take turns at a port.
      endTurn?.();
      return await connectToAgent(subject, approach.value.socketPath, settings);
    }
    if (approach.value.kind === 'open') {
      return await connectToOpen(subject, approach.value.inspector, settings);
    }
    settings.onStep('opening');
    const { debugPort } = approach.value;
    const onWaiting = (): void => endTurn?.();
    const caretaker = settings.appointCaretaker(subject);
    const socket = await openInspector(subject, debugPort, { ...settings, onWaiting });
    const connection = socket.ok ? await connectToOpened(subject, socket.value, caretaker, settings) : socket;
    if (!connection.ok) caretaker.takeOver();
    return connection;
  } finally {
    endTurn?.();
  }
}

const addressOf = (
  { address, port }: Pick<TcpSocket, 'address' | 'port'>,
  subject: ProcessRecord,
): InspectorAddress => ({ host: address, port, asSeenBy: subject.pid });

/** The agent listens inside the process: nothing is opened, so nothing is left to close. */
async function connectToAgent(
  subject: ProcessRecord,
  socketPath: string,
  settings: Settings,
): Promise<Result<Connection, CodedError>> {
  const connected = await connectToAgentAt(socketPath);
  if (!connected.ok) return connected;
  const session = connected.value;
  const facts = await proveProcess(session, subject, null, settings);
  if (facts.ok)
    return ok({ session, facts: facts.value, subject, opened: null, caretaker: NOBODY, attachedBy: 'agent' });
  session.close();
  return facts;
}

/** The inspector was open before us: it is used as it is, and closed only if a loopscope opened it. */
async function connectToOpen(
  subject: ProcessRecord,
  inspector: OpenInspector,
  settings: Settings,
): Promise<Result<Connection, CodedError>> {
  const connected = await connectTo(addressOf(inspector, subject));
  if (!connected.ok) return connected;
  const session = connected.value;
  const facts = await proveProcess(session, subject, inspector.port, settings);
  if (!facts.ok) {
    session.close();
    return facts;
  }
  const opened =
    inspector.openedBy === 'loopscope'
      ? { ...inspector, subject, originalDebugPort: declaredDebugPort(subject).port }
      : null;
  return ok({ session, facts: facts.value, subject, opened, caretaker: NOBODY, attachedBy: 'inspector' });
}

/** The signal opened it: it is moved off the debug port, so that others can be attached to. */
async function connectToOpened(
  subject: ProcessRecord,
  socket: TcpSocket,
  caretaker: InspectorCaretaker,
  settings: Settings,
): Promise<Result<Connection, CodedError>> {
  const connected = await connectTo(addressOf(socket, subject));
  if (!connected.ok) return connected;
  const facts = await proveProcess(connected.value, subject, socket.port, settings);
  if (!facts.ok) {
    // What was asked for is closed again, even by a service that comes to it only later.
    const originalDebugPort = declaredDebugPort(subject).port;
    const left = await releaseInspector(connected.value, { ...socket, subject, originalDebugPort });
    return left.ok ? facts : fail({ ...facts.error, hint: left.error.message });
  }
  settings.onStep('moving');
  const originalDebugPort = facts.value.debugPort;
  const moved = await moveInspector(connected.value, subject.pid, socket, settings.moveWithinMs);
  const opened = { subject, port: moved.port, inode: moved.inode, originalDebugPort };
  const connection = { facts: facts.value, subject, opened, caretaker, attachedBy: 'sigusr1' } as const;
  if (moved.inode === socket.inode) return ok({ ...connection, session: connected.value });

  connected.value.close();
  const again = await connectTo(addressOf(moved, subject));
  return again.ok ? ok({ ...connection, session: again.value }) : again;
}

async function connectToAddress(
  address: InspectorAddress,
  settings: Settings,
): Promise<Result<Connection, CodedError>> {
  const local = localProcessAt(address);
  if (local !== null) {
    const inspector = {
      ...local.socket,
      openedBy: isMovedPort(local.socket.port) ? 'loopscope' : 'user',
    } as const;
    return connectToOpen(local.subject, inspector, settings);
  }
  const connected = await connectTo(address);
  if (!connected.ok) return connected;
  const session = connected.value;
  settings.onStep('asking');
  const facts = await askOwnFacts(session, null, settings);
  if (facts.ok)
    return ok({
      session,
      facts: facts.value,
      subject: null,
      opened: null,
      caretaker: NOBODY,
      attachedBy: 'inspector',
    });
  session.close();
  return fail(errors.noAnswer('that address', sayCallFailure(facts.error)));
}

/** The process of this machine that listens at an address, if it is one of this machine and may be looked at. */
function localProcessAt(
  address: InspectorAddress,
): { readonly subject: ProcessRecord; readonly socket: TcpSocket } | null {
  const url = 'webSocketUrl' in address ? new URL(address.webSocketUrl) : null;
  const host = url?.hostname ?? ('host' in address ? address.host : '');
  const port = url === null ? ('port' in address ? address.port : 0) : Number(url.port);
  if (!/^(localhost|127\..*|\[?::1\]?)$/.test(host)) return null;
  const socket = socketsInNamespaceOf(process.pid).find(
    (candidate) => candidate.state === 'listening' && candidate.port === port,
  );
  const holder = socket === undefined ? undefined : holdersOf(new Set([socket.inode]))[0];
  const subject = holder === undefined ? null : readProcess(holder);
  return socket === undefined || subject === null ? null : { subject, socket };
}

/** Asks the service its pid and compares: an answer on the expected port may come from another process. */
async function proveProcess(
  session: InspectorSession,
  subject: ProcessRecord,
  port: number | null,
  settings: Settings,
): Promise<Result<OwnFacts, CodedError>> {
  settings.onStep('asking');
  const facts = await askOwnFacts(session, subject.pid, settings);
  if (facts.ok && facts.value.pid === subject.ownPid) return facts;
  return fail(
    facts.ok
      ? errors.wrongProcess(subject.pid, facts.value.pid, port)
      : errors.noAnswer(`process ${subject.pid}`, sayCallFailure(facts.error)),
  );
}

function attachmentFrom(connection: Connection, clock: Clock): Attachment {
  const { session, facts, subject, opened, caretaker, attachedBy } = connection;
  let detaching: Promise<Result<void, CodedError>> | null = null;
  const leave = async (): Promise<Result<void, CodedError>> => {
    if (opened === null) {
      session.close();
      return ok(undefined);
    }
    const released = await releaseInspector(session, opened);
    if (released.ok) caretaker.dismiss();
    else caretaker.takeOver();
    return released;
  };
  return {
    session,
    target: targetInfoFrom(facts, subject?.pid ?? null, attachedBy, clock.wallMs()),
    opened: opened === null ? null : { originalDebugPort: opened.originalDebugPort },
    local: subject !== null,
    ended: watchEnd(session, subject, () => detaching !== null),
    detach: () => (detaching ??= leave()),
  };
}
