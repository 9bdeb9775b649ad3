/**
 * Everything that has to be true before a process is signalled. SIGUSR1 kills what is not Node, kills a Node whose
 * handler is gone, and runs the application's code where it has a handler of its own; so each is ruled out first,
 * from the outside, and a doubt is a refusal.
 */
import { constants } from 'node:os';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import * as errors from './attach-errors.ts';
import { declaredDebugPort, nodeOptionsOf, openInspectorOf } from './debug-port.ts';
import type { OpenInspector } from './debug-port.ts';
import { ageMsOf } from './kernel-state.ts';
import { nodeExecutableOf } from './node-executable.ts';
import type { NodeExecutable } from './node-executable.ts';
import { pollUntil } from './polling.ts';
import { holdsSignal, linkOf, readProcess, shortCommandOf } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { holderOfLoopbackPort } from './process-table.ts';
import { watchedSignals } from './signal-watchers.ts';

const { SIGUSR1 } = constants.signals;

export interface Subject {
  readonly process: ProcessRecord;
  readonly executable: NodeExecutable;
}

/** How the inspector of a process can be had. */
export type Approach =
  | { readonly kind: 'open'; readonly inspector: OpenInspector }
  | { readonly kind: 'signal'; readonly debugPort: number };

/** Options that leave SIGUSR1 without effect: of Node 22 and later, and of Node 20 and later. */
const NO_SIGNAL = /^--(?:disable-sigusr1|(?:experimental-)?permission)$/;
/** Node installs its handler within the first 200 ms of its life; a loaded machine may need ten times that. */
const START_UP_MS = 2000;

/** Whether a process runs, is Node and is ours to talk to. Looks only. */
export function recogniseNode(pid: number): Result<Subject, CodedError> {
  const record = readProcess(pid);
  if (record === null) return fail(errors.noSuchProcess(pid));
  if (pid === process.pid) return fail(errors.ownProcess(pid));
  if (record.state === 'Z' || record.state === 'X') return fail(errors.zombie(pid));
  if (linkOf(pid, 'exe') === null) {
    const ours = [0, record.userId].includes(process.getuid?.() ?? -1);
    return fail(ours ? errors.notNode(pid, 'a kernel thread') : errors.otherUser(pid, record.userId));
  }
  const executable = nodeExecutableOf(pid);
  if (executable === null) return fail(errors.notNode(pid, shortCommandOf(record)));
  return ok({ process: record, executable });
}

/**
 * Finds the inspector that is open already, or makes sure that the signal would open one and do nothing else.
 * @param assumeNoHandler the user's word, where it cannot be seen whether the application handles SIGUSR1 itself
 */
export async function findApproach(
  { process: subject, executable }: Subject,
  assumeNoHandler: boolean,
): Promise<Result<Approach, CodedError>> {
  const { pid } = subject;
  if (subject.state === 'T' || subject.state === 't') return fail(errors.stopped(pid));
  if (linkOf(pid, 'ns/net') !== linkOf(process.pid, 'ns/net')) return fail(errors.otherNetworkNamespace(pid));
  const inspector = openInspectorOf(subject);
  if (inspector !== null) return ok({ kind: 'open', inspector });

  const harmless = await signalIsHarmless(subject, executable, assumeNoHandler);
  if (!harmless.ok) return harmless;
  const debugPort = declaredDebugPort(subject).port;
  const inTheWay = debugPort === 0 ? null : debugPortHolder(pid, debugPort);
  return inTheWay === null ? ok({ kind: 'signal', debugPort }) : fail(inTheWay);
}

/** Why a process cannot open its inspector on a port, if somebody listens there. */
export function debugPortHolder(pid: number, port: number): CodedError | null {
  const holder = holderOfLoopbackPort(pid, port);
  if (holder === null) return null;
  if (holder.pid === null) return errors.debugPortTaken(pid, port, null);
  const record = readProcess(holder.pid);
  const inspector = record !== null && openInspectorOf(record)?.port === port;
  return errors.debugPortTaken(pid, port, { pid: holder.pid, command: holder.command, inspector });
}

async function signalIsHarmless(
  subject: ProcessRecord,
  executable: NodeExecutable,
  assumeNoHandler: boolean,
): Promise<Result<void, CodedError>> {
  const { pid } = subject;
  if (nodeOptionsOf(subject).some((option) => NO_SIGNAL.test(option))) return fail(errors.signalBlocked(pid));
  const signals = (await settledSignals(subject)) ?? readProcess(pid)?.signals;
  if (signals === undefined) return fail(errors.endedMeanwhile(pid));
  if (holdsSignal(signals.blocked, SIGUSR1)) return fail(errors.signalBlocked(pid));
  if (!holdsSignal(signals.caught, SIGUSR1)) return fail(errors.signalNotHandled(pid));
  // After the wait for a process that was just starting: an application adds its own handler later than Node.
  const watched = watchedSignals(pid, executable);
  if (watched === null) return assumeNoHandler ? ok(undefined) : fail(errors.ownHandlerUnknown(pid));
  return watched.has(SIGUSR1) ? fail(errors.ownHandler(pid)) : ok(undefined);
}

/** Before Node has its handler the signal kills, and while it starts it holds signals back for moments. */
async function settledSignals(subject: ProcessRecord): Promise<ProcessRecord['signals'] | null> {
  const ready = (): ProcessRecord['signals'] | null => {
    const signals = readProcess(subject.pid)?.signals;
    if (signals === undefined || holdsSignal(signals.blocked, SIGUSR1)) return null;
    return holdsSignal(signals.caught, SIGUSR1) ? signals : null;
  };
  const withinMs = Math.max(0, START_UP_MS - ageMsOf(subject));
  return pollUntil(ready, { everyMs: 5, withinMs });
}
