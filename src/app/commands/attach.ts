/** `loopscope attach`: the terminal UI on a running service. */
import { EXIT, type CommandIo, type ExitCode, type WatchOptions } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { createRecentPast } from '../recent-past.ts';
import { formatFarewell } from '../seen-report.ts';
import { loadScreens, showSession, type ScreenOptions } from '../session-screens.ts';
import { openTarget } from '../target-session.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { clearFirstLine, printFirstLine } from '../../views/first-line.ts';

export type AttachOptions = WatchOptions & ScreenOptions;

export const NO_TERMINAL: CodedError = {
  code: 'no-terminal',
  message: 'attach draws on a terminal, and there is none',
  hint: 'use `loopscope check <target>`, which prints the diagnosis',
  exitCode: EXIT.usage,
};

/** Shows the service until the user leaves; a service that ended stays on the screen with what was seen. */
export async function runAttach(target: string, options: AttachOptions, io: CommandIo): Promise<ExitCode> {
  if (!io.stdout.isTTY || !io.stdin.isTTY) return reportFailure(NO_TERMINAL, io, false);
  printFirstLine(io.stdout, `attaching to ${target}`);
  const screen = loadScreens();
  const past = createRecentPast();
  const opened = await openTarget(target, io, { ...options, mayAsk: true, onEvent: past.add });
  if (!opened.ok) {
    clearFirstLine(io.stdout);
    return reportFailure(opened.error, io, false);
  }
  const session = opened.value;
  const { exitCode } = await showSession(session, options, io, { past }, screen);
  const left = await session.close();
  io.stderr.write(`${formatFarewell(session.timeline, left.ok)}\n`);
  if (!left.ok) io.stderr.write(`loopscope: ${left.error.message}; ${left.error.hint}\n`);
  return exitCode;
}
