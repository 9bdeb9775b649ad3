/** The screens on a live session, for every command that shows one. */
import { terminalOf, type CommandIo, type CommonOptions, type ExitCode } from './command-io.ts';
import { createHeapCapture } from './heap-capture.ts';
import { createHeapComparer } from './heap-comparer.ts';
import { createLiveSource } from './live-source.ts';
import type { LiveSession } from './live-session.ts';
import type { RecentPast } from './recent-past.ts';
import { writeSeen } from './seen-report.ts';
import { createSourceLines } from './source-lines.ts';
import { rootOfProcess } from '../collectors/source-files.ts';
import type { TimelineSource } from '../presentation/screen-data.ts';
import type { ServiceOutput } from '../presentation/service-output.ts';
import type { AttachingScreen } from '../views/attaching/open-attaching.ts';
import { clearFirstLine } from '../views/first-line.ts';
import { HeldTerminal } from '../views/terminal/held-terminal.ts';

export interface ScreenOptions extends CommonOptions {
  readonly presenter?: true;
  readonly mouse?: true;
}

export interface ShownSession {
  /** What is on the terminal until then. */
  readonly attaching?: AttachingScreen;
  /** A source that is kept from one showing to the next; by default one of its own. */
  readonly source?: TimelineSource;
  /** What just happened, for the key that writes it. */
  readonly past?: RecentPast;
  /** What the service prints, where we started it. */
  readonly output?: ServiceOutput;
  /** Ctrl-C is meant for the service, where we started it. */
  readonly onInterrupt?: () => void;
  /** Whether Esc on the first screen leads back to where the user came from. */
  readonly canGoBack?: true;
}

export type Screens = Promise<typeof import('../views/open-screen.tsx')>;

/** Ink takes as long to load as a service takes to let us in: load it meanwhile. */
export const loadScreens = (): Screens => import('../views/open-screen.tsx');

/** Shows a session until the user leaves its screens; the session goes on. Needs a terminal. */
export async function showSession(
  session: LiveSession,
  options: ScreenOptions,
  io: CommandIo,
  shown: ShownSession = {},
  screens: Screens = loadScreens(),
): Promise<{ readonly exitCode: ExitCode; readonly wentBack: boolean }> {
  const { attachment, timeline } = session;
  const comparer = createHeapComparer(session, io.clock);
  const { openTerminalUi } = await screens;
  shown.attaching?.end();
  const left = await openTerminalUi({
    source: shown.source ?? createLiveSource(session, io.clock),
    terminal: shown.attaching?.terminal ?? new HeldTerminal(terminalOf(io, options)),
    options: {
      presenter: options.presenter === true,
      writeReport: () => writeSeen(timeline, shown.past ?? null, process.cwd()),
      sourceAround: createSourceLines(attachment.local ? rootOfProcess(attachment.target.pid) : null),
      heapCapture: createHeapCapture(comparer),
      mark: (atMs, note) => session.record({ kind: 'mark', atMs, note }),
      canGoBack: shown.canGoBack === true,
      ...(shown.output ? { output: shown.output } : {}),
      ...(shown.onInterrupt ? { onInterrupt: shown.onInterrupt } : {}),
    },
  });
  // Leaving the screen has brought it back.
  clearFirstLine(io.stdout);
  await comparer.close();
  return left;
}
