/** From a click or the wheel to changes of the UI state. Pure. */
import { assertNever } from '../shared/result.ts';
import type { ScreenData } from '../presentation/screen-data.ts';
import type { OutputLine } from '../presentation/service-output.ts';
import { moveBy, runCommand, selectRow } from './commands.ts';
import type { MouseAction } from './terminal/key-parser.ts';
import type { TouchTarget } from './touch-target.ts';
import { focusedPanel, reduceUi, type PanelId, type UiAction, type UiState } from './ui-state.ts';

/** What editors scroll by. */
const WHEEL_ROWS = 3;

/**
 * A click on a tab shows the screen; on a row or a block it puts the cursor there, and a second one opens it. The wheel
 * moves the cursor of what it is over.
 * @param output what the service printed, where we started it
 */
export function pointAt(
  target: TouchTarget,
  action: MouseAction,
  ui: UiState,
  data: ScreenData,
  output: readonly OutputLine[] = [],
): readonly UiAction[] {
  if (target.kind === 'screen') return action === 'press' ? [{ kind: 'show', screen: target.screen }] : [];
  const panel = target.kind === 'frame' ? 'flame' : target.panel;
  const focus: UiAction = { kind: 'focus-on', panel };
  if (action !== 'press') {
    const rows = panel === 'flame' ? 1 : WHEEL_ROWS;
    return [focus, ...moveBy(reduceUi(ui, focus), data, output, action === 'wheel-up' ? -rows : rows)];
  }
  switch (target.kind) {
    case 'panel':
      return [focus];
    case 'row':
      return [focus, ...chooseOrOpen(panel, [selectRow(target.panel, target.row, ui, data)], ui, data)];
    case 'frame':
      return [focus, ...chooseOrOpen(panel, [{ kind: 'flame-cursor', path: target.path }], ui, data)];
    default:
      return assertNever(target);
  }
}

/** What is under the cursor already is opened. */
function chooseOrOpen(
  panel: PanelId,
  choice: readonly UiAction[],
  ui: UiState,
  data: ScreenData,
): readonly UiAction[] {
  const chosen = choice.reduce(reduceUi, ui);
  const isChosen =
    focusedPanel(ui) === panel &&
    ui.selected[panel].key === chosen.selected[panel].key &&
    ui.cursor.join('\0') === chosen.cursor.join('\0');
  return isChosen ? runCommand('open', ui, data) : choice;
}
