/**
 * Holds the terminal while the screens are shown, and gives it back whatever happens: alternate screen, raw mode,
 * hidden cursor, no line wrap, bracketed paste. Giving back is one synchronous write, because several of the ways
 * to end (an exception, `process.exit`) leave no time for another turn of the loop.
 */
import { writeSync } from 'node:fs';

/* eslint-disable-next-line -- one sequence a line, with what it does */
const ENTER = [
  '\x1b[?1049h', // alternate screen
  '\x1b[22;0t', // keep the window's title
  '\x1b[?25l', // no cursor
  '\x1b[?7l', // no line wrap
  '\x1b[?2004h', // pastes come marked as such
].join('');

/** Clicks and the wheel, with cells of any number (SGR). */
const TAKE_MOUSE = '\x1b[?1000h\x1b[?1006h';

const LEAVE = [
  '\x1b[?1006l\x1b[?1000l',
  '\x1b[?2026l', // end of a synchronised update that was cut off
  '\x1b[?2004l',
  '\x1b[?7h',
  '\x1b[0m',
  '\x1b[?25h',
  '\x1b[?1049l',
  '\x1b[23;0t',
].join('');

/** A dead link must not keep the process: at most this long is spent on the last write. */
const LAST_WRITE_MS = 200;
const RETRY_MS = 10;

/**
 * All that end a process unless it listens, but for those that nobody can hear (SIGKILL), that Node keeps for itself
 * (SIGUSR1, SIGPROF) or ignores, and the faults after which no JavaScript runs. Systems without one never send it.
 */
const SIGNALS = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGXCPU'] as const),
  ...(['SIGABRT', 'SIGTRAP', 'SIGSYS', 'SIGIO', 'SIGPWR', 'SIGSTKFLT'] as const),
];

export interface SessionListener {
  /** The terminal is being given back: write no more. */
  onLeave(): void;
  /** The terminal is ours again, and shows nothing of ours. */
  onReturn(): void;
  /** A signal asks us to end; the terminal has been given back already. */
  onSignal(signal: NodeJS.Signals): void;
}

export class TerminalSession {
  readonly #stdin: NodeJS.ReadStream;
  readonly #stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly #listener: SessionListener;
  readonly #enter: string;
  readonly #undo: (() => void)[] = [];
  #active = false;
  #asked = false;

  constructor(
    stdin: NodeJS.ReadStream,
    stdout: NodeJS.WriteStream & { readonly fd: number },
    listener: SessionListener,
    takesMouse = false,
  ) {
    this.#enter = takesMouse ? ENTER + TAKE_MOUSE : ENTER;
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#listener = listener;
  }

  enter(): void {
    this.#takeTerminal();
    this.#hook('exit', () => {
      this.#giveBack();
      this.heard();
    });
    // Sees an exception before anything else does, and changes nothing about what then happens.
    this.#hook('uncaughtExceptionMonitor', () => this.#giveBack());
    // Where the program handles rejections itself the monitor above stays silent.
    if (process.listenerCount('unhandledRejection') > 0) {
      this.#hook('unhandledRejection', () => this.#giveBack());
    }
    for (const signal of SIGNALS) {
      this.#hook(signal, () => {
        this.#giveBack();
        this.#listener.onSignal(signal);
      });
    }
    this.#hook('SIGCONT', () => this.#resume());
    this.#hook('SIGTSTP', () => this.suspend());
  }

  /** Asks the terminal what it answers as if it had been typed: until `heard`, no shell may read the answer. */
  ask(question: string): void {
    this.#asked = true;
    this.#stdout.write(question);
  }

  /** The answer has come, or will not. */
  heard(): void {
    if (!this.#asked) return;
    this.#asked = false;
    if (!this.#active) this.#giveBackKeys();
  }

  /** Gives the terminal back for good. */
  leave(): void {
    this.#giveBack();
    this.heard();
    for (const undo of this.#undo.splice(0)) undo();
    this.#stdin.pause();
  }

  /** Ctrl-Z: the shell takes over until `fg`. */
  suspend(): void {
    if (!this.#active) return;
    this.#giveBack();
    const listeners = process.listeners('SIGTSTP');
    process.removeAllListeners('SIGTSTP');
    process.once('SIGCONT', () => {
      for (const listener of listeners) process.on('SIGTSTP', listener);
    });
    process.kill(process.pid, 'SIGTSTP');
  }

  #resume(): void {
    // After SIGSTOP nobody gave the terminal back, and the shell has changed its modes meanwhile.
    if (this.#active) this.#stdin.setRawMode(false);
    this.#takeTerminal();
    this.#listener.onReturn();
  }

  #takeTerminal(): void {
    this.#stdin.setRawMode(true);
    this.#stdin.resume();
    this.#stdout.write(this.#enter);
    this.#active = true;
  }

  #giveBack(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#listener.onLeave();
    if (!this.#asked) this.#giveBackKeys();
    writeAll(this.#stdout.fd, LEAVE);
  }

  #giveBackKeys(): void {
    try {
      this.#stdin.setRawMode(false);
    } catch {
      // The terminal is gone (its window was closed): there is nothing to give back.
    }
  }

  #hook(event: string, listener: (...args: unknown[]) => void): void {
    process.prependListener(event as 'exit', listener);
    this.#undo.push(() => process.off(event, listener));
  }
}

/** Writes past the stream's queue, at once, and gives up on a terminal that takes nothing. */
function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let waitedMs = 0; rest.length > 0 && waitedMs < LAST_WRITE_MS; waitedMs += RETRY_MS) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
