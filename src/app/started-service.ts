/** A service that `loopscope run` starts as its child: held at its first line until it is attached to. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { InspectorNoticeFilter } from './inspector-notices.ts';
import { gatedEnvironment, obstacleIn } from './run-environment.ts';
import { attachToStarted } from '../inspector/attach.ts';
import type { Attachment } from '../inspector/attachment.ts';
import { optionsBeforeScript } from '../inspector/debug-port.ts';
import { pollUntil } from '../inspector/polling.ts';
import { listeningSocketsOf } from '../inspector/socket-table.ts';
import type { TcpSocket } from '../inspector/socket-table.ts';
import type { Clock } from '../shared/clock.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

export interface StartedService {
  readonly pid: number;
  /** Null where it prints straight to our own stdout. */
  readonly stdout: Readable | null;
  /** Without what its inspector says on our account. */
  readonly stderr: Readable;
  readonly exit: Promise<ServiceExit>;
  /** Hands a signal on. */
  signal(name: NodeJS.Signals): void;
  /**
   * Attaches before its first line, which `letRun` then lets run; detaching does so, too. Fails with `run-not-watched`
   * where the service runs on without us; after any other failure it is ended, before it has run at all.
   */
  attach(clock: Clock): Promise<Result<HeldService, CodedError>>;
}

export interface HeldService {
  readonly attachment: Attachment;
  letRun(): Promise<void>;
}

export interface ServiceExit {
  /** As a shell gives it: 128 and the signal's number, when a signal ended it. */
  readonly code: number;
  /** `exit code 1`, `SIGTERM`; how it is told. */
  readonly how: string;
}

/** A shell's first exit code for a signal. */
const SIGNAL_BASE = 128;
/** Node starts in a tenth of a second; on a machine in trouble it takes a hundred times that. */
const OPENS_WITHIN_MS = 15_000;
const POLL_EVERY_MS = 5;

const notWatched = (message: string): CodedError => ({
  code: 'run-not-watched',
  message,
  hint: 'the service runs on without being watched',
  exitCode: 3,
});

/**
 * Starts `node` with the arguments, gated. It gets a session of its own (setsid): a Ctrl-C of the terminal reaches it
 * once, from us, and not a second time from the terminal.
 * @param command a script and its arguments, with Node's own options before; `node` itself may stand first
 * @param ownOutput whether it prints to our stdout and reads our stdin, rather than into pipes
 */
export async function startService(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  ownOutput: boolean,
): Promise<Result<StartedService, CodedError>> {
  const [node, ...args] = /(?:^|\/)node(?:js)?$/.test(command[0] ?? '') ? command : ['node', ...command];
  if (node === undefined) throw new Error('a command has at least one word');
  const userOptions = [...(env['NODE_OPTIONS'] ?? '').split(/\s+/), ...optionsBeforeScript([node, ...args])];
  const obstacle = obstacleIn(userOptions);
  const gate = fileURLToPath(new URL('./run-gate.cjs', import.meta.url));
  const passing = ownOutput ? 'inherit' : 'pipe';
  const child = spawn(node, args, {
    detached: true,
    // A terminal belongs to our own session: reading from it would be an error there.
    stdio: [ownOutput && !process.stdin.isTTY ? 'inherit' : 'ignore', passing, 'pipe'],
    env: obstacle === null ? gatedEnvironment(env, gate) : env,
  });
  const exit = exitOf(child);
  try {
    await once(child, 'spawn');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail({
      code: 'not-started',
      message: `${node} could not be started: ${why}`,
      hint: '',
      exitCode: 3,
    });
  }
  const pid = child.pid ?? 0;
  return ok({
    pid,
    stdout: child.stdout,
    stderr: (child.stderr as Readable).pipe(new InspectorNoticeFilter()),
    exit,
    signal: (name) => void child.kill(name),
    async attach(clock) {
      if (obstacle !== null) return fail(notWatched(`${obstacle} leaves no room for an inspector of ours`));
      const inspector = await inspectorAtGate(child);
      if (inspector === null)
        return fail(notWatched('the service opened no inspector before its first line'));
      const attached = await attachToStarted(pid, inspector, { clock });
      if (!attached.ok) child.kill('SIGKILL');
      return attached.ok ? ok(heldService(attached.value)) : attached;
    },
  });
}

function heldService(attachment: Attachment): HeldService {
  const letRun = async (): Promise<void> => {
    await attachment.session.call('Runtime.runIfWaitingForDebugger');
  };
  const detach = async (): Promise<Result<void, CodedError>> => {
    // A connection that closes does not end the waiting.
    await letRun();
    return attachment.detach();
  };
  return { attachment: { ...attachment, detach }, letRun };
}

/** All that listens in a process that is held at its gate is its inspector. */
function inspectorAtGate(child: ChildProcess): Promise<TcpSocket | null> {
  const look = (): TcpSocket | 'ended' | null => {
    if (child.exitCode !== null || child.signalCode !== null) return 'ended';
    return listeningSocketsOf(child.pid ?? 0)[0] ?? null;
  };
  return pollUntil(look, { everyMs: POLL_EVERY_MS, withinMs: OPENS_WITHIN_MS }).then((found) =>
    found === 'ended' ? null : found,
  );
}

async function exitOf(child: ChildProcess): Promise<ServiceExit> {
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    // Not `exit`: its last words may still be on their way then.
    child.once('close', (...how) => resolve(how));
  });
  return signal === null
    ? { code: code ?? 0, how: `exit code ${code}` }
    : { code: SIGNAL_BASE + constants.signals[signal], how: signal };
}
