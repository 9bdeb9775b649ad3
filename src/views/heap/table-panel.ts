/** A list of the explorer: a name with what is said beside it, a bar for its share, and figures on the right. */
import { drawBar } from '../drawing/bar.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { clampRow, firstShown } from '../drawing/list-window.ts';
import type { HeapRow, HeapTable } from '../../presentation/heap-tables.ts';
import type { Surface } from '../terminal/surface.ts';
import { textColumns } from '../terminal/text-cells.ts';

export interface TablePanel {
  readonly title: string;
  /** Null while it is being worked out. */
  readonly table: HeapTable | null;
  readonly selected: number;
  /** What is said instead of no rows. */
  readonly empty: string;
}

const FIGURE_COLUMNS = 9;
const BAR_COLUMNS = 8;
/** A deep branch stays readable: further levels are not set in any more. */
const DEEPEST_INDENT = 16;

export function drawTable(surface: Surface, { title, table, selected, empty }: TablePanel): void {
  const { theme } = surface;
  const dim = theme.styleOf('dim');
  const count = table?.rows.length ?? 0;
  const at = clampRow(selected, count);
  const position = count > 0 ? `${at + 1} of ${count}` : '';
  drawFrame(surface, { title, focused: true, right: [[position, dim]] });
  insideFrame(surface, (inside) => {
    if (table === null) return void inside.text(0, 0, `working it out ${theme.glyphs.ellipsis}`, dim);
    drawHead(inside, table);
    if (count === 0) return void inside.text(0, 1, empty, dim);
    const room = inside.height - 1;
    const bars = barColumns(inside, table);
    const first = firstShown(count, room, at);
    table.rows.slice(first, first + room).forEach((row, i) => {
      drawRow(inside, i + 1, row, { bars, selected: first + i === at });
    });
  });
}

const figuresColumns = (figures: number): number => figures * FIGURE_COLUMNS;

/** Bars are drawn where the names keep their room. */
function barColumns({ width }: Surface, { columns, nameColumns }: HeapTable): number {
  const rest = width - figuresColumns(columns.length - 1) - nameColumns;
  return rest > BAR_COLUMNS ? BAR_COLUMNS + 1 : 0;
}

function drawHead(surface: Surface, { columns, sortedBy }: HeapTable): void {
  const { theme, width } = surface;
  const style = (column: string) =>
    column === sortedBy ? theme.style('title', { bold: true }) : theme.styleOf('dim');
  const [name, ...figures] = columns;
  surface.text(2, 0, name, style(name));
  figures.forEach((column, i) => {
    const x = width - figuresColumns(figures.length - i);
    surface.textRight(x, 0, FIGURE_COLUMNS, column, style(column));
  });
}

function drawRow(
  surface: Surface,
  y: number,
  row: HeapRow,
  { bars, selected }: { readonly bars: number; readonly selected: boolean },
): void {
  const { theme, width } = surface;
  const [dim, strong] = [theme.styleOf('dim'), theme.style('strong', { bold: true })];
  const accent = theme.style('accent', { bold: true });
  const [name, ...figures] = row.cells;
  const left = width - figuresColumns(figures.length);
  if (selected) surface.text(0, y, theme.glyphs.selected, accent);
  const indent = Math.min(DEEPEST_INDENT, 2 * (row.branch?.depth ?? 0));
  const nameAt = 2 + indent + (row.branch ? 2 : 0);
  if (row.branch) surface.text(2 + indent, y, branchSign(row, surface), dim);
  const room = left - bars - nameAt - 1;
  const used = surface.text(nameAt, y, name, selected ? accent : 0, room);
  const rest = room - used - 2;
  if (row.aside !== undefined && rest >= 4)
    surface.text(nameAt + used + 2, y, shortened(row.aside, rest, theme.glyphs.ellipsis), dim, rest);
  if (bars > 0) drawBar(surface, left - BAR_COLUMNS, y, BAR_COLUMNS, row.share, theme.styleOf('heapOld'));
  figures.forEach((figure, i) => {
    const x = width - figuresColumns(figures.length - i);
    const last = i === figures.length - 1;
    const style = last ? (figure.startsWith('+') ? theme.style('warning', { bold: true }) : strong) : 0;
    surface.textRight(x, y, FIGURE_COLUMNS, figure, style);
  });
}

function branchSign({ branch }: HeapRow, { theme }: Surface): string {
  const ascii = !theme.glyphs.braille;
  switch (branch?.state) {
    case 'open':
      return ascii ? '-' : '▾';
    case 'closed':
      return ascii ? '+' : '▸';
    case 'waiting':
      return theme.glyphs.ellipsis;
    default:
      return theme.glyphs.dot;
  }
}

/** A path says the most at its end: it loses its middle. */
function shortened(text: string, room: number, ellipsis: string): string {
  if (textColumns(text) <= room || !text.startsWith('in ')) return text;
  const keep = Math.floor((room - 1) / 3);
  return text.slice(0, keep) + ellipsis + text.slice(-(room - 1 - keep));
}
