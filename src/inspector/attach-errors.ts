/** Why a process cannot be attached to: one sentence that says why, and one that says what to do. */
import type { CodedError } from '../shared/coded-error.ts';
import { AGENT_BY_ENVIRONMENT } from './agent-command.ts';

type Refusal = CodedError & { readonly exitCode: 3 };

const refusal = (code: string, message: string, hint: string): Refusal => ({
  code,
  message,
  hint,
  exitCode: 3,
});

const AGENT_HINT = `start it with the in-process agent: ${AGENT_BY_ENVIRONMENT}`;

export const workerHandler = (pid: number, worker: number): Refusal =>
  refusal(
    'worker-sigusr1-handler',
    `process ${pid} is the primary of a cluster and passes the signal on to its workers; process ${worker} does not leave it to Node`,
    `attach to the workers that do; ${AGENT_HINT}`,
  );

export const noSuchProcess = (pid: number): Refusal =>
  refusal(
    'no-such-process',
    `there is no process ${pid}`,
    'loopscope ps lists the Node processes of this machine',
  );

/** `process._debugProcess` is how Node asks another Node for its inspector on Windows, which has no SIGUSR1. */
export const otherPlatform = (pid: number, platform: NodeJS.Platform): Refusal => {
  const open = platform === 'win32' ? `node -e "process._debugProcess(${pid})"` : `kill -USR1 ${pid}`;
  return refusal(
    'other-platform',
    `only on Linux can it be proven from outside that process ${pid} is Node and that asking it for its inspector is harmless`,
    `if you know that it is Node: ${open}, then loopscope attach 127.0.0.1:9229`,
  );
};

export const processesUnlisted = (text: string): Refusal =>
  refusal(
    'other-platform',
    `${text}: processes can be looked up on Linux only`,
    'name the inspector instead: 127.0.0.1:9229, or the ws://… that the service printed',
  );

export const ownProcess = (pid: number): Refusal =>
  refusal('own-process', `process ${pid} is loopscope itself`, 'name another process');

export const zombie = (pid: number): Refusal =>
  refusal(
    'zombie',
    `process ${pid} has ended and is a zombie: its parent has not collected it`,
    'loopscope ps lists the processes that run',
  );

export const hiddenProcess = (pid: number): Refusal =>
  refusal(
    'hidden-process',
    `process ${pid} runs, and /proc does not show it: it belongs to another user, and /proc is mounted with hidepid`,
    'run loopscope as that user, or as root',
  );

/** Root without the capability: the usual state inside a container. */
export const ptraceMissing = (pid: number, userId: number): Refusal =>
  refusal(
    'capability-missing',
    `process ${pid} (uid ${userId}) cannot be looked into: root lacks the capability CAP_SYS_PTRACE here`,
    'add it (docker run --cap-add SYS_PTRACE, kubectl debug --profile=general), or run loopscope with that uid',
  );

/** The same user, and still the kernel keeps it to itself. */
export const privilegedProcess = (pid: number): Refusal =>
  refusal(
    'privileged-process',
    `process ${pid} is of the same user, but has privileges that loopscope lacks (capabilities, a user namespace, or it is not dumpable)`,
    'run loopscope as root',
  );

export const signalNotPermitted = (pid: number, userId: number): Refusal =>
  refusal(
    'signal-not-permitted',
    `process ${pid} (uid ${userId}) may not be signalled from here: the capability CAP_KILL is missing`,
    'run loopscope with that uid, or as root with CAP_KILL',
  );

export const otherUser = (pid: number, userId: number): Refusal =>
  refusal(
    'other-user',
    `process ${pid} belongs to another user (uid ${userId})`,
    `run loopscope as that user, or as root`,
  );

export const notNode = (pid: number, command: string): Refusal =>
  refusal(
    'not-node',
    `process ${pid} (${command}) is not Node: the signal that opens an inspector would end it`,
    'loopscope ps lists the Node processes of this machine',
  );

export const stopped = (pid: number): Refusal =>
  refusal(
    'stopped',
    `process ${pid} is stopped (state T): its inspector opens only when it runs again`,
    `let it run on: kill -CONT ${pid}`,
  );

/** `advice`: how it would be started so that it can be attached to. */
export const signalBlocked = (pid: number, advice: string): Refusal =>
  refusal(
    'sigusr1-disabled',
    `process ${pid} was started with --disable-sigusr1 or --permission and opens no inspector on a signal`,
    advice,
  );

export const signalNotHandled = (pid: number, advice: string): Refusal =>
  refusal(
    'sigusr1-unhandled',
    `process ${pid} has no SIGUSR1 handler any more (its application added one and removed it): the signal would kill it`,
    advice,
  );

export const ownHandler = (pid: number, advice: string): Refusal =>
  refusal(
    'own-sigusr1-handler',
    `the application in process ${pid} handles SIGUSR1 itself: the signal would run its code and open nothing`,
    advice,
  );

/** `stripped`: its Node has no table of symbols; else the kernel keeps its memory from us. */
export const ownHandlerUnknown = (pid: number, why: 'stripped' | 'user' | 'capability'): Refusal => {
  const toSee = {
    stripped: 'its Node was built without symbols',
    user: 'run loopscope as root to see it',
    capability: 'give root the capability CAP_SYS_PTRACE to see it (docker run --cap-add SYS_PTRACE)',
  }[why];
  return refusal(
    'own-sigusr1-handler-unknown',
    `it cannot be seen whether the application in process ${pid} handles SIGUSR1 itself, and the signal would run that code`,
    `${toSee}, or add --assume-no-handler if you know that it has none`,
  );
};

export const otherNetworkNamespace = (pid: number): Refusal =>
  refusal(
    'other-network-namespace',
    `process ${pid} runs in a network of its own (a container), which loopscope may not enter from here`,
    `run loopscope as root of the host, or inside the container, or in its network (docker run --network container:NAME)`,
  );

export const loopbackDown = (pid: number): Refusal =>
  refusal(
    'loopback-down',
    `the network of process ${pid} has no loopback address: nothing could reach an inspector in it`,
    `bring it up: nsenter -t ${pid} -n ip link set lo up`,
  );

export const entererMissing = (pid: number): Refusal =>
  refusal(
    'nsenter-missing',
    `process ${pid} runs in a network of its own (a container), and the program nsenter, which enters it, is not installed`,
    'install util-linux, or run loopscope inside the container',
  );

export interface DebugPortHolder {
  readonly pid: number;
  readonly command: string;
  readonly inspector: boolean;
  /** The loopscope that watches that inspector's process, and could not move it because the loop is blocked. */
  readonly watcher: number | null;
}

/** `holder` is null when the process that listens belongs to somebody else. */
export function debugPortTaken(pid: number, port: number, holder: DebugPortHolder | null): Refusal {
  const taken = (who: string, hint: string): Refusal =>
    refusal(
      'debug-port-taken',
      `port ${port}, where process ${pid} would open its inspector, is held by ${who}`,
      hint,
    );
  if (holder?.inspector !== true) {
    const who =
      holder === null ? 'a process that cannot be seen' : `process ${holder.pid} (${holder.command})`;
    return taken(who, `free port ${port} for a moment, or start the service with --inspect-port=0`);
  }
  const who = `the inspector of process ${holder.pid} (${holder.command})`;
  return holder.watcher === null
    ? taken(who, 'end the debugger of that process, or close its inspector, then try again')
    : taken(
        `${who}, which loopscope ${holder.watcher} attached to while its loop was blocked`,
        'it is free again when that loopscope leaves',
      );
}

export const inspectorDidNotOpen = (pid: number, port: number): Refusal =>
  refusal(
    'inspector-not-opened',
    `process ${pid} took the signal and opened no inspector within the time allowed`,
    `if it has one open already, name it: 127.0.0.1:PORT; if port ${port} was taken meanwhile, try again`,
  );

export const blockedNatively = (
  pid: number,
  forMs: number,
  kernelState: string,
  debugPort: number,
): Refusal =>
  refusal(
    'blocked-in-native-call',
    `process ${pid} has been in one native call for ${Math.round(forMs / 1000)} s (${kernelState}) and opens its inspector, on ${formatDebugPort(debugPort)}, only when that returns`,
    'attach again and stay until it does: loopscope closes that inspector when it leaves',
  );

/** Where an inspector opens, for people; 0 is a port that the kernel chooses. */
export const formatDebugPort = (debugPort: number): string =>
  debugPort === 0 ? 'a free port of 127.0.0.1' : `127.0.0.1:${debugPort}`;

export const endedMeanwhile = (pid: number): Refusal =>
  refusal(
    'target-ended',
    `process ${pid} ended while it was being attached to`,
    'see its own output for why',
  );

/** `port` is null for the socket of an agent. */
export const wrongProcess = (pid: number, found: number, port: number | null): Refusal =>
  refusal(
    'wrong-process',
    `the ${port === null ? 'agent' : `inspector on port ${port}`} is that of process ${found}, not of ${pid}`,
    'close that inspector, then try again',
  );

export const unreachable = (address: string, why: string): Refusal =>
  refusal(
    'inspector-unreachable',
    `no inspector at ${address}: ${why}`,
    'see that the address is the one the service printed: Debugger listening on ws://…',
  );

export const agentUnreachable = (path: string, why: string): Refusal =>
  refusal('agent-unreachable', `the agent at ${path} cannot be reached: ${why}`, 'try again');

export const noAnswer = (what: string, why: string): Refusal =>
  refusal(
    'no-answer',
    `the inspector of ${what} accepted the connection and did not answer: ${why}`,
    'try again',
  );

export const targetInvalid = (message: string): CodedError => ({
  code: 'target-invalid',
  message,
  hint: 'a target is a pid, a part of a command line, :port of the service, or host:port or ws://… of an inspector',
  exitCode: 2,
});

export const targetNotFound = (text: string, why: string): Refusal =>
  refusal('target-not-found', `${text}: ${why}`, 'loopscope ps lists the Node processes of this machine');

export const targetAmbiguous = (text: string, candidates: readonly string[]): Refusal =>
  refusal(
    'target-ambiguous',
    `${text} fits ${candidates.length} processes: ${someOf(candidates)}`,
    'name one by its pid',
  );

/** As many as a terminal shows in a few lines. */
const MOST_NAMED = 5;

function someOf(candidates: readonly string[]): string {
  const more = candidates.length - MOST_NAMED;
  return candidates.slice(0, MOST_NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

export const detachIncomplete = (message: string, hint: string): Refusal =>
  refusal('detach-incomplete', message, hint);
