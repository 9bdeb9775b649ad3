/** What every panel is drawn from: the data of this frame and what the user looks at. */
import type { HeapCapture } from '../presentation/heap-capture.ts';
import type { ServiceOutput } from '../presentation/service-output.ts';
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
  /** Where taking heap snapshots stands; absent where none can be taken. */
  readonly capture?: HeapCapture;
  /** What the service prints, where we started it. */
  readonly output?: Pick<ServiceOutput, 'lines' | 'file'>;
  /** The lines around a place in the target's source; empty when they cannot be read. */
  readonly sourceAround?: (file: string, line: number) => readonly SourceLine[];
}

/** A panel paints its whole surface from the view, and knows nothing else. */
export type Panel = (surface: Surface, view: View) => void;

/** Whether a command can do anything here; its key is not shown otherwise. */
export function isAvailable({ canWrite, capture, output }: View, command: Command): boolean {
  if (command === 'write') return canWrite;
  if (command === 'show-output') return output !== undefined;
  return command !== 'snapshot' || capture !== undefined;
}

export function isFocused(view: View, panel: PanelId): boolean {
  return focusedPanel(view.ui) === panel;
}
