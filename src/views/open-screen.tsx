/** Opens the terminal UI on a source of data, and gives the terminal back when it ends. */
import { render } from 'ink';
import type { HeapCaptureSource } from '../presentation/heap-capture.ts';
import type { PlaybackSource } from '../presentation/playback.ts';
import type { ServiceOutput } from '../presentation/service-output.ts';
import type { TimelineSource } from '../presentation/screen-data.ts';
import { App } from './App.tsx';
import { ScreenController } from './screen-controller.ts';
import type { HeldTerminal } from './terminal/held-terminal.ts';
import type { SourceLine } from './view.ts';

export interface TerminalUiOptions {
  readonly presenter: boolean;
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
  /** Given back when the user leaves, or a signal ends it. */
  readonly terminal: HeldTerminal;
  readonly options: TerminalUiOptions;
  /** Faster than the default is not readable, and costs. */
  readonly framesPerSecond?: number;
}

const FRAMES_PER_SECOND = 4;

const INTERRUPTED: ScreenEnd = { exitCode: 130, wentBack: false };

export interface ScreenEnd {
  /** Of the contract: 0 after `q`, 130 after a signal. */
  readonly exitCode: number;
  /** Whether the user went back to where they came from, and did not quit. */
  readonly wentBack: boolean;
}

/** Shows the screens until the user leaves. */
export async function openTerminalUi(ui: TerminalUi): Promise<ScreenEnd> {
  const { terminal, options } = ui;
  const { compositor, interrupted } = terminal;
  let finish: (end: ScreenEnd) => void = () => {};
  const finished = new Promise<ScreenEnd>((resolve) => {
    finish = resolve;
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
    suspend: () => terminal.suspend(),
    sendToTerminal: (bytes) => terminal.send(bytes),
  });

  terminal.listen((input) => controller.handle(input));
  await terminal.coloured;
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
  const stopResizes = terminal.onResize(() => controller.resized());
  const unsubscribe = ui.source.subscribe(() => controller.dataChanged());
  const stopJumps = options.playback?.onJump(() => controller.jumped());
  const stopOutput = options.output?.subscribe(() => controller.dataChanged());
  const stopCapture = options.heapCapture?.subscribe(() => controller.captureChanged());
  const clock = setInterval(() => controller.frame(), 1000 / (ui.framesPerSecond ?? FRAMES_PER_SECOND));
  const onInterrupted = () => finish(INTERRUPTED);
  interrupted.addEventListener('abort', onInterrupted);
  if (interrupted.aborted) onInterrupted();

  const end = await finished;
  clearInterval(clock);
  unsubscribe();
  stopCapture?.();
  stopJumps?.();
  stopOutput?.();
  stopResizes();
  interrupted.removeEventListener('abort', onInterrupted);
  terminal.giveBack();
  ink.unmount();
  return end;
}
