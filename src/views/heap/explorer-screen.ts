/** The whole screen of the heap explorer, from its state: the list, what is selected in it, and what surrounds them. */
import { drawTooSmall } from '../panels/header.ts';
import type { Surface } from '../terminal/surface.ts';
import { drawDetail } from './detail-panel.ts';
import {
  drawExplorerFooter,
  drawExplorerHeader,
  drawExplorerHelp,
  drawExplorerTabs,
  placeTitle,
} from './explorer-frame.ts';
import { placeKey, placeOf, type Explorer, type PlaceKind } from './explorer-state.ts';
import { selectedRow, selectTable } from './explorer-table.ts';
import { drawHeapProgress } from './progress-panel.ts';
import { drawTable } from './table-panel.ts';

const SMALLEST = { columns: 80, rows: 24 } as const;
/** From here on the detail stands beside the list, below it before. */
const ROOM_BESIDE = 110;
const LIST_SHARE = 0.56;
const DETAIL_ROWS_SHARE = 0.42;

export function drawExplorer(surface: Surface, explorer: Explorer): void {
  const { width, height } = surface;
  if (width < SMALLEST.columns || height < SMALLEST.rows) return drawTooSmall(surface, SMALLEST);
  const { data, ui } = explorer;
  surface.inset(0, 0, width, 1, (part) => drawExplorerHeader(part, explorer));
  surface.inset(0, 1, width, 1, (part) => drawExplorerTabs(part, explorer));
  surface.inset(0, height - 1, width, 1, (part) => drawExplorerFooter(part, explorer));
  if (data.summary === null && data.work) {
    const { work } = data;
    surface.inset(0, 2, width, height - 3, (part) => drawHeapProgress(part, work, data.files));
  } else {
    surface.inset(0, 2, width, height - 3, (part) => drawLists(part, explorer));
  }
  if (ui.help) drawExplorerHelp(surface);
}

function drawLists(surface: Surface, explorer: Explorer): void {
  const { width, height } = surface;
  const place = placeOf(explorer.ui);
  const table = selectTable(explorer);
  const beside = width >= ROOM_BESIDE;
  const listColumns = beside ? Math.floor(width * LIST_SHARE) : width;
  const listRows = beside ? height : height - Math.floor(height * DETAIL_ROWS_SHARE);
  surface.inset(0, 0, listColumns, listRows, (part) =>
    drawTable(part, {
      title: placeTitle(place),
      table,
      selected: explorer.ui.selected.get(placeKey(place)) ?? 0,
      empty: explorer.ui.filter === '' ? EMPTY[place.kind] : 'none holds that text',
    }),
  );
  const [x, y] = beside ? [listColumns, 0] : [0, listRows];
  surface.inset(x, y, width - x, height - y, (part) =>
    drawDetail(part, selectedRow(explorer, table)?.subject ?? null, (id) => explorer.data.paths.get(id)),
  );
}

const EMPTY: Readonly<Record<PlaceKind, string>> = {
  growth: 'nothing grew: what is new replaces what is gone',
  changes: 'the same objects in both',
  biggest: 'nothing stands out',
  constructors: 'the heap is empty',
  dominators: 'the heap is empty',
  strings: 'no text is there several times',
  instances: 'none',
  found: 'nothing in the heap is called so',
  tree: 'it keeps nothing else alive',
};
