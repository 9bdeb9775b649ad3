/** The outside world of a command: streams, clock and signals, passed in so that a test can bring its own. */
import type { Clock } from '../shared/clock.ts';
import type { TerminalSettings } from '../views/terminal/held-terminal.ts';

export interface CommandIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Aborted by Ctrl-C, SIGTERM or SIGHUP, with the signal's name as the reason. */
  readonly interrupted: AbortSignal;
  /** Takes the signals over from `interrupted`, all of them, for a command that hands them on; the result gives them back. */
  readonly takeSignals: (listener: (signal: NodeJS.Signals) => void) => () => void;
}

/** What every command takes. */
export interface CommonOptions {
  readonly ascii?: true;
  readonly theme?: string;
}

/** The terminal of a command, for what is drawn on it. The command has checked that both streams are one. */
export function terminalOf(
  io: CommandIo,
  { theme, ascii, mouse }: CommonOptions & { readonly mouse?: true },
): TerminalSettings {
  return {
    stdin: io.stdin,
    stdout: io.stdout as TerminalSettings['stdout'],
    theme: (theme ?? 'auto') as TerminalSettings['theme'],
    ascii: ascii === true,
    mouse: mouse === true,
    env: io.env,
    interrupted: io.interrupted,
  };
}

/** Exit codes of the contract. */
export const EXIT = {
  done: 0,
  found: 1,
  usage: 2,
  cannotAttach: 3,
  targetEnded: 4,
  /** A fault in loopscope itself (EX_SOFTWARE of sysexits.h). */
  crashed: 70,
  interrupted: 130,
} as const;

export type ExitCode = number;

/** Options of every command that watches a service. */
export interface WatchOptions extends CommonOptions {
  /** On unless it is false: `--no-heap-sampling`. */
  readonly heapSampling?: boolean;
  /** Share of the service's main thread that watching may take, 0 to 1. */
  readonly maxOverhead?: number;
  /** The user's word that the application has no SIGUSR1 handler, for where that cannot be seen. */
  readonly assumeNoHandler?: true;
}
