/** Tells the user what could not be done: one line on stderr, and with `--json` the error document on stdout. */
import { EXIT, type CommandIo, type ExitCode } from './command-io.ts';
import { formatJsonError } from '../exports/json-report.ts';
import type { CodedError } from '../shared/coded-error.ts';

/** Prints `error` and returns the exit code that it asks for. */
export function reportFailure(error: CodedError, io: CommandIo, json: boolean): ExitCode {
  io.stderr.write(`loopscope: ${error.message}${error.hint === '' ? '' : `; ${error.hint}`}\n`);
  if (json) io.stdout.write(formatJsonError(error));
  return error.exitCode;
}

/** A fault of loopscope itself, said in the same form as every other failure; the stack only when it is asked for. */
export function reportCrash(fault: unknown, io: Pick<CommandIo, 'stderr' | 'env'>): ExitCode {
  const text = fault instanceof Error ? fault.message : String(fault);
  io.stderr.write(
    `loopscope: internal error: ${text}; this is a fault in loopscope, the service was left as it was\n`,
  );
  if (io.env['LOOPSCOPE_DEBUG'] && fault instanceof Error) io.stderr.write(`${fault.stack}\n`);
  return EXIT.crashed;
}
