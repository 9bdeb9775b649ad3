/** What every panel is drawn from: the data of this frame and what the user looks at. */
import type { HeapCapture } from '../presentation/heap-capture.ts';
import type { ServiceOutput } from '../presentation/service-output.ts';
import type { Playback } from '../presentation/playback.ts';
import type { ScreenData } from '../presentation/screen-data.ts';
import type { Command } from './keymap.ts';
import type { Surface } from './terminal/surface.ts';
import { focusedPanel, type PanelId, type UiState } from './ui-state.ts';

/** One line of the target's source, already sanitised. */
export interface SourceLine {
  readonly line: number;
  readonly text: string;
}

export interface View {
  readonly data: ScreenData;
  readonly ui: UiState;
  /** Larger blocks and fewer figures, for a shared screen. */
  readonly presenter: boolean;
  /** The key pressed last, for those who watch; shown in presenter mode. */
  readonly lastKey: string | null;
  readonly canWrite: boolean;
  readonly canMark: boolean;
  /** Where taking heap snapshots stands; absent where none can be taken. */
  readonly capture?: HeapCapture;
  /** What the service prints, where we started it. */
  readonly output?: Pick<ServiceOutput, 'lines' | 'file'>;
  /** Where a recording stands; absent for a live session. */
  readonly playback?: Playback;
  /** The lines around a place in the target's source; empty when they cannot be read. */
  readonly sourceAround?: (file: string, line: number) => readonly SourceLine[];
}

/** A panel paints its whole surface from the view, and knows nothing else. */
export type Panel = (surface: Surface, view: View) => void;

/** Whether a command can do anything here; its key is not shown otherwise. */
export function isAvailable(
  { canWrite, canMark, capture, output, playback }: View,
  command: Command,
): boolean {
  switch (command) {
    case 'write':
      return canWrite;
    case 'mark':
      return canMark;
    case 'show-output':
      return output !== undefined;
    case 'snapshot':
      return capture !== undefined;
    case 'freeze':
    case 'earlier':
    case 'later':
      return playback === undefined;
    case 'play':
    case 'rewind':
    case 'forward':
    case 'slower':
    case 'faster':
    case 'to-start':
    case 'to-end':
    case 'previous-moment':
    case 'next-moment':
      return playback !== undefined;
    default:
      return true;
  }
}

export function isFocused(view: View, panel: PanelId): boolean {
  return focusedPanel(view.ui) === panel;
}
