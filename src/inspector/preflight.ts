/**
 * Everything that has to be true before a process is signalled. SIGUSR1 kills what is not Node, kills a Node whose
 * handler is gone, and runs the application's code where it has a handler of its own; so each is ruled out first,
 * from the outside, and a doubt is a refusal.
 */
import { constants } from 'node:os';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { adviseAgent } from './agent-command.ts';
import { findAgentSocket } from './agent-socket.ts';
import * as errors from './attach-errors.ts';
import { declaredDebugPort, nodeOptionsOf, openInspectorOf } from './debug-port.ts';
import type { OpenInspector } from './debug-port.ts';
import { ageMsOf } from './kernel-state.ts';
import { nodeExecutableOf } from './node-executable.ts';
import type { NodeExecutable } from './node-executable.ts';
import { hasOwnNetwork, provideNetworkOf } from './network-namespace.ts';
import { loopscopeConnectedTo } from './own-processes.ts';
import { pollUntil } from './polling.ts';
import { holdsSignal, linkOf, readProcess, shortCommandOf } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { childrenOf, holderOfLoopbackPort, isClusterWorker } from './process-table.ts';
import { socketsInNamespaceOf } from './socket-table.ts';
import type { TcpSocket } from './socket-table.ts';
import { watchedSignals } from './signal-watchers.ts';

const { SIGUSR1 } = constants.signals;

export interface Subject {
  readonly process: ProcessRecord;
  readonly executable: NodeExecutable;
}

/** How the inspector of a process can be had. */
export type Approach =
  | { readonly kind: 'agent'; readonly socketPath: string }
  | { readonly kind: 'open'; readonly inspector: OpenInspector }
  | { readonly kind: 'signal'; readonly debugPort: number };

/** Options that leave SIGUSR1 without effect: of Node 22 and later, and of Node 20 and later. */
const NO_SIGNAL = /^--(?:disable-sigusr1|(?:experimental-)?permission)$/;
/** Node installs its handler within the first 200 ms of its life; a loaded machine may need ten times that. */
const START_UP_MS = 2000;

/**
 * Whether a process runs, is Node and is ours to talk to. Looks only.
 * @param platform only Linux shows from outside what a process is, and what a signal would do to it
 */
export function recogniseNode(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): Result<Subject, CodedError> {
  if (platform !== 'linux') return fail(errors.otherPlatform(pid, platform));
  const record = readProcess(pid);
  if (record === null) return fail(isHidden(pid) ? errors.hiddenProcess(pid) : errors.noSuchProcess(pid));
  if (pid === process.pid) return fail(errors.ownProcess(pid));
  if (record.state === 'Z' || record.state === 'X') return fail(errors.zombie(pid));
  if (linkOf(pid, 'exe') === null) return fail(whyUnreadable(record));
  const executable = nodeExecutableOf(pid);
  if (executable === null) return fail(errors.notNode(pid, shortCommandOf(record)));
  return ok({ process: record, executable });
}

/** Only signals tell of a process that `/proc` hides. */
function isHidden(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Why the executable of a process cannot be seen: a kernel thread has none, and the rest is a matter of rights. */
function whyUnreadable({ pid, userId, commandLine }: ProcessRecord): CodedError {
  if (commandLine.length === 0) return errors.notNode(pid, 'a kernel thread');
  const ownUserId = process.geteuid?.() ?? -1;
  if (ownUserId === userId) return errors.privilegedProcess(pid);
  return ownUserId === 0 ? errors.ptraceMissing(pid, userId) : errors.otherUser(pid, userId);
}

export interface ApproachOptions {
  /** The user's word, where it cannot be seen whether the application handles SIGUSR1 itself. */
  readonly assumeNoHandler?: boolean;
  /** How old a process is, in milliseconds, that is no longer waited for to start up. */
  readonly startUpMs?: number;
  /** Where the sockets of a process's network namespace are read; many processes are looked at with one reading. */
  readonly socketsOf?: (pid: number) => readonly TcpSocket[];
  readonly unixSocketsOf?: (pid: number) => string;
}

/** Finds the agent, or the inspector that is open already, or makes sure that the signal would open one and do nothing else. */
export async function findApproach(
  { process: subject, executable }: Subject,
  options: ApproachOptions,
): Promise<Result<Approach, CodedError>> {
  const { pid } = subject;
  if (subject.state === 'T' || subject.state === 't') return fail(errors.stopped(pid));
  const socketPath = findAgentSocket(subject, options.unixSocketsOf?.(pid));
  if (socketPath !== null) return ok({ kind: 'agent', socketPath });
  if (hasOwnNetwork(pid)) {
    const network = await provideNetworkOf(pid);
    if (!network.ok) return network;
  }
  const inspector = openInspectorOf(subject);
  if (inspector !== null) return ok({ kind: 'open', inspector });

  const harmless = await signalIsHarmless(subject, executable, options);
  if (!harmless.ok) return harmless;
  const debugPort = declaredDebugPort(subject).port;
  const inTheWay = debugPort === 0 ? null : debugPortHolder(pid, debugPort, options.socketsOf);
  return inTheWay === null ? ok({ kind: 'signal', debugPort }) : fail(inTheWay);
}

/** Why a process cannot open its inspector on a port, if somebody listens there. */
export function debugPortHolder(
  pid: number,
  port: number,
  socketsOf: (pid: number) => readonly TcpSocket[] = socketsInNamespaceOf,
): CodedError | null {
  const sockets = socketsOf(pid);
  const holder = holderOfLoopbackPort(sockets, port);
  if (holder === null) return null;
  if (holder.pid === null) return errors.debugPortTaken(pid, port, null);
  const record = readProcess(holder.pid);
  const inspector = record !== null && openInspectorOf(record)?.port === port;
  const watcher = inspector ? loopscopeConnectedTo(sockets, port) : null;
  return errors.debugPortTaken(pid, port, { pid: holder.pid, command: holder.command, inspector, watcher });
}

async function signalIsHarmless(
  subject: ProcessRecord,
  executable: NodeExecutable,
  { assumeNoHandler = false, startUpMs = START_UP_MS }: ApproachOptions,
): Promise<Result<void, CodedError>> {
  const { pid } = subject;
  const advice = adviseAgent(subject, executable.version);
  if (nodeOptionsOf(subject).some((option) => NO_SIGNAL.test(option))) {
    return fail(errors.signalBlocked(pid, advice));
  }
  const signals = (await settledSignals(subject, startUpMs)) ?? readProcess(pid)?.signals;
  if (signals === undefined) return fail(errors.endedMeanwhile(pid));
  if (holdsSignal(signals.blocked, SIGUSR1)) return fail(errors.signalBlocked(pid, advice));
  if (!holdsSignal(signals.caught, SIGUSR1)) return fail(errors.signalNotHandled(pid, advice));
  // After the wait for a process that was just starting: an application adds its own handler later than Node.
  const watched = watchedSignals(pid, executable);
  if (watched === null && assumeNoHandler) return ok(undefined);
  if (watched === null) return fail(errors.ownHandlerUnknown(pid, whyUnknown(executable)));
  if (watched.has(SIGUSR1)) return fail(errors.ownHandler(pid, advice));
  const worker = childrenOf(pid).find((child) => isClusterWorker(child) && isHurtBySignal(child));
  return worker === undefined ? ok(undefined) : fail(errors.workerHandler(pid, worker));
}

/** The primary of a cluster passes the signal on to its workers (Node: lib/internal/cluster/primary.js). */
function isHurtBySignal(worker: number): boolean {
  const recognised = recogniseNode(worker);
  if (!recognised.ok || openInspectorOf(recognised.value.process) !== null) return false;
  const { process: record, executable } = recognised.value;
  return (
    !holdsSignal(record.signals.caught, SIGUSR1) || watchedSignals(worker, executable)?.has(SIGUSR1) === true
  );
}

function whyUnknown(executable: NodeExecutable): Parameters<typeof errors.ownHandlerUnknown>[1] {
  if (executable.signalTree === null) return 'stripped';
  return process.geteuid?.() === 0 ? 'capability' : 'user';
}

/** Before Node has its handler the signal kills, and while it starts it holds signals back for moments. */
async function settledSignals(
  subject: ProcessRecord,
  startUpMs: number,
): Promise<ProcessRecord['signals'] | null> {
  const ready = (): ProcessRecord['signals'] | null => {
    const signals = readProcess(subject.pid)?.signals;
    if (signals === undefined || holdsSignal(signals.blocked, SIGUSR1)) return null;
    return holdsSignal(signals.caught, SIGUSR1) ? signals : null;
  };
  const withinMs = Math.max(0, startUpMs - ageMsOf(subject));
  return pollUntil(ready, { everyMs: 5, withinMs });
}
