/** `loopscope attach`: the terminal UI on a running service. */
import { EXIT, type CommandIo, type ExitCode, type WatchOptions } from '../command-io.ts';
import { createHeapCapture } from '../heap-capture.ts';
import { createHeapComparer } from '../heap-comparer.ts';
import { reportFailure } from '../failure.ts';
import { createLiveSource } from '../live-source.ts';
import { formatFarewell, writeSeenReport } from '../seen-report.ts';
import { createSourceLines } from '../source-lines.ts';
import { openTarget } from '../target-session.ts';
import { rootOfProcess } from '../../collectors/source-files.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { clearFirstLine, printFirstLine } from '../../views/first-line.ts';

export interface AttachOptions extends WatchOptions {
  readonly presenter?: true;
}

const NO_TERMINAL: CodedError = {
  code: 'no-terminal',
  message: 'attach draws on a terminal, and there is none',
  hint: 'use `loopscope check <target>`, which prints the diagnosis',
  exitCode: EXIT.usage,
};

/** Shows the service until the user leaves; a service that ended stays on the screen with what was seen. */
export async function runAttach(target: string, options: AttachOptions, io: CommandIo): Promise<ExitCode> {
  if (!io.stdout.isTTY || !io.stdin.isTTY) return reportFailure(NO_TERMINAL, io, false);
  printFirstLine(io.stdout, `attaching to ${target}`);
  // Ink takes as long to load as the service takes to let us in.
  const screen = import('../../views/open-screen.tsx');
  const opened = await openTarget(target, io, { ...options, mayAsk: true });
  if (!opened.ok) {
    clearFirstLine(io.stdout);
    return reportFailure(opened.error, io, false);
  }
  const session = opened.value;
  const { attachment, timeline } = session;
  const comparer = createHeapComparer(session, io.clock);
  const { openTerminalUi } = await screen;
  const { exitCode } = await openTerminalUi({
    source: createLiveSource(session, io.clock),
    stdin: io.stdin,
    stdout: io.stdout as NodeJS.WriteStream & { readonly fd: number },
    interrupted: io.interrupted,
    options: {
      theme: (options.theme ?? 'auto') as 'auto',
      ascii: options.ascii === true,
      presenter: options.presenter === true,
      env: io.env,
      writeReport: () => writeSeenReport(timeline, process.cwd()),
      sourceAround: createSourceLines(attachment.local ? rootOfProcess(attachment.target.pid) : null),
      heapCapture: createHeapCapture(comparer),
    },
  });
  // Leaving the screen has brought it back.
  clearFirstLine(io.stdout);
  await comparer.close();
  const left = await session.close();
  io.stderr.write(`${formatFarewell(timeline, left.ok)}\n`);
  if (!left.ok) io.stderr.write(`loopscope: ${left.error.message}; ${left.error.hint}\n`);
  return exitCode;
}
