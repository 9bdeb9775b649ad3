/** What every panel is drawn from: the data of this frame and what the user looks at. */
import type { ScreenData } from '../presentation/screen-data.ts';
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
  /** The lines around a place in the target's source; empty when they cannot be read. */
  readonly sourceAround?: (file: string, line: number) => readonly SourceLine[];
}

/** A panel paints its whole surface from the view, and knows nothing else. */
export type Panel = (surface: Surface, view: View) => void;

export function isFocused(view: View, panel: PanelId): boolean {
  return focusedPanel(view.ui) === panel;
}
