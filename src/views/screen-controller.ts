/**
 * Between keys, data and the screen: turns keys into changes of the UI state, decides when a frame is painted, and
 * hands each frame its view. Holds the state; everything it calls is pure or passed in.
 */
import { findingMarkdown } from '../presentation/finding-markdown.ts';
import {
  createScreenData,
  FigureCache,
  type ScreenData,
  type TimelineSource,
} from '../presentation/screen-data.ts';
import type { ServiceOutput } from '../presentation/service-output.ts';
import type { PlaybackSource } from '../presentation/playback.ts';
import type { HeapCaptureSource } from '../presentation/heap-capture.ts';
import { isLongBlocked, sortFindings } from '../presentation/verdict.ts';
import type { LayoutState, LayoutStore } from './App.tsx';
import type { Stage } from './Canvas.tsx';
import { runCommand, type UiCommand } from './commands.ts';
import { commandOf, type Command } from './keymap.ts';
import { cursorRow } from './list-cursor.ts';
import { pointAt } from './pointing.ts';
import { movePlayback } from './playback-keys.ts';
import type { Compositor } from './terminal/compositor.ts';
import type { UserInput } from './terminal/held-terminal.ts';
import { copyToClipboard } from './terminal/clipboard.ts';
import { INITIAL_UI, isOutermost, reduceUi, windowMs, type UiAction, type UiState } from './ui-state.ts';
import { isAvailable, type SourceLine, type View } from './view.ts';
import { sanitise } from '../shared/sanitiser.ts';

export interface ControllerOptions {
  readonly presenter: boolean;
  readonly writeReport?: () => Promise<string>;
  readonly sourceAround?: (file: string, line: number) => readonly SourceLine[];
  readonly heapCapture?: HeapCaptureSource;
  readonly output?: ServiceOutput;
  readonly playback?: PlaybackSource;
  readonly mark?: (atMs: number, note: string) => void;
  readonly quit: () => void;
  /** For Ctrl-C. */
  readonly interrupt: () => void;
  /** From the first screen to where the user came from; nowhere without it. */
  readonly goBack?: () => void;
  readonly suspend: () => void;
  /** Writes past the compositor: the clipboard sequence moves no cell. */
  readonly sendToTerminal: (bytes: string) => void;
}

/** A short message stays this long. */
const NOTICE_MS = 4_000;

export class ScreenController implements Stage, LayoutStore {
  readonly compositor: Compositor;
  readonly #source: TimelineSource;
  readonly #options: ControllerOptions;
  readonly #cache = new FigureCache();
  readonly #listeners = new Set<() => void>();
  #ui: UiState = INITIAL_UI;
  #view: View | null = null;
  #layout: LayoutState;
  #lastKey: string | null = null;
  #noticeTimer: NodeJS.Timeout | undefined;
  #dirty = true;
  #held: Pick<ScreenData, 'findings' | 'readiness'> | null = null;

  constructor(source: TimelineSource, compositor: Compositor, options: ControllerOptions) {
    this.#source = source;
    this.compositor = compositor;
    this.#options = options;
    this.#layout = this.#layoutNow();
  }

  // Bound, because React calls them without their object.
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly get = (): LayoutState => this.#layout;

  view(): View {
    this.#view ??= this.#makeView();
    return this.#view;
  }

  dataChanged(): void {
    this.#dirty = true;
  }

  /** A new step is seen at once, also while the picture is held; its progress in the next frame. */
  captureChanged(): void {
    const kind = this.#options.heapCapture?.state().kind;
    if (kind === this.#view?.capture?.kind) this.#dirty = true;
    else this.#changed();
  }

  /** The clock's tick: paints when there is something new to see, and nothing while the picture is held. */
  frame(): void {
    if (!this.#dirty || this.#ui.heldAtMs !== null) return;
    this.#dirty = false;
    this.#view = null;
    this.#updateLayout();
    this.compositor.paint();
  }

  resized(): void {
    this.#changed();
  }

  handle(input: UserInput): void {
    if (input.kind === 'paste') {
      if (this.#ui.prompt) this.#dispatch({ kind: 'type', text: sanitise(input.text) });
      return;
    }
    if (input.kind === 'mouse') return this.#point(input);
    this.#lastKey = input.name;
    if (this.#ui.prompt) return this.#typed(input.name);
    if (this.#answerOffer(input.name)) return;
    const command = commandOf(input.name, this.#ui.screen, (each) => isAvailable(this.view(), each));
    if (command !== undefined && this.#playBack(command)) return;
    if (command === 'back' && this.#options.goBack && isOutermost(this.#ui)) return this.#options.goBack();
    switch (command) {
      case undefined:
        return this.#options.presenter ? this.#changed() : undefined;
      case 'quit':
        return input.name === 'ctrl-c' ? this.#options.interrupt() : this.#options.quit();
      case 'suspend':
        return this.#options.suspend();
      case 'repaint':
        return this.compositor.repaint();
      case 'snapshot':
        return this.#options.heapCapture?.request();
      case 'copy':
        return this.#copy();
      case 'write':
        return this.#write();
      default:
        for (const action of this.#actionsOf(command)) this.#dispatch(action);
    }
  }

  #point({ action, x, y }: Extract<UserInput, { kind: 'mouse' }>): void {
    const target = this.compositor.touchAt(x, y);
    if (target === null || this.#ui.help || this.#ui.prompt) return;
    const output = this.#options.output?.lines();
    for (const change of pointAt(target, action, this.#ui, this.view().data, output)) this.#dispatch(change);
  }

  #actionsOf(command: UiCommand): readonly UiAction[] {
    return runCommand(command, this.#ui, this.view().data, this.#options.output?.lines());
  }

  /** The timeline is another one: no figure of before holds. */
  jumped(): void {
    this.#cache.clear();
    this.#dispatch({ kind: 'hold', atMs: null });
  }

  #playBack(command: Command): boolean {
    const { playback } = this.#options;
    // A picture that is held, for a span that was chosen, is let go first.
    if (!playback || (command === 'play' && this.#ui.heldAtMs !== null)) return false;
    if (!movePlayback(playback, command, this.#ui)) return false;
    this.#changed();
    return true;
  }

  /** A snapshot is offered with its price: yes or no comes before all else that these keys do. */
  #answerOffer(key: string): boolean {
    const { heapCapture } = this.#options;
    const kind = heapCapture?.state().kind;
    if (this.#ui.screen !== 'memory' || this.#ui.help) return false;
    if (kind === 'offered' && key === 'enter') heapCapture?.accept();
    else if ((kind === 'offered' || kind === 'failed') && key === 'escape') heapCapture?.decline();
    else return false;
    return true;
  }

  #typed(key: string): void {
    if (key === 'ctrl-c') return this.#options.interrupt();
    if (key === 'enter') return this.#submit();
    if (key === 'escape') return this.#dispatch({ kind: 'back' });
    if (key === 'backspace') return this.#dispatch({ kind: 'erase' });
    if (key === 'space') return this.#dispatch({ kind: 'type', text: ' ' });
    if (Array.from(key).length === 1) this.#dispatch({ kind: 'type', text: sanitise(key) });
  }

  #submit(): void {
    const { prompt } = this.#ui;
    if (prompt?.purpose === 'mark') this.#options.mark?.(this.view().data.span.toMs, prompt.text);
    this.#dispatch({ kind: 'submit' });
  }

  #copy(): void {
    const findings = sortFindings(this.view().data.findings);
    const finding = findings[cursorRow(this.#ui, 'findings', findings)];
    if (!finding) return this.#say('nothing to copy: no finding');
    this.#options.sendToTerminal(copyToClipboard(findingMarkdown(finding)));
    this.#say('finding copied as Markdown');
  }

  #write(): void {
    const { writeReport } = this.#options;
    if (!writeReport) return;
    this.#say('writing …');
    writeReport().then(
      (where) => this.#say(`written to ${where}`),
      (fault: unknown) =>
        this.#say(`not written: ${sanitise(fault instanceof Error ? fault.message : fault)}`),
    );
  }

  #say(text: string): void {
    clearTimeout(this.#noticeTimer);
    this.#dispatch({ kind: 'notice', text });
    this.#noticeTimer = setTimeout(() => this.#dispatch({ kind: 'notice', text: null }), NOTICE_MS).unref();
  }

  #dispatch(action: UiAction): void {
    const wasHeld = this.#ui.heldAtMs !== null;
    this.#ui = reduceUi(this.#ui, action);
    // A held picture keeps the diagnosis of its moment.
    if (this.#ui.heldAtMs === null) this.#held = null;
    else if (!wasHeld)
      this.#held = { findings: this.#source.findings(), readiness: this.#source.readiness() };
    this.#changed();
  }

  #changed(): void {
    this.#view = null;
    this.#updateLayout();
    this.compositor.schedule();
  }

  #makeView(): View {
    return {
      data: this.#data(),
      ui: this.#ui,
      presenter: this.#options.presenter,
      lastKey: this.#lastKey,
      canWrite: this.#options.writeReport !== undefined,
      canMark: this.#options.mark !== undefined,
      ...(this.#options.playback ? { playback: this.#options.playback.state() } : {}),
      ...(this.#options.heapCapture ? { capture: this.#options.heapCapture.state() } : {}),
      ...(this.#options.output ? { output: this.#options.output } : {}),
      ...(this.#options.sourceAround ? { sourceAround: this.#options.sourceAround } : {}),
    };
  }

  #data(): ScreenData {
    return createScreenData(
      {
        timeline: this.#source.timeline(),
        findings: this.#held?.findings ?? this.#source.findings(),
        readiness: this.#held?.readiness ?? this.#source.readiness(),
        endMs: this.#ui.heldAtMs,
        windowMs: windowMs(this.#ui),
        span: this.#ui.chosenSpan,
      },
      this.#cache,
    );
  }

  #layoutNow(): LayoutState {
    const { data } = this.view();
    return {
      columns: this.compositor.columns,
      rows: this.compositor.rows,
      screen: this.#ui.screen,
      help: this.#ui.help,
      blocked: this.#ui.heldAtMs === null && isLongBlocked(data),
      presenter: this.#options.presenter,
    };
  }

  #updateLayout(): void {
    const next = this.#layoutNow();
    const keys = Object.keys(next) as (keyof LayoutState)[];
    if (keys.every((key) => next[key] === this.#layout[key])) return;
    this.#layout = next;
    for (const listener of this.#listeners) listener();
  }
}
