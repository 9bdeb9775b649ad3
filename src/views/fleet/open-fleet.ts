/** The screen of several processes: figures that follow, and a cursor to open the screens of one. */
import { selectFleetRow, type FleetMember, type FleetRow } from '../../presentation/fleet-rows.ts';
import { clampRow } from '../drawing/list-window.ts';
import { readKeys } from '../read-keys.ts';
import { Compositor } from '../terminal/compositor.ts';
import type { PaletteName } from '../terminal/palettes.ts';
import { colourDepthFrom, paletteFromEnvironment } from '../terminal/terminal-look.ts';
import { TerminalSession } from '../terminal/terminal-session.ts';
import { Theme } from '../terminal/theme.ts';
import { drawFleet } from './fleet-panel.ts';

export interface FleetScreen {
  readonly members: () => readonly FleetMember[];
  readonly subscribe: (listener: () => void) => () => void;
  /** The row under the cursor at first: where the user was before. */
  readonly row: number;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly theme: PaletteName | 'auto';
  readonly ascii: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly interrupted?: AbortSignal;
}

export type FleetChoice =
  | { readonly kind: 'opened'; readonly row: number }
  | { readonly kind: 'left' }
  | { readonly kind: 'interrupted' };

/** Figures that change more often cannot be read, and cost as much as there are processes. */
const REFRESH_EVERY_MS = 1_000;
const PAGE_ROWS = 10;

/** Shows the processes until the user opens one or leaves. Needs a terminal on stdin and stdout. */
export async function openFleetScreen(screen: FleetScreen): Promise<FleetChoice> {
  const { stdin, stdout, env } = screen;
  const palette = screen.theme === 'auto' ? (paletteFromEnvironment(env) ?? 'dark') : screen.theme;
  const theme = new Theme({ palette, depth: colourDepthFrom(env), ascii: screen.ascii });
  const compositor = new Compositor(stdout, theme);
  let row = screen.row;
  let rows: readonly FleetRow[] = [];
  const refresh = (): void => {
    rows = screen.members().map(selectFleetRow);
    compositor.schedule();
  };
  compositor.add({
    rectangle: () => ({ x: 0, y: 0, width: compositor.columns, height: compositor.rows }),
    paint: (surface) => drawFleet(surface, { rows, row }),
  });
  let finish: (choice: FleetChoice) => void = () => {};
  const finished = new Promise<FleetChoice>((resolve) => {
    finish = resolve;
  });
  const onInterrupted = () => finish({ kind: 'interrupted' });
  const session = new TerminalSession(stdin, stdout, {
    onLeave: () => compositor.close(),
    onReturn: () => compositor.open(),
    onSignal: onInterrupted,
  });
  session.enter();
  const move = (by: number): void => {
    row = clampRow(row + by, rows.length);
    compositor.schedule();
  };
  const stopKeys = readKeys(stdin, (input) => {
    if (input.kind !== 'key') return;
    switch (input.name) {
      case 'q':
      case 'ctrl-c':
        return finish({ kind: 'left' });
      case 'ctrl-z':
        return session.suspend();
      case 'ctrl-l':
        return compositor.repaint();
      case 'enter':
        // Where nothing has been attached to there is nothing to open.
        if (screen.members()[row]?.source) finish({ kind: 'opened', row });
        return;
      case 'up':
      case 'k':
        return move(-1);
      case 'down':
      case 'j':
        return move(1);
      case 'page-up':
        return move(-PAGE_ROWS);
      case 'page-down':
        return move(PAGE_ROWS);
      case 'home':
      case 'g':
        return move(Number.NEGATIVE_INFINITY);
      case 'end':
      case 'G':
        return move(Number.POSITIVE_INFINITY);
    }
  });
  const onResize = () => compositor.repaint();
  stdout.on('resize', onResize);
  screen.interrupted?.addEventListener('abort', onInterrupted);
  if (screen.interrupted?.aborted) onInterrupted();
  let known = '';
  // Who comes, is attached to and goes is seen at once; figures once a second.
  const unsubscribe = screen.subscribe(() => {
    const now = screen
      .members()
      .map(({ pid, note }) => `${pid} ${note}`)
      .join();
    if (now === known) return;
    known = now;
    refresh();
  });
  const clock = setInterval(refresh, REFRESH_EVERY_MS);
  refresh();
  const choice = await finished;
  clearInterval(clock);
  unsubscribe();
  screen.interrupted?.removeEventListener('abort', onInterrupted);
  stdout.off('resize', onResize);
  stopKeys();
  session.leave();
  compositor.dispose();
  return choice;
}
