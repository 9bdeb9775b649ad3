/** Tells the user what could not be done: one line on stderr, and with `--json` the error document on stdout. */
import { EXIT, type CommandIo, type ExitCode } from './command-io.ts';
import type { CodedError } from '../shared/coded-error.ts';

export const ERROR_SCHEMA = 'loopscope.error/1';

/** Prints `error` and returns the exit code that it asks for. */
export function reportFailure(error: CodedError, io: CommandIo, json: boolean): ExitCode {
  io.stderr.write(`loopscope: ${error.message}${error.hint === '' ? '' : `; ${error.hint}`}\n`);
  if (json) {
    const document = { schema: ERROR_SCHEMA, code: error.code, message: error.message, hint: error.hint };
    io.stdout.write(`${JSON.stringify(document)}\n`);
  }
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
