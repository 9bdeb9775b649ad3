/** A real program in a real pseudo-terminal, its screen rebuilt by an emulator: what a user would see. */
import { spawn, type IPty } from '@lydell/node-pty';
import headless from '@xterm/headless';

type Emulator = InstanceType<typeof headless.Terminal>;

export interface PseudoTerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the terminal answers when it is asked for its background, `ffff/ffff/ffff`; it says nothing without it. */
  readonly background?: string;
  /** How far away the terminal is. */
  readonly answersAfterMs?: number;
}

const WAIT_MS = 15_000;
const POLL_MS = 15;
/** Longer than a frame of the screens lasts. */
const STILL_MS = 400;

const KEYS: Readonly<Record<string, string>> = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  space: ' ',
  'ctrl-c': '\x03',
  'ctrl-l': '\x0c',
  'ctrl-z': '\x1a',
};

export class PseudoTerminal {
  readonly emulator: Emulator;
  readonly process: IPty;
  #bytes = 0;
  #unparsed = 0;
  #raw = '';
  #exit: { readonly exitCode: number; readonly signal?: number | undefined } | null = null;

  constructor(file: string, args: readonly string[], options: PseudoTerminalOptions = {}) {
    const { columns = 120, rows = 40 } = options;
    this.emulator = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, logLevel: 'off' });
    this.process = spawn(file, [...args], {
      cols: columns,
      rows,
      cwd: options.cwd ?? process.cwd(),
      // Nothing is inherited: CI, NO_COLOR and NODE_OPTIONS would change the picture.
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        LANG: 'C.UTF-8',
        TERM: 'xterm-256color',
        TZ: 'UTC',
        ...options.env,
      },
    });
    const { answersAfterMs } = options;
    const answer = (text: string): void => {
      if (answersAfterMs === undefined) this.process.write(text);
      else setTimeout(() => this.process.write(text), answersAfterMs);
    };
    this.process.onData((data) => {
      this.#bytes += Buffer.byteLength(data);
      this.#raw = (this.#raw + data).slice(-400_000);
      this.#unparsed++;
      this.emulator.write(data, () => this.#unparsed--);
      if (options.background !== undefined && data.includes('\x1b]11;?')) {
        answer(`\x1b]11;rgb:${options.background}\x1b\\`);
      }
    });
    // The emulator answers the program's questions, as a terminal does.
    this.emulator.onData(answer);
    this.process.onExit((exit) => {
      this.#exit = exit;
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The last bytes as they came. */
  get raw(): string {
    return this.#raw;
  }

  get exit(): { readonly exitCode: number; readonly signal?: number | undefined } | null {
    return this.#exit;
  }

  /** The screen as lines without trailing spaces. */
  text(): string {
    const buffer = this.emulator.buffer.active;
    return Array.from({ length: this.emulator.rows }, (_, y) =>
      (buffer.getLine(buffer.baseY + y)?.translateToString(true) ?? '').trimEnd(),
    ).join('\n');
  }

  press(...keys: readonly string[]): void {
    for (const key of keys) this.process.write(KEYS[key] ?? key);
  }

  resize(columns: number, rows: number): void {
    this.emulator.resize(columns, rows);
    this.process.resize(columns, rows);
  }

  /** Waits until the screen shows a text, or a condition holds. */
  async until(what: string | RegExp | (() => boolean), longestMs = WAIT_MS): Promise<void> {
    const holds =
      typeof what === 'function'
        ? what
        : () => (typeof what === 'string' ? this.text().includes(what) : what.test(this.text()));
    const deadline = Date.now() + longestMs;
    while (this.#unparsed > 0 || !holds()) {
      if (Date.now() > deadline) {
        throw new Error(`never seen: ${String(what)}\n${this.text()}\nexit: ${JSON.stringify(this.#exit)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Waits until nothing more is written: a picture that does not move has been drawn whole. */
  async untilStill(): Promise<void> {
    let [bytes, sinceMs] = [this.#bytes, Date.now()];
    await this.until(() => {
      if (this.#bytes !== bytes) [bytes, sinceMs] = [this.#bytes, Date.now()];
      return Date.now() - sinceMs >= STILL_MS;
    });
  }

  async untilExit(): Promise<{ readonly exitCode: number; readonly signal?: number | undefined }> {
    await this.until(() => this.#exit !== null);
    return this.#exit ?? { exitCode: -1 };
  }

  modes(): {
    readonly alternate: boolean;
    readonly cursorHidden: boolean;
    readonly wrap: boolean;
    readonly paste: boolean;
  } {
    const { modes, buffer } = this.emulator;
    // The public interface does not tell whether the cursor shows: the last switch that came does.
    const [shown, hidden] = [this.#raw.lastIndexOf('\x1b[?25h'), this.#raw.lastIndexOf('\x1b[?25l')];
    return {
      alternate: buffer.active.type === 'alternate',
      cursorHidden: hidden > shown,
      wrap: modes.wraparoundMode,
      paste: modes.bracketedPasteMode,
    };
  }

  close(): void {
    if (this.#exit === null) this.process.kill('SIGKILL');
    this.emulator.dispose();
  }
}
