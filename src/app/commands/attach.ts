/** `loopscope attach`: the terminal UI on a running service. */
import type { AttachOptions } from '../attached-screens.ts';
import { EXIT, terminalOf, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { openAttachingScreen } from '../../views/attaching/open-attaching.ts';

export const NO_TERMINAL: CodedError = {
  code: 'no-terminal',
  message: 'attach draws on a terminal, and there is none',
  hint: 'use `loopscope check <target>`, which prints the diagnosis',
  exitCode: EXIT.usage,
};

/**
 * Shows the service until the user leaves; a service that ended stays on the screen with what was seen. Its first
 * frame depends on nothing that takes long to load.
 */
export async function runAttach(target: string, options: AttachOptions, io: CommandIo): Promise<ExitCode> {
  if (!io.stdout.isTTY || !io.stdin.isTTY) return reportFailure(NO_TERMINAL, io, false);
  // As the terminal would have done, had we not taken its keys.
  const interrupt = () => void process.kill(process.pid, 'SIGINT');
  const screen = await openAttachingScreen(terminalOf(io, options), target, io.clock, interrupt);
  const { attachOnScreen } = await import('../attached-screens.ts');
  return attachOnScreen(screen, target, options, io);
}
