/** The screen of several processes: figures that follow, and a cursor to open the screens of one. */
import { selectFleetRow, type FleetMember, type FleetRow } from '../../presentation/fleet-rows.ts';
import { clampRow } from '../drawing/list-window.ts';
import { openListScreen, type Interrupted, type ShownList } from '../list-screen.ts';
import type { TerminalSettings } from '../terminal/held-terminal.ts';
import { drawFleet } from './fleet-panel.ts';

export interface FleetScreen extends TerminalSettings {
  readonly members: () => readonly FleetMember[];
  readonly subscribe: (listener: () => void) => () => void;
  /** The row under the cursor at first: where the user was before. */
  readonly row: number;
  /** Writes what was seen of all, and names where; null where it is in recordings already. */
  readonly writeSeen: (() => Promise<string>) | null;
}

export type FleetChoice = { readonly kind: 'opened'; readonly row: number } | { readonly kind: 'left' };

/** Figures that change more often cannot be read, and cost as much as there are processes. */
const REFRESH_EVERY_MS = 1_000;
const PAGE_ROWS = 10;

/** Shows the processes until the user opens one or leaves. Needs a terminal on stdin and stdout. */
export function openFleetScreen(screen: FleetScreen): Promise<FleetChoice | Interrupted> {
  return openListScreen<FleetChoice>(screen, (list) => {
    let row = screen.row;
    let rows: readonly FleetRow[] = [];
    let notice: string | null = null;
    const tell = (text: string | null): void => {
      notice = text;
      list.changed();
    };
    const refresh = (): void => {
      rows = screen.members().map(selectFleetRow);
      list.changed();
    };
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
    return {
      paint: (surface) => drawFleet(surface, { rows, row, notice, isRecorded: screen.writeSeen === null }),
      take(input) {
        if (input.kind !== 'key') return;
        notice = null;
        if (input.name === 'w' && screen.writeSeen !== null) {
          tell('writing what was seen');
          screen.writeSeen().then(
            (name) => tell(`written to ${name}`),
            (cause: unknown) =>
              tell(`nothing was written: ${cause instanceof Error ? cause.message : String(cause)}`),
          );
        } else if (input.name !== 'enter') {
          row = clampRow(row + rowsMoved(input.name, list), rows.length);
          list.changed();
        } else if (screen.members()[row]?.source) {
          // Where nothing has been attached to there is nothing to open.
          list.finish({ kind: 'opened', row });
        }
      },
      close() {
        clearInterval(clock);
        unsubscribe();
      },
    };
  });
}

/** By how many rows a key moves the cursor; a key that does something else does it. */
function rowsMoved(key: string, list: ShownList<FleetChoice>): number {
  switch (key) {
    case 'up':
    case 'k':
      return -1;
    case 'down':
    case 'j':
      return 1;
    case 'page-up':
      return -PAGE_ROWS;
    case 'page-down':
      return PAGE_ROWS;
    case 'home':
    case 'g':
      return Number.NEGATIVE_INFINITY;
    case 'end':
    case 'G':
      return Number.POSITIVE_INFINITY;
    case 'q':
    case 'ctrl-c':
      list.finish({ kind: 'left' });
      break;
    case 'ctrl-z':
      list.suspend();
      break;
    case 'ctrl-l':
      list.repaint();
      break;
  }
  return 0;
}
