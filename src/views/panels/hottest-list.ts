/** The functions that the CPU time goes to. */
import { formatPlace, formatShare } from '../../presentation/format.ts';
import { selectHottestRows } from '../../presentation/hottest-rows.ts';
import { whyNoSamples } from '../../presentation/shown-tree.ts';
import { drawBar } from '../drawing/bar.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel } from '../view.ts';

/** A function that takes a quarter of all time is worth a colour. */
const HOT_SHARE = 0.25;

export const drawHottestList: Panel = (surface, view) => {
  const { theme } = surface;
  const focused = isFocused(view, 'hottest');
  const by = view.ui.hottestBy;
  drawFrame(surface, {
    title: by === 'package' ? 'Hottest packages' : 'Hottest functions',
    focused,
    panel: 'hottest',
    right: [[by, theme.styleOf('dim')]],
  });
  const rows = selectHottestRows(view.data, by, view.ui.filter);
  insideFrame(surface, (inside) => {
    const { width, height } = inside;
    if (rows.length === 0) {
      const why = view.ui.filter === '' ? whyNoSamples(view.data) : 'no function matches the filter';
      inside.text(0, 0, why, theme.styleOf('dim'));
      return;
    }
    const barColumns = width >= 44 ? 8 : 0;
    const figure = 7;
    const nameColumns = Math.floor((width - barColumns - figure - 2) * 0.46);
    const placeColumns = width - barColumns - figure - nameColumns - 4;
    const selected = cursorRow(view.ui, 'hottest', rows);
    const first = firstShown(rows.length, height, selected);
    rows.slice(first, first + height).forEach((row, y) => {
      const shade = theme.palette.flame[row.frame.origin][0] ?? '#808080';
      inside.set(0, y, theme.depth === 0 ? ' ' : theme.glyphs.columns.charAt(8), theme.style(shade));
      const isSelected = focused && first + y === selected;
      inside.touch(0, y, inside.width, 1, { kind: 'row', panel: 'hottest', row: first + y });
      const name = isSelected
        ? theme.style('accent', { bold: true, underline: true })
        : y + first === 0
          ? theme.style('strong', { bold: true })
          : 0;
      inside.text(2, y, row.frame.function, name, nameColumns);
      inside.text(3 + nameColumns, y, formatPlace(row.frame), theme.styleOf('dim'), placeColumns);
      const hot = row.share >= HOT_SHARE;
      const style = hot ? theme.style('warning', { bold: true }) : 0;
      inside.textRight(
        width - barColumns - figure - (barColumns > 0 ? 1 : 0),
        y,
        figure,
        formatShare(row.share),
        style,
      );
      if (barColumns > 0)
        drawBar(
          inside,
          width - barColumns,
          y,
          barColumns,
          row.share,
          theme.styleOf(hot ? 'warning' : 'series'),
        );
    });
  });
};
