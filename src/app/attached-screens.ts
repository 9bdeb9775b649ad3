/** From the attaching screen to those of the session, and from there back to the shell. */
import { explainInterruption } from './attach-progress.ts';
import type { CommandIo, ExitCode, WatchOptions } from './command-io.ts';
import { reportFailure } from './failure.ts';
import { createRecentPast } from './recent-past.ts';
import { formatFarewell } from './seen-report.ts';
import { loadScreens, showSession, type ScreenOptions } from './session-screens.ts';
import { openTarget } from './target-session.ts';
import type { AttachingScreen } from '../views/attaching/open-attaching.ts';
import { clearFirstLine } from '../views/first-line.ts';

export type AttachOptions = WatchOptions & ScreenOptions;

/** Attaches, and shows the service until the user leaves; a refusal is a line on the terminal as it was before. */
export async function attachOnScreen(
  screen: AttachingScreen,
  target: string,
  options: AttachOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const screens = loadScreens();
  const past = createRecentPast();
  const explanation = explainInterruption(io);
  const opened = await openTarget(target, io, {
    ...options,
    ask: (question) => screen.terminal.lend(question),
    progress: {
      tell(progress) {
        explanation.tell(progress);
        screen.wait(progress);
      },
      end: explanation.end,
    },
    onStage: screen.begin,
    onEvent: past.add,
  });
  if (!opened.ok) {
    screen.end();
    screen.terminal.giveBack();
    clearFirstLine(io.stdout);
    return reportFailure(opened.error, io, false);
  }
  const session = opened.value;
  const { exitCode } = await showSession(session, options, io, { past, attaching: screen }, screens);
  const left = await session.close();
  io.stderr.write(`${formatFarewell(session.timeline, left.ok)}\n`);
  if (!left.ok) io.stderr.write(`loopscope: ${left.error.message}; ${left.error.hint}\n`);
  return exitCode;
}
