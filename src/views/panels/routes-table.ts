/** Routes with rate, latency and errors; the narrow form beside other panels, the wide one on its own screen. */
import { formatCount, formatMs, formatShare } from '../../presentation/format.ts';
import { selectRouteRows, type RouteRow } from '../../presentation/route-rows.ts';
import type { FigureLevel } from '../../presentation/symptoms.ts';
import { drawBar } from '../drawing/bar.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import { LEVEL_TOKENS } from '../drawing/severity-sign.ts';
import type { Surface } from '../terminal/surface.ts';
import type { StyleId, Theme } from '../terminal/theme.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel, type View } from '../view.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (row: RouteRow) => string;
  readonly style: (row: RouteRow, theme: Theme) => StyleId;
}

const plain = (): StyleId => 0;
const dim = (_row: RouteRow, theme: Theme): StyleId => theme.styleOf('dim');
const byLatency = (row: RouteRow, theme: Theme): StyleId => levelStyle(row.level, theme);
const byErrors = (row: RouteRow, theme: Theme): StyleId =>
  row.errorShare >= 0.01 ? levelStyle('warning', theme) : theme.styleOf('dim');

const RATE: Column = {
  title: 'RPS',
  width: 6,
  text: (row) => formatCount(row.metrics.perSecond),
  style: plain,
};
const P50: Column = {
  title: 'p50',
  width: 8,
  text: (row) => formatMs(row.metrics.latencyMs.p50),
  style: plain,
};
const P99: Column = {
  title: 'p99',
  width: 8,
  text: (row) => formatMs(row.metrics.latencyMs.p99),
  style: byLatency,
};
const ERRORS: Column = {
  title: 'ERR',
  width: 7,
  text: (row) => formatShare(row.errorShare),
  style: byErrors,
};

const NARROW: readonly Column[] = [RATE, P99, ERRORS];
const WIDE: readonly Column[] = [
  { title: 'COUNT', width: 8, text: (row) => formatCount(row.metrics.count), style: dim },
  RATE,
  P50,
  { title: 'p90', width: 8, text: (row) => formatMs(row.metrics.latencyMs.p90), style: plain },
  { title: 'p95', width: 8, text: (row) => formatMs(row.metrics.latencyMs.p95), style: plain },
  P99,
  { title: 'MAX', width: 8, text: (row) => formatMs(row.metrics.latencyMs.max), style: dim },
  ERRORS,
];

/** Columns from which the share of the response time is drawn as a bar, and from which as a long one. */
const ROOM_FOR_BAR = 50;
const ROOM_FOR_LONG_BAR = 140;

export const drawRoutesTable: Panel = (surface, view) => drawRoutes(surface, view, NARROW);
export const drawWideRoutesTable: Panel = (surface, view) =>
  drawRoutes(surface, view, surface.width >= 96 ? WIDE : NARROW);

function drawRoutes(surface: Surface, view: View, columns: readonly Column[]): void {
  const { theme } = surface;
  const focused = isFocused(view, 'routes');
  drawFrame(surface, {
    title: 'Routes',
    focused,
    panel: 'routes',
    right: [
      ['sort ', theme.styleOf('dim')],
      [`${view.ui.routeSort}${theme.glyphs.down}`, theme.style('accent', { bold: true })],
    ],
  });
  const rows = selectRouteRows(view.data, view.ui.routeSort, view.ui.filter);
  insideFrame(surface, (inside) => {
    if (rows.length === 0) {
      inside.text(
        0,
        0,
        view.ui.filter === '' ? 'no requests in this window' : 'no route matches the filter',
        theme.styleOf('dim'),
      );
      return;
    }
    const barColumns = inside.width >= ROOM_FOR_LONG_BAR ? 24 : inside.width >= ROOM_FOR_BAR ? 8 : 0;
    const figures =
      columns.reduce((sum, column) => sum + column.width, 0) + (barColumns > 0 ? barColumns + 2 : 0);
    const routeColumns = inside.width - figures;
    drawHeadings(inside, columns, routeColumns, barColumns);
    const selected = cursorRow(view.ui, 'routes', rows);
    const room = inside.height - 1;
    const first = firstShown(rows.length, room, selected);
    rows.slice(first, first + room).forEach((row, i) => {
      const isSelected = focused && first + i === selected;
      inside.touch(0, 1 + i, inside.width, 1, { kind: 'row', panel: 'routes', row: first + i });
      drawRow(inside, i + 1, row, columns, routeColumns, barColumns, isSelected);
    });
  });
}

function drawHeadings(
  inside: Surface,
  columns: readonly Column[],
  routeColumns: number,
  barColumns: number,
): void {
  const style = inside.theme.styleOf('dim');
  inside.text(0, 0, 'ROUTE', style);
  let x = routeColumns;
  for (const column of columns) {
    inside.textRight(x, 0, column.width, column.title, style);
    x += column.width;
  }
  if (barColumns > 0) inside.text(x + 2, 0, 'TIME', style);
}

function drawRow(
  inside: Surface,
  y: number,
  row: RouteRow,
  columns: readonly Column[],
  routeColumns: number,
  barColumns: number,
  selected: boolean,
): void {
  const { theme } = inside;
  const methodColumns = routeColumns >= 24 ? 7 : 0;
  const name = selected ? theme.style('accent', { bold: true, underline: true }) : 0;
  if (methodColumns > 0) inside.text(0, y, row.metrics.method, theme.styleOf('dim'), methodColumns);
  inside.text(methodColumns, y, row.metrics.route, name, routeColumns - methodColumns - 1);
  let x = routeColumns;
  for (const column of columns) {
    inside.textRight(x, y, column.width, column.text(row), column.style(row, theme));
    x += column.width;
  }
  if (barColumns > 0) drawBar(inside, x + 2, y, barColumns, row.timeShare, theme.styleOf('series'));
}

function levelStyle(level: FigureLevel, theme: Theme): StyleId {
  return level === 'plain' ? 0 : theme.style(LEVEL_TOKENS[level], { bold: true });
}
