/** A screen that is one panel and needs no layout, so that Ink is not loaded for it: the lists, and the heap explorer. */
import type { Surface } from './terminal/surface.ts';
import { HeldTerminal, type TerminalSettings, type UserInput } from './terminal/held-terminal.ts';

/** What a list does while it is shown. */
export interface ListScreen {
  paint(surface: Surface): void;
  take(input: UserInput): void;
  /** Ends what it began when it was opened: its clock, what it listens to. */
  close(): void;
}

/** What a list may ask for. */
export interface ShownList<Choice> {
  /** Paints what has changed, once for all changes of this turn. */
  changed(): void;
  repaint(): void;
  suspend(): void;
  /** Ends the screen with what the user chose. */
  finish(choice: Choice): void;
}

export interface Interrupted {
  readonly kind: 'interrupted';
}

/** Shows a list until it finishes or a signal ends it, and gives the terminal back. */
export async function openListScreen<Choice>(
  settings: TerminalSettings,
  open: (list: ShownList<Choice>) => ListScreen,
): Promise<Choice | Interrupted> {
  const terminal = new HeldTerminal(settings);
  const { compositor, interrupted } = terminal;
  let finish: (choice: Choice | Interrupted) => void = () => {};
  const finished = new Promise<Choice | Interrupted>((resolve) => {
    finish = resolve;
  });
  const list = open({
    changed: () => compositor.schedule(),
    repaint: () => compositor.repaint(),
    suspend: () => terminal.suspend(),
    finish,
  });
  terminal.listen((input) => list.take(input));
  const interrupt = () => finish({ kind: 'interrupted' });
  interrupted.addEventListener('abort', interrupt);
  if (interrupted.aborted) interrupt();
  await terminal.coloured;
  compositor.add({
    rectangle: () => ({ x: 0, y: 0, width: compositor.columns, height: compositor.rows }),
    paint: (surface) => list.paint(surface),
  });
  const choice = await finished;
  list.close();
  terminal.giveBack();
  return choice;
}
