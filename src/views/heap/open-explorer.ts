/** Opens the heap explorer on one or two files: keys in, questions to the heap thread, frames out. */
import type { HeapThread } from '../../heap/heap-thread.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { openListScreen, type Interrupted } from '../list-screen.ts';
import type { TerminalSettings } from '../terminal/held-terminal.ts';
import { pasteIntoExplorer, pressInExplorer } from './explorer-keys.ts';
import { drawExplorer } from './explorer-screen.ts';
import { ExplorerStore } from './explorer-store.ts';

export interface HeapExplorer extends TerminalSettings {
  /** One file, or one before and one after. */
  readonly files: readonly string[];
  /** Closed by the caller. */
  readonly thread: HeapThread;
}

export type Explored =
  | { readonly kind: 'left' }
  /** A file cannot be read. */
  | { readonly kind: 'failed'; readonly error: CodedError };

/** The bar of a snapshot that is read moves this often; keys are answered at once. */
const FRAME_MS = 100;

/** Shows the explorer until the user leaves. Needs a terminal on stdin and stdout; the caller checks. */
export function exploreHeap(explorer: HeapExplorer): Promise<Explored | Interrupted> {
  return openListScreen<Explored>(explorer, (list) => {
    let isDirty = true;
    const store = new ExplorerStore(explorer.files, explorer.thread, () => {
      isDirty = true;
    });
    const paintIfNew = (): void => {
      if (isDirty) list.changed();
      isDirty = false;
    };
    const clock = setInterval(paintIfNew, FRAME_MS);
    void store.read().then((read) => {
      if (!read.ok) list.finish({ kind: 'failed', error: read.error });
    });
    return {
      paint: (surface) => drawExplorer(surface, store.explorer),
      take(input) {
        if (input.kind === 'mouse') return;
        const next =
          input.kind === 'paste'
            ? pasteIntoExplorer(store.explorer.ui, input.text)
            : pressInExplorer(store.explorer, input.name);
        if (next === 'quit') list.finish({ kind: 'left' });
        else if (next === 'suspend') list.suspend();
        else if (next === 'repaint') list.repaint();
        else {
          store.show(next);
          paintIfNew();
        }
      },
      close: () => clearInterval(clock),
    };
  });
}
