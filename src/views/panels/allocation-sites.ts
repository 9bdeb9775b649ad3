/** Code that allocated what is still alive. */
import { formatBytes, formatPlace, formatShare } from '../../presentation/format.ts';
import { selectAllocationRows } from '../../presentation/allocation-rows.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel } from '../view.ts';

/** Rows kept free below the list for the stack of the selected one. */
const STACK_ROWS = 4;

export const drawAllocationSites: Panel = (surface, view) => {
  const { theme } = surface;
  const focused = isFocused(view, 'sites');
  const dim = theme.styleOf('dim');
  drawFrame(surface, {
    title: 'What allocated the living',
    focused,
    panel: 'sites',
    right: [['live / grown', dim]],
  });
  const rows = selectAllocationRows(view.data, view.ui.filter);
  insideFrame(surface, (inside) => {
    if (rows.length === 0) {
      inside.text(0, 0, 'the heap was not sampled in this window', dim);
      return;
    }
    const selected = cursorRow(view.ui, 'sites', rows);
    const room = inside.height >= 10 ? inside.height - STACK_ROWS - 1 : inside.height;
    const first = firstShown(rows.length, room, selected);
    const nameColumns = Math.floor((inside.width - 26) / 2);
    rows.slice(first, first + room).forEach((row, y) => {
      const isSelected = focused && first + y === selected;
      inside.touch(0, y, inside.width, 1, { kind: 'row', panel: 'sites', row: first + y });
      const name = isSelected ? theme.style('accent', { bold: true, underline: true }) : 0;
      inside.text(0, y, row.frame.function, name, nameColumns);
      inside.text(nameColumns + 1, y, formatPlace(row.frame), dim, inside.width - nameColumns - 25);
      inside.textRight(
        inside.width - 23,
        y,
        8,
        formatBytes(row.liveBytes),
        theme.style('strong', { bold: true }),
      );
      inside.textRight(inside.width - 15, y, 7, formatShare(row.share), dim);
      const grown = row.grownBytes > 0 ? `+${formatBytes(row.grownBytes)}` : formatBytes(row.grownBytes);
      inside.textRight(
        inside.width - 8,
        y,
        8,
        grown,
        row.grownBytes > 1_048_576 ? theme.style('warning', { bold: true }) : dim,
      );
    });
    const chosen = rows[selected];
    if (!chosen || room === inside.height) return;
    chosen.stack.slice(0, STACK_ROWS).forEach((frame, i) => {
      inside.text(
        0,
        room + 1 + i,
        `${i === 0 ? 'in' : theme.glyphs.left} ${frame.function}  ${formatPlace(frame)}`,
        dim,
      );
    });
  });
};
