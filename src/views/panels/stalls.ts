/** Stalls: when, how long, in which function; and the stack of the selected one. */
import { formatAxisTime, formatMs, formatPercent, formatPlace } from '../../presentation/format.ts';
import { selectStallRows, selectStallSamples, type StallRow } from '../../presentation/stall-rows.ts';
import { LOOP_DELAY_MS, levelOf } from '../../presentation/symptoms.ts';
import { isApplicationFrame } from '../../model/code-frame.ts';
import { drawBar } from '../drawing/bar.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import { LEVEL_TOKENS } from '../drawing/severity-sign.ts';
import { drawSpanBar } from '../drawing/time-axis.ts';
import { selectedSpan } from '../span-selection.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import type { Theme } from '../terminal/theme.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel, type View } from '../view.ts';

export const drawStallStrip: Panel = (surface, view) => {
  const { theme } = surface;
  const rows = selectStallRows(view.data);
  const { fromMs, toMs } = view.data.plotSpan;
  drawFrame(surface, { title: 'Stalls', right: stripLegend(view, rows.length, theme) });
  insideFrame(surface, (inside) => {
    const left = 7;
    const width = inside.width - left;
    const longest = Math.max(1, ...rows.map((row) => row.durationMs));
    inside.textRight(0, 0, left - 1, formatMs(longest), theme.styleOf('dim'));
    for (let x = 0; x < width; x++)
      inside.set(left + x, inside.height - 1, theme.glyphs.baseline, theme.styleOf('faint'));
    const selected = rows[cursorRow(view.ui, 'stalls', rows)];
    for (const row of rows.toReversed()) {
      const from = Math.floor(((row.startMs - fromMs) / (toMs - fromMs)) * width);
      const to = Math.max(
        from,
        Math.ceil(((row.startMs + row.durationMs - fromMs) / (toMs - fromMs)) * width) - 1,
      );
      const height = Math.max(1, Math.round((row.durationMs / longest) * inside.height));
      const style = row === selected ? theme.style('accent', { bold: true }) : styleOf(inside, row);
      for (let x = Math.max(0, from); x <= Math.min(width - 1, to); x++) {
        for (let y = 0; y < height; y++)
          inside.set(left + x, inside.height - 1 - y, theme.glyphs.columns.charAt(8), style);
      }
    }
    const span = selectedSpan(view.ui);
    if (span) drawSpanBar(inside, inside.height - 1, { x: left, width, shown: view.data.plotSpan }, span);
  });
};

function stripLegend({ ui }: View, count: number, theme: Theme): readonly Span[] {
  const [key, dim] = [theme.style('accent', { bold: true }), theme.styleOf('dim')];
  if (!ui.selecting) return [[`${count} in the ${ui.chosenSpan ? 'span' : 'window'}`, dim]];
  return [
    ['h l', key],
    [' move  ', dim],
    ['v', key],
    [' other end  ', dim],
    ['enter', key],
    [' show this span everywhere', dim],
  ];
}

export const drawStallList: Panel = (surface, view) => {
  const { theme } = surface;
  const focused = isFocused(view, 'stalls');
  drawFrame(surface, {
    title: 'Each stall',
    focused,
    panel: 'stalls',
    right: [['newest first', theme.styleOf('dim')]],
  });
  const rows = selectStallRows(view.data);
  insideFrame(surface, (inside) => {
    if (rows.length === 0) {
      inside.text(0, 0, 'the loop never stood still in this window', theme.styleOf('dim'));
      return;
    }
    const selected = cursorRow(view.ui, 'stalls', rows);
    const first = firstShown(rows.length, inside.height, selected);
    const longest = Math.max(...rows.map((row) => row.durationMs));
    rows.slice(first, first + inside.height).forEach((row, y) => {
      const isSelected = first + y === selected;
      inside.touch(0, y, inside.width, 1, { kind: 'row', panel: 'stalls', row: first + y });
      if (isSelected) inside.text(0, y, theme.glyphs.selected, theme.style('accent', { bold: true }));
      inside.textRight(2, y, 7, formatAgo(row.agoMs), theme.styleOf('dim'));
      inside.textRight(10, y, 7, formatMs(row.durationMs), styleOf(inside, row));
      const culprit = selectStallSamples(view.data, row).attributions[0];
      const name = culprit?.frame?.function ?? culprit?.cause ?? '';
      const barColumns = 8;
      drawBar(inside, 19, y, barColumns, row.durationMs / longest, styleOf(inside, row));
      inside.text(29, y, name, isSelected ? theme.style('accent', { bold: true }) : 0, inside.width - 29);
    });
  });
};

export const drawStallStack: Panel = (surface, view) => {
  const { theme } = surface;
  const row = selectedStall(view);
  drawFrame(surface, {
    title: 'Who held the loop',
    right: row ? [[formatMs(row.durationMs), theme.style('strong', { bold: true })]] : [],
  });
  if (!row) return;
  const { attributions, blocked } = selectStallSamples(view.data, row);
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    const [strongest, ...others] = attributions;
    const stack = strongest
      ? [...strongest.via, ...strongest.stack]
      : (blocked?.readings.at(-1)?.stack ?? []);
    if (stack.length === 0) {
      inside.text(0, 0, 'the profile that covers this stall is not cut yet', dim);
      return;
    }
    let y = 0;
    if (strongest) {
      inside.spans(0, y++, [
        [formatPercent(strongest.share), theme.style('strong', { bold: true })],
        [` of it is `, dim],
        [strongest.cause, theme.style('warning', { bold: true })],
        [
          others.length > 0
            ? `; then ${others
                .slice(0, 2)
                .map((other) => other.frame?.function ?? other.cause)
                .join(', ')}`
            : '',
          dim,
        ],
      ]);
      y++;
    }
    for (const frame of stack) {
      if (y >= inside.height) break;
      const own = isApplicationFrame(frame);
      const isCulprit = frame === strongest?.frame;
      inside.text(
        0,
        y,
        isCulprit ? theme.glyphs.selected : theme.glyphs.left,
        isCulprit ? theme.styleOf('critical') : theme.styleOf('faint'),
      );
      const used = inside.text(
        2,
        y,
        frame.function,
        own ? theme.style('strong', { bold: isCulprit }) : dim,
        Math.floor(inside.width * 0.5),
      );
      inside.text(2 + used + 2, y, formatPlace(frame), dim);
      y++;
    }
  });
};

/** Seconds with one place while that tells one stall from the next; a stall may reach beyond what is shown. */
function formatAgo(behindMs: number): string {
  const agoMs = Math.max(0, behindMs);
  return agoMs < 10_000 ? `-${(agoMs / 1000).toFixed(1)}s` : `-${formatAxisTime(agoMs)}`;
}

function selectedStall(view: View): StallRow | undefined {
  const rows = selectStallRows(view.data);
  return rows[cursorRow(view.ui, 'stalls', rows)];
}

function styleOf(surface: Surface, row: StallRow) {
  const level = levelOf(row.durationMs, LOOP_DELAY_MS);
  return surface.theme.styleOf(LEVEL_TOKENS[level]);
}
