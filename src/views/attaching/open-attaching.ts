/**
 * Opens the frame that is shown while loopscope attaches. It is on the screen before Ink, the inspector's client and
 * the collectors have been loaded, and the screens then follow on the same terminal.
 */
import type { AttachingStage, BegunStage } from '../../presentation/attaching-steps.ts';
import type { Clock } from '../../shared/clock.ts';
import { sanitise } from '../../shared/sanitiser.ts';
import { HeldTerminal, type TerminalSettings } from '../terminal/held-terminal.ts';
import { drawAttaching, type Attaching } from './attaching-panel.ts';

export interface AttachingScreen {
  /** The screens go on with it; given back by `close`. */
  readonly terminal: HeldTerminal;
  begin(stage: AttachingStage): void;
  /** A native call of the service keeps it waiting. */
  wait(waiting: Attaching['waiting']): void;
  /** Nothing more is painted: what comes after has the terminal. */
  end(): void;
}

/** The seconds tick. */
const REFRESH_EVERY_MS = 250;

/**
 * Resolves when the frame has been painted.
 * @param interrupt called for Ctrl-C and q, which the raw terminal makes no signal of
 */
export async function openAttachingScreen(
  settings: TerminalSettings,
  target: string,
  clock: Clock,
  interrupt: () => void,
): Promise<AttachingScreen> {
  const terminal = new HeldTerminal(settings);
  const { compositor } = terminal;
  const startedMs = clock.monotonicMs();
  const begun: BegunStage[] = [{ stage: 'finding', atMs: startedMs }];
  let waiting: Attaching['waiting'] = null;
  const label = sanitise(target);
  terminal.listen((input) => {
    if (input.kind !== 'key') return;
    if (input.name === 'ctrl-c' || input.name === 'q') interrupt();
    else if (input.name === 'ctrl-z') terminal.suspend();
    else if (input.name === 'ctrl-l') compositor.repaint();
  });
  await terminal.coloured;
  const removeLayer = compositor.add({
    rectangle: () => ({ x: 0, y: 0, width: compositor.columns, height: compositor.rows }),
    paint: (surface) =>
      drawAttaching(surface, { target: label, begun, waiting, forMs: clock.monotonicMs() - startedMs }),
  });
  const ticking = setInterval(() => compositor.schedule(), REFRESH_EVERY_MS);
  // What comes next blocks our own loop for as long as it is loaded and proven.
  compositor.paint();
  return {
    terminal,
    begin(stage) {
      begun.push({ stage, atMs: clock.monotonicMs() });
      waiting = null;
      compositor.paint();
    },
    wait(now) {
      waiting = now;
      compositor.schedule();
    },
    end() {
      clearInterval(ticking);
      removeLayer();
    },
  };
}
