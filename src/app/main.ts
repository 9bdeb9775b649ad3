/**
 * The program's start and end: streams, signals, and an exit code by the contract. What the commands do is in
 * `commands/`; each is loaded when it is asked for, so that a short one starts fast.
 */
import { leaveEverything } from './cleanup.ts';
import { EXIT, type CommandIo } from './command-io.ts';
import { runCommandLine } from './command-line.ts';
import { reportCrash } from './failure.ts';
import { systemClock } from '../shared/clock.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs the command line and ends the process with its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const interruption = new AbortController();
  let signalTaker: ((signal: NodeJS.Signals) => void) | null = null;
  const io: CommandIo = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    clock: systemClock,
    interrupted: interruption.signal,
    takeSignals(listener) {
      signalTaker = listener;
      return () => (signalTaker = null);
    },
  };
  let crashing = false;
  const crash = async (fault: unknown) => {
    if (crashing) return;
    crashing = true;
    await leaveEverything();
    process.exit(reportCrash(fault, io));
  };
  process.on('uncaughtException', (fault) => void crash(fault));
  process.on('unhandledRejection', (fault) => void crash(fault));
  for (const signal of INTERRUPTS) {
    process.on(signal, () => {
      if (signalTaker !== null) return signalTaker(signal);
      // The second one means now: the lease inside the service cleans up after us.
      if (interruption.signal.aborted) process.exit(EXIT.interrupted);
      interruption.abort(signal);
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    // A reader that went away (`| head`, a closed terminal) ends us quietly, but not before the service is left.
    stream.on('error', () => {
      void leaveEverything().then(() => process.exit(EXIT.done));
    });
  }
  const exitCode = await runCommandLine(args, io);
  await leaveEverything();
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(exitCode);
}

/** Resolves when all that was written has left: `process.exit` cuts off what a pipe has not taken yet. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
