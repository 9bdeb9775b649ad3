/** From a command to changes of the UI state, with what the data says about lists and trees. Pure. */
import { frameKey } from '../model/code-frame.ts';
import { selectAllocationRows } from '../presentation/allocation-rows.ts';
import { findInFlame, moveInFlame, type FlameDirection } from '../presentation/flame-layout.ts';
import { selectPeerRows } from '../presentation/peer-rows.ts';
import { selectCursor, selectShownTree } from '../presentation/shown-tree.ts';
import { selectStallRows } from '../presentation/stall-rows.ts';
import { sortFindings } from '../presentation/verdict.ts';
import { assertNever } from '../shared/result.ts';
import { selectPools } from '../timeline/resource-selectors.ts';
import { provingScreen } from './proving-screen.ts';
import { selectHottestRows } from '../presentation/hottest-rows.ts';
import { selectRouteRows } from '../presentation/route-rows.ts';
import type { ScreenData } from '../presentation/screen-data.ts';
import type { OutputLine } from '../presentation/service-output.ts';
import type { Command } from './keymap.ts';
import { clampRow } from './drawing/list-window.ts';
import { cursorRow, outputCursor, rowKeys } from './list-cursor.ts';
import { chooseSpan, moveSpan, selectSpan } from './span-selection.ts';
import {
  focusedPanel,
  windowMs,
  type PanelId,
  type ScreenId,
  type UiAction,
  type UiState,
} from './ui-state.ts';

export type UiCommand = Exclude<Command, 'quit' | 'suspend' | 'repaint' | 'copy' | 'write' | 'snapshot'>;

const PAGE_ROWS = 10;
/** A step back in time leaves half of the picture in view. */
export const TRAVEL_SHARE = 0.5;

/** @param output what the service printed, where we started it */
export function runCommand(
  command: UiCommand,
  ui: UiState,
  data: ScreenData,
  output: readonly OutputLine[] = [],
): readonly UiAction[] {
  switch (command) {
    case 'show-overview':
    case 'show-cpu':
    case 'show-memory':
    case 'show-requests':
    case 'show-loop':
    case 'show-resources':
    case 'show-findings':
    case 'show-output':
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
      return moveBy(ui, data, output, -1);
    case 'down':
      return moveBy(ui, data, output, 1);
    case 'page-up':
      return moveBy(ui, data, output, -PAGE_ROWS);
    case 'page-down':
      return moveBy(ui, data, output, PAGE_ROWS);
    case 'first':
      return moveBy(ui, data, output, Number.NEGATIVE_INFINITY);
    case 'last':
      return moveBy(ui, data, output, Number.POSITIVE_INFINITY);
    case 'select-span':
      return selectSpan(ui, data);
    case 'left':
    case 'right':
      if (ui.screen === 'loop') return moveSpan(ui, data, command === 'left' ? -1 : 1);
      return [
        { kind: 'flame-cursor', path: moveInFlame(selectShownTree(data, ui.inverted), ui.cursor, command) },
      ];
    case 'next-match':
      return nextMatch(ui, data);
    case 'open':
      return ui.selecting ? chooseSpan(ui) : open(ui, data);
    case 'freeze':
    case 'play':
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
    case 'rewind':
    case 'forward':
    case 'to-start':
    case 'to-end':
    case 'previous-moment':
    case 'next-moment':
    case 'slower':
    case 'faster':
      // They move a recording, not what is shown of it.
      return [];
    case 'invert':
      return [{ kind: 'invert' }];
    case 'self-total':
      return [{ kind: 'hottest-by' }];
    default:
      return assertNever(command);
  }
}

/** Moves the cursor of the focused panel. */
export function moveBy(
  ui: UiState,
  data: ScreenData,
  output: readonly OutputLine[],
  by: number,
): readonly UiAction[] {
  const panel = focusedPanel(ui);
  if (panel === 'output') {
    const row = clampRow(outputCursor(ui, output) + by, output.length);
    // At the end it follows what comes.
    const key = row === output.length - 1 ? null : String(output[row]?.number ?? 0);
    return [{ kind: 'select', panel, row, key }];
  }
  if (panel === 'flame') {
    return moveCursor(ui, data, by < 0 ? 'up' : 'down');
  }
  return [selectRow(panel, listOf(panel, ui, data).at + by, ui, data)];
}

/** Puts a list's cursor on a row, or on the nearest there is. */
export function selectRow(panel: ListId, wanted: number, ui: UiState, data: ScreenData): UiAction {
  const { keys } = listOf(panel, ui, data);
  const row = clampRow(wanted, keys.length);
  return { kind: 'select', panel, row, key: keys[row] ?? null };
}

function moveCursor(ui: UiState, data: ScreenData, direction: FlameDirection): readonly UiAction[] {
  const tree = selectShownTree(data, ui.inverted);
  return [{ kind: 'flame-cursor', path: moveInFlame(tree, selectCursor(tree, ui.cursor), direction) }];
}

interface ShownList {
  readonly keys: readonly string[];
  /** The row under the cursor. */
  readonly at: number;
}

type ListId = Exclude<PanelId, 'flame' | 'output'>;

function listOf(panel: ListId, ui: UiState, data: ScreenData): ShownList {
  const shown = <L extends typeof panel>(list: L, rows: Parameters<typeof rowKeys<L>>[1]): ShownList => ({
    keys: rowKeys(list, rows),
    at: cursorRow(ui, list, rows),
  });
  switch (panel) {
    case 'findings':
      return shown('findings', sortFindings(data.findings));
    case 'routes':
      return shown('routes', selectRouteRows(data, ui.routeSort, ui.filter));
    case 'hottest':
      return shown('hottest', selectHottestRows(data, ui.hottestBy, ui.filter));
    case 'sites':
      return shown('sites', selectAllocationRows(data, ui.filter));
    case 'stalls':
      return shown('stalls', selectStallRows(data));
    case 'pools':
      return shown('pools', selectPools(data.timeline, data.span));
    case 'peers':
      return shown('peers', selectPeerRows(data));
    default:
      return assertNever(panel);
  }
}

/** From a row to the screen that explains it; in the flame graph, the frame fills the width. */
function open(ui: UiState, data: ScreenData): readonly UiAction[] {
  const panel = focusedPanel(ui);
  switch (panel) {
    case 'findings': {
      if (ui.screen !== 'findings') return [{ kind: 'show', screen: 'findings' }];
      const findings = sortFindings(data.findings);
      const finding = findings[cursorRow(ui, 'findings', findings)];
      return finding ? [{ kind: 'show', screen: provingScreen(finding.kind) }] : [];
    }
    case 'routes':
      return ui.screen === 'requests' ? [] : [{ kind: 'show', screen: 'requests' }];
    case 'hottest':
      return openHottest(ui, data);
    case 'flame':
      return [{ kind: 'zoom', path: selectCursor(selectShownTree(data, ui.inverted), ui.cursor) }];
    default:
      return [];
  }
}

/** Puts the flame graph's cursor on the heaviest place of the selected function. */
function openHottest(ui: UiState, data: ScreenData): readonly UiAction[] {
  const rows = selectHottestRows(data, ui.hottestBy, ui.filter);
  const row = rows[cursorRow(ui, 'hottest', rows)];
  if (!row) return [{ kind: 'show', screen: 'cpu' }];
  if (ui.hottestBy === 'package') {
    const search = row.frame.package ?? '';
    return [
      { kind: 'show', screen: 'cpu' },
      { kind: 'search', text: search },
    ];
  }
  const key = frameKey(row.frame);
  const places = findInFlame(selectShownTree(data, ui.inverted), row.frame.function);
  const heaviest = places
    .filter((block) => frameKey(block.node.frame) === key)
    .toSorted((a, b) => b.node.totalMs - a.node.totalMs)[0];
  return [
    { kind: 'show', screen: 'cpu' },
    ...(heaviest ? [{ kind: 'flame-cursor', path: heaviest.path } as const] : []),
  ];
}

function nextMatch(ui: UiState, data: ScreenData): readonly UiAction[] {
  const matches = findInFlame(selectShownTree(data, ui.inverted), ui.filter);
  const here = matches.findIndex((block) => block.path.join('\0') === ui.cursor.join('\0'));
  const next = matches[(here + 1) % Math.max(1, matches.length)];
  return next ? [{ kind: 'flame-cursor', path: next.path }] : [];
}

function travel(ui: UiState, data: ScreenData, direction: 1 | -1): readonly UiAction[] {
  const latestMs = data.timeline.latestMs ?? 0;
  const firstMs = data.timeline.session?.atMs ?? data.timeline.firstMs ?? 0;
  const wantedMs = (ui.heldAtMs ?? latestMs) + direction * windowMs(ui) * TRAVEL_SHARE;
  if (wantedMs >= latestMs) return [{ kind: 'hold', atMs: null }];
  return [{ kind: 'hold', atMs: Math.max(firstMs, wantedMs) }];
}
