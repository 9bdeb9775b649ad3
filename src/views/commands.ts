/** From a command to changes of the UI state, with what the data says about lists and trees. Pure. */
import { selectHottestRows } from '../presentation/hottest-rows.ts';
import { selectRouteRows } from '../presentation/route-rows.ts';
import type { ScreenData } from '../presentation/screen-data.ts';
import type { Command } from './keymap.ts';
import { clampRow } from './drawing/list-window.ts';
import {
  focusedPanel,
  windowMs,
  type PanelId,
  type ScreenId,
  type UiAction,
  type UiState,
} from './ui-state.ts';

type UiCommand = Exclude<Command, 'quit' | 'suspend' | 'repaint' | 'copy' | 'write'>;

const PAGE_ROWS = 10;
/** A step back in time leaves half of the picture in view. */
const STEP_SHARE = 0.5;

export function runCommand(command: UiCommand, ui: UiState, data: ScreenData): readonly UiAction[] {
  switch (command) {
    case 'show-overview':
    case 'show-cpu':
    case 'show-memory':
    case 'show-requests':
    case 'show-loop':
    case 'show-resources':
    case 'show-findings':
      return [{ kind: 'show', screen: command.slice('show-'.length) as ScreenId }];
    case 'help':
      return [{ kind: 'help', open: !ui.help }];
    case 'back':
      return [{ kind: 'back' }];
    case 'next-panel':
      return [{ kind: 'focus', by: 1 }];
    case 'previous-panel':
      return [{ kind: 'focus', by: -1 }];
    case 'up':
      return move(ui, data, -1);
    case 'down':
      return move(ui, data, 1);
    case 'page-up':
      return move(ui, data, -PAGE_ROWS);
    case 'page-down':
      return move(ui, data, PAGE_ROWS);
    case 'first':
      return move(ui, data, Number.NEGATIVE_INFINITY);
    case 'last':
      return move(ui, data, Number.POSITIVE_INFINITY);
    case 'left':
    case 'right':
    case 'next-match':
      return [];
    case 'open':
      return open(ui, data);
    case 'freeze':
      return [{ kind: 'hold', atMs: ui.heldAtMs === null ? data.span.toMs : null }];
    case 'earlier':
    case 'later':
      return travel(ui, data, command === 'earlier' ? -1 : 1);
    case 'wider':
      return [{ kind: 'window', by: 1 }];
    case 'narrower':
      return [{ kind: 'window', by: -1 }];
    case 'filter':
      return [{ kind: 'ask', purpose: 'filter' }];
    case 'mark':
      return [{ kind: 'ask', purpose: 'mark' }];
    case 'sort':
      return [{ kind: 'sort' }];
    case 'invert':
      return [{ kind: 'invert' }];
    case 'self-total':
      return [{ kind: 'hottest-by' }];
  }
}

function move(ui: UiState, data: ScreenData, by: number): readonly UiAction[] {
  const panel = focusedPanel(ui);
  const count = rowCount(panel, ui, data);
  return [{ kind: 'select', panel, row: clampRow(clampRow(ui.selected[panel], count) + by, count) }];
}

function rowCount(panel: PanelId, ui: UiState, data: ScreenData): number {
  switch (panel) {
    case 'findings':
      return data.findings.length;
    case 'routes':
      return selectRouteRows(data, ui.routeSort, ui.filter).length;
    case 'hottest':
      return selectHottestRows(data, ui.hottestBy, ui.filter).length;
    default:
      return 0;
  }
}

/** From a row to the screen that explains it. */
function open(ui: UiState, _data: ScreenData): readonly UiAction[] {
  switch (focusedPanel(ui)) {
    case 'findings':
      return [{ kind: 'show', screen: 'findings' }];
    case 'routes':
      return [{ kind: 'show', screen: 'requests' }];
    case 'hottest':
      return [{ kind: 'show', screen: 'cpu' }];
    default:
      return [];
  }
}

function travel(ui: UiState, data: ScreenData, direction: 1 | -1): readonly UiAction[] {
  const latestMs = data.timeline.latestMs ?? 0;
  const firstMs = data.timeline.session?.atMs ?? data.timeline.firstMs ?? 0;
  const wantedMs = (ui.heldAtMs ?? latestMs) + direction * windowMs(ui) * STEP_SHARE;
  if (wantedMs >= latestMs) return [{ kind: 'hold', atMs: null }];
  return [{ kind: 'hold', atMs: Math.max(firstMs, wantedMs) }];
}
