/** `loopscope replay`: the terminal UI over a recording. */
import { EXIT, terminalOf, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { createLiveSource, type LiveSource } from '../live-source.ts';
import { formatMissing, NO_SESSION, openRecordingFile } from '../recording-file.ts';
import { createReplay, type Replay } from '../replay.ts';
import { writeSeen } from '../seen-report.ts';
import { loadScreens, type ScreenOptions, type Screens } from '../session-screens.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { fail, ok, type Result } from '../../shared/result.ts';
import { clearFirstLine } from '../../views/first-line.ts';
import { HeldTerminal } from '../../views/terminal/held-terminal.ts';

export const NO_TERMINAL: CodedError = {
  code: 'no-terminal',
  message: 'replay draws on a terminal, and there is none',
  hint: 'use `loopscope report FILE` or `loopscope export FILE`',
  exitCode: EXIT.usage,
};

/** Stands at the end first: what was wrong is said there, and everything before it can be gone back to. */
export async function runReplay(path: string, options: ScreenOptions, io: CommandIo): Promise<ExitCode> {
  if (!io.stdout.isTTY || !io.stdin.isTTY) return reportFailure(NO_TERMINAL, io, false);
  const screens = loadScreens();
  const opened = await openReplayed(path, io);
  if (!opened.ok) return reportFailure(opened.error, io, false);
  const { exitCode } = await showReplayed(opened.value, options, io, screens);
  opened.value.replay.close();
  return exitCode;
}

/** A recording that stands at its end, and the source of its screens. */
export interface Replayed {
  readonly replay: Replay;
  readonly source: LiveSource;
}

/** Opens a recording; what is missing in it is said on stderr. */
export async function openReplayed(path: string, io: CommandIo): Promise<Result<Replayed, CodedError>> {
  const opened = openRecordingFile(path);
  if (!opened.ok) return opened;
  const file = opened.value;
  const [beginning] = file.readBlock(0).events;
  if (beginning?.kind !== 'session-started') {
    file.close();
    return fail(NO_SESSION);
  }
  const missing = formatMissing(file, { damagedBytes: 0, unreadable: 0 });
  if (missing !== null) io.stderr.write(`loopscope: ${path}: ${missing}\n`);
  const replay = createReplay(file, io.clock);
  replay.toEnd();
  await replay.settled();
  const source = createLiveSource(replay, io.clock);
  replay.onJump(source.refresh);
  return ok({ replay, source });
}

/** Shows its screens until the user leaves them. */
export async function showReplayed(
  { replay, source }: Replayed,
  options: ScreenOptions & { readonly canGoBack?: true },
  io: CommandIo,
  screens: Screens,
): Promise<{ readonly exitCode: ExitCode; readonly wentBack: boolean }> {
  const { openTerminalUi } = await screens;
  const left = await openTerminalUi({
    source,
    terminal: new HeldTerminal(terminalOf(io, options)),
    options: {
      presenter: options.presenter === true,
      playback: replay,
      mark: replay.mark,
      writeReport: () => writeSeen(replay.timeline, null, process.cwd()),
      canGoBack: options.canGoBack === true,
    },
  });
  clearFirstLine(io.stdout);
  return left;
}
