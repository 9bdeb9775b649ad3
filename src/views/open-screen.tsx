/** Opens the terminal UI on a source of data, and gives the terminal back when it ends. */
import { render } from 'ink';
import type { HeapCaptureSource } from '../presentation/heap-capture.ts';
import type { PlaybackSource } from '../presentation/playback.ts';
import type { ServiceOutput } from '../presentation/service-output.ts';
import type { TimelineSource } from '../presentation/screen-data.ts';
import { App } from './App.tsx';
import { readKeys } from './read-keys.ts';
import { ScreenController } from './screen-controller.ts';
import { Compositor } from './terminal/compositor.ts';
import type { PaletteName } from './terminal/palettes.ts';
import {
  colourDepthFrom,
  BACKGROUND_QUERY,
  BACKGROUND_TIMEOUT_MS,
  paletteFromEnvironment,
  paletteFromReply,
} from './terminal/terminal-look.ts';
import { TerminalSession } from './terminal/terminal-session.ts';
import { Theme } from './terminal/theme.ts';
import type { SourceLine } from './view.ts';

export interface TerminalUiOptions {
  /** `auto` asks the terminal for its background. */
  readonly theme: PaletteName | 'auto';
  readonly ascii: boolean;
  readonly presenter: boolean;
  /** Where colours are read from: NO_COLOR, COLORTERM, TERM, COLORFGBG. */
  readonly env: NodeJS.ProcessEnv;
  /** Writes what is known to a file and says where; without it the key does nothing and is not shown. */
  readonly writeReport?: () => Promise<string>;
  /** Takes heap snapshots of the service; without it the key does nothing and is not shown. */
  readonly heapCapture?: HeapCaptureSource;
  /** What the service prints, where we started it; without it the key does nothing and is not shown. */
  readonly output?: ServiceOutput;
  /** Moves a recording; without it the picture follows a live session. */
  readonly playback?: PlaybackSource;
  /** Marks a moment; without it the key does nothing and is not shown. */
  readonly mark?: (atMs: number, note: string) => void;
  /** Ctrl-C is meant for the service, where we started it: told before the screens are left. */
  readonly onInterrupt?: () => void;
  /** Whether back on the first screen leaves the screens, for where the user came from. */
  readonly canGoBack?: boolean;
  /** Reads the target's source around a line; called once a frame, so it keeps what it has read. */
  readonly sourceAround?: (file: string, line: number) => readonly SourceLine[];
}

export interface TerminalUi {
  readonly source: TimelineSource;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly options: TerminalUiOptions;
  /** Aborted when the program has to end: the screen is left as if by `q`. */
  readonly interrupted?: AbortSignal;
  /** Faster than the default is not readable, and costs. */
  readonly framesPerSecond?: number;
  /** Called once the user or a signal ended it, the terminal already given back. */
  readonly onQuit?: () => void;
}

const FRAMES_PER_SECOND = 4;

const INTERRUPTED: ScreenEnd = { exitCode: 130, wentBack: false };

export interface ScreenEnd {
  /** Of the contract: 0 after `q`, 130 after a signal. */
  readonly exitCode: number;
  /** Whether the user went back to where they came from, and did not quit. */
  readonly wentBack: boolean;
}

/**
 * Shows the screens until the user leaves. Needs a terminal on stdin and stdout; the caller checks.
 */
export async function openTerminalUi(ui: TerminalUi): Promise<ScreenEnd> {
  const { stdin, stdout, options } = ui;
  const look = { depth: colourDepthFrom(options.env), ascii: options.ascii };
  const known = options.theme === 'auto' ? paletteFromEnvironment(options.env) : options.theme;
  const compositor = new Compositor(stdout, new Theme({ ...look, palette: known ?? 'dark' }));

  let finish: (end: ScreenEnd) => void = () => {};
  const finished = new Promise<ScreenEnd>((resolve) => {
    finish = resolve;
  });
  const session = new TerminalSession(stdin, stdout, {
    onLeave: () => compositor.close(),
    onReturn: () => compositor.open(),
    onSignal: () => finish(INTERRUPTED),
  });
  const controller = new ScreenController(ui.source, compositor, {
    presenter: options.presenter,
    ...(options.writeReport ? { writeReport: options.writeReport } : {}),
    ...(options.sourceAround ? { sourceAround: options.sourceAround } : {}),
    ...(options.heapCapture ? { heapCapture: options.heapCapture } : {}),
    ...(options.output ? { output: options.output } : {}),
    ...(options.playback ? { playback: options.playback } : {}),
    ...(options.mark ? { mark: options.mark } : {}),
    quit: () => finish({ exitCode: 0, wentBack: false }),
    interrupt: () => {
      options.onInterrupt?.();
      finish({ exitCode: 0, wentBack: false });
    },
    ...(options.canGoBack ? { goBack: () => finish({ exitCode: 0, wentBack: true }) } : {}),
    suspend: () => session.suspend(),
    sendToTerminal: (bytes) => stdout.write(bytes),
  });

  session.enter();
  const background = backgroundAnswer();
  const stopKeys = readKeys(stdin, (input) => {
    if (input.kind === 'reply') background.hear(input.text);
    else controller.handle(input);
  });
  if (known === null) {
    stdout.write(BACKGROUND_QUERY);
    const palette = await background.within(BACKGROUND_TIMEOUT_MS);
    if (palette !== null) compositor.theme = new Theme({ ...look, palette });
  }
  const ink = render(<App stage={controller} store={controller} />, {
    // Ink sees the compositor as its terminal, and whole frames of blanks go nowhere.
    stdout: compositor as unknown as NodeJS.WriteStream,
    debug: true,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  ink.waitUntilExit().catch((fault: unknown) => {
    process.nextTick(() => {
      throw fault;
    });
  });
  const onResize = () => controller.resized();
  stdout.on('resize', onResize);
  const unsubscribe = ui.source.subscribe(() => controller.dataChanged());
  const stopJumps = options.playback?.onJump(() => controller.jumped());
  const stopOutput = options.output?.subscribe(() => controller.dataChanged());
  const stopCapture = options.heapCapture?.subscribe(() => controller.captureChanged());
  const clock = setInterval(() => controller.frame(), 1000 / (ui.framesPerSecond ?? FRAMES_PER_SECOND));
  const onInterrupted = () => finish(INTERRUPTED);
  ui.interrupted?.addEventListener('abort', onInterrupted);
  if (ui.interrupted?.aborted) finish(INTERRUPTED);

  const end = await finished;
  clearInterval(clock);
  unsubscribe();
  stopCapture?.();
  stopJumps?.();
  stopOutput?.();
  stdout.off('resize', onResize);
  ui.interrupted?.removeEventListener('abort', onInterrupted);
  stopKeys();
  session.leave();
  compositor.dispose();
  ink.unmount();
  ui.onQuit?.();
  return end;
}

function backgroundAnswer() {
  let answer: (palette: PaletteName | null) => void = () => {};
  const heard = new Promise<PaletteName | null>((resolve) => {
    answer = resolve;
  });
  return {
    /** Any other reply ends the waiting: the terminal answers in order. */
    hear: (reply: string) => answer(paletteFromReply(reply)),
    within: (timeoutMs: number): Promise<PaletteName | null> => {
      const timer = setTimeout(() => answer(null), timeoutMs);
      return heard.finally(() => clearTimeout(timer));
    },
  };
}
