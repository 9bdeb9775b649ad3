/**
 * The terminal while something is shown on it: taken, asked for its background, painted by the compositor, its keys
 * handed to whoever shows something now, and given back at the end. One screen may follow another on it.
 */
import { Compositor } from './compositor.ts';
import type { Input } from './key-parser.ts';
import type { PaletteName } from './palettes.ts';
import { readKeys } from './read-keys.ts';
import {
  BACKGROUND_QUERY,
  BACKGROUND_TIMEOUT_MS,
  colourDepthFrom,
  paletteFromEnvironment,
  paletteFromReply,
} from './terminal-look.ts';
import { TerminalSession } from './terminal-session.ts';
import { Theme } from './theme.ts';

/** Which terminal, and how it is drawn on. The caller has checked that both streams are one. */
export interface TerminalSettings {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  /** `auto` asks the terminal for its background. */
  readonly theme: PaletteName | 'auto';
  readonly ascii: boolean;
  /** Where colours are read from: NO_COLOR, COLORTERM, TERM, COLORFGBG. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes clicks and the wheel, and with them the terminal's own selection of text. */
  readonly mouse?: boolean;
  /** Aborted when the program has to end. */
  readonly interrupted?: AbortSignal;
}

/** What the user typed; the terminal's own answers are not among it. */
export type UserInput = Exclude<Input, { readonly kind: 'reply' }>;

export class HeldTerminal {
  readonly compositor: Compositor;
  /** Resolves when the background is known, or the terminal does not tell it in time. */
  readonly coloured: Promise<void>;
  readonly #settings: TerminalSettings;
  readonly #session: TerminalSession;
  readonly #interruption = new AbortController();
  readonly #interrupt = () => this.#interruption.abort();
  readonly #resized = () => {
    this.compositor.repaint();
    this.#onResize();
  };
  /** Whether the user or the environment said which colours; else the terminal does. */
  readonly #asksForBackground: boolean;
  #answered: () => void = () => {};
  #onResize: () => void = () => {};
  #hear: (input: UserInput) => void = () => {};
  #stopKeys: () => void = () => {};

  /** Takes the terminal. */
  constructor(settings: TerminalSettings) {
    const { stdin, stdout, env, interrupted } = settings;
    const known = settings.theme === 'auto' ? paletteFromEnvironment(env) : settings.theme;
    this.#settings = settings;
    this.#asksForBackground = known === null;
    this.compositor = new Compositor(stdout, this.#themeOf(known ?? 'dark'));
    const listener = {
      onLeave: () => this.compositor.close(),
      onReturn: () => this.compositor.open(),
      onSignal: this.#interrupt,
    };
    this.#session = new TerminalSession(stdin, stdout, listener, settings.mouse);
    this.#take();
    this.coloured = this.#asksForBackground ? this.#askForBackground() : Promise.resolve();
    stdout.on('resize', this.#resized);
    interrupted?.addEventListener('abort', this.#interrupt);
    if (interrupted?.aborted) this.#interrupt();
  }

  /** Aborted by a signal, or when the program has to end: the terminal may have been given back already. */
  get interrupted(): AbortSignal {
    return this.#interruption.signal;
  }

  /** What is typed goes to `hear`, until somebody else listens. */
  listen(hear: (input: UserInput) => void): void {
    this.#hear = hear;
  }

  /** Calls back when the terminal has another size: what is shown then is written whole. */
  onResize(listener: () => void): () => void {
    this.#onResize = listener;
    return () => (this.#onResize = () => {});
  }

  /** Ctrl-Z: the shell takes over until `fg`. */
  suspend(): void {
    this.#session.suspend();
  }

  /** Writes past the compositor, what moves no cell. */
  send(bytes: string): void {
    this.#settings.stdout.write(bytes);
  }

  /** Gives the terminal back for as long as `work` needs it as it was. */
  async lend<T>(work: () => Promise<T>): Promise<T> {
    this.#leave();
    try {
      return await work();
    } finally {
      this.#take();
      this.compositor.open();
    }
  }

  /** Gives the terminal back for good. */
  giveBack(): void {
    this.#leave();
    this.#settings.stdout.off('resize', this.#resized);
    this.#settings.interrupted?.removeEventListener('abort', this.#interrupt);
    this.compositor.dispose();
  }

  #take(): void {
    this.#session.enter();
    this.#stopKeys = readKeys(this.#settings.stdin, (input) => {
      if (input.kind === 'reply') this.#heardReply(input.text);
      else this.#hear(input);
    });
  }

  #leave(): void {
    this.#stopKeys();
    this.#session.leave();
  }

  #askForBackground(): Promise<void> {
    this.#session.ask(BACKGROUND_QUERY);
    return new Promise((resolve) => {
      this.#answered = resolve;
      setTimeout(() => {
        this.#session.heard();
        resolve();
      }, BACKGROUND_TIMEOUT_MS).unref();
    });
  }

  #heardReply(reply: string): void {
    const palette = this.#asksForBackground ? paletteFromReply(reply) : null;
    // Also when it comes late, over a slow link.
    if (palette !== null) this.compositor.theme = this.#themeOf(palette);
    // The terminal answers in order: any other reply is its last, and without a palette before it does not tell one.
    else this.#session.heard();
    this.#answered();
  }

  #themeOf(palette: PaletteName): Theme {
    const { env, ascii } = this.#settings;
    return new Theme({ palette, depth: colourDepthFrom(env), ascii });
  }
}
