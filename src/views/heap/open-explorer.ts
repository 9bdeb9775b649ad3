/** Opens the heap explorer on one or two files: keys in, questions to the heap thread, frames out. */
import type { HeapThread } from '../../heap/heap-thread.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { readKeys } from '../read-keys.ts';
import { Compositor } from '../terminal/compositor.ts';
import type { Input } from '../terminal/key-parser.ts';
import type { PaletteName } from '../terminal/palettes.ts';
import {
  BACKGROUND_QUERY,
  colourDepthFrom,
  paletteFromEnvironment,
  paletteFromReply,
} from '../terminal/terminal-look.ts';
import { TerminalSession } from '../terminal/terminal-session.ts';
import { Theme } from '../terminal/theme.ts';
import { pasteIntoExplorer, pressInExplorer } from './explorer-keys.ts';
import { drawExplorer } from './explorer-screen.ts';
import { ExplorerStore } from './explorer-store.ts';

export interface HeapExplorer {
  /** One file, or one before and one after. */
  readonly files: readonly string[];
  /** Closed by the caller. */
  readonly thread: HeapThread;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  /** `auto` asks the terminal for its background. */
  readonly theme: PaletteName | 'auto';
  readonly ascii: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly interrupted: AbortSignal;
}

export type Explored =
  | { readonly kind: 'left' }
  | { readonly kind: 'interrupted' }
  /** A file cannot be read. */
  | { readonly kind: 'failed'; readonly error: CodedError };

/** The bar of a snapshot that is read moves this often; keys are answered at once. */
const FRAME_MS = 100;

/** Shows the explorer until the user leaves. Needs a terminal on stdin and stdout; the caller checks. */
export async function exploreHeap(explorer: HeapExplorer): Promise<Explored> {
  const { stdin, stdout, env } = explorer;
  const look = { depth: colourDepthFrom(env), ascii: explorer.ascii };
  const known = explorer.theme === 'auto' ? paletteFromEnvironment(env) : explorer.theme;
  const compositor = new Compositor(stdout, new Theme({ ...look, palette: known ?? 'dark' }));
  let finish: (explored: Explored) => void = () => {};
  const finished = new Promise<Explored>((resolve) => {
    finish = resolve;
  });
  const session = new TerminalSession(stdin, stdout, {
    onLeave: () => compositor.close(),
    onReturn: () => compositor.open(),
    onSignal: () => finish({ kind: 'interrupted' }),
  });
  let isDirty = true;
  const store = new ExplorerStore(explorer.files, explorer.thread, () => {
    isDirty = true;
  });
  compositor.add({
    rectangle: () => ({ x: 0, y: 0, width: compositor.columns, height: compositor.rows }),
    paint: (surface) => drawExplorer(surface, store.explorer),
  });
  const paintIfNew = (): void => {
    if (isDirty) compositor.schedule();
    isDirty = false;
  };
  const handle = (input: Input): void => {
    if (input.kind === 'reply') {
      const palette = known === null ? paletteFromReply(input.text) : null;
      if (palette !== null) compositor.theme = new Theme({ ...look, palette });
      return;
    }
    const next =
      input.kind === 'paste'
        ? pasteIntoExplorer(store.explorer.ui, input.text)
        : pressInExplorer(store.explorer, input.name);
    if (next === 'quit') finish({ kind: 'left' });
    else if (next === 'suspend') session.suspend();
    else if (next === 'repaint') compositor.repaint();
    else {
      store.show(next);
      paintIfNew();
    }
  };
  session.enter();
  if (known === null) stdout.write(BACKGROUND_QUERY);
  const stopKeys = readKeys(stdin, handle);
  const onResize = () => compositor.repaint();
  const onInterrupted = () => finish({ kind: 'interrupted' });
  stdout.on('resize', onResize);
  explorer.interrupted.addEventListener('abort', onInterrupted);
  if (explorer.interrupted.aborted) onInterrupted();
  const clock = setInterval(paintIfNew, FRAME_MS);
  void store.read().then((read) => {
    if (!read.ok) finish({ kind: 'failed', error: read.error });
  });

  const explored = await finished;
  clearInterval(clock);
  explorer.interrupted.removeEventListener('abort', onInterrupted);
  stdout.off('resize', onResize);
  stopKeys();
  session.leave();
  compositor.dispose();
  return explored;
}
