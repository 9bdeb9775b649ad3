/** Event-loop delay over the window: the 99th percentile over the median, and marks. */
import { formatMs } from '../../presentation/format.ts';
import type { ScreenData } from '../../presentation/screen-data.ts';
import { LOOP_DELAY_MS } from '../../presentation/symptoms.ts';
import { selectLoopDelay } from '../../timeline/loop-selectors.ts';
import { selectMarks } from '../../timeline/session-selectors.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { DOTS_PER_COLUMN, drawLineChart, drawThreshold, type Plot } from '../drawing/line-chart.ts';
import {
  drawSpanBar,
  drawTimeAxis,
  drawValueAxis,
  niceCeiling,
  VALUE_AXIS_COLUMNS,
} from '../drawing/time-axis.ts';
import { selectedSpan } from '../span-selection.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import type { Panel } from '../view.ts';

/** A healthy loop is drawn low on its chart, not as a mountain range of microseconds. */
const LOWEST_TOP_MS = 20;

export const drawDelayChart: Panel = (surface, view) => {
  const { theme } = surface;
  const plot: Plot = {
    x: VALUE_AXIS_COLUMNS,
    y: 0,
    width: surface.width - 4 - VALUE_AXIS_COLUMNS,
    height: surface.height - 3,
    max: 1,
  };
  const points = plot.width * DOTS_PER_COLUMN;
  const worst = view.data.series(
    'delay p99',
    points,
    (timeline, span, stepMs) => selectLoopDelay(timeline, span, stepMs).p99,
  );
  const middle = view.data.series(
    'delay p50',
    points,
    (timeline, span, stepMs) => selectLoopDelay(timeline, span, stepMs).p50,
  );
  const max = niceCeiling(Math.max(LOWEST_TOP_MS, ...worst.map((value) => value ?? 0)));
  const legend: Span[] = [
    [`${theme.glyphs.horizontal} p99 `, theme.styleOf('percentile99')],
    [formatMs(lastOf(worst)), theme.style('strong', { bold: true })],
    [`  ${theme.glyphs.horizontal} p50 `, theme.styleOf('percentile50')],
    [formatMs(lastOf(middle)), 0],
  ];
  drawFrame(surface, { title: 'Event-loop delay', right: legend });
  insideFrame(surface, (inside) => {
    drawValueAxis(inside, 0, plot.height, max, formatAxisMs);
    const scaled = { ...plot, max };
    drawThreshold(inside, LOOP_DELAY_MS.critical, scaled);
    drawLineChart(
      inside,
      [
        { values: worst, style: theme.styleOf('percentile99') },
        { values: middle, style: theme.styleOf('percentile50') },
      ],
      scaled,
    );
    drawMarks(inside, view.data, scaled);
    const { fromMs, toMs } = view.data.plotSpan;
    drawTimeAxis(inside, plot.height, plot.x, plot.width, {
      lengthMs: toMs - fromMs,
      agoMs: view.data.behindMs,
    });
    const selected = selectedSpan(view.ui);
    if (selected) drawSpanBar(inside, plot.height, { ...plot, shown: view.data.plotSpan }, selected);
  });
};

/**
 * Vertical lines at the marks that lie in the plot, each with its note where there is room.
 * @param withNotes false where a note would hide what is drawn
 */
export function drawMarks(
  surface: Surface,
  data: ScreenData,
  plot: Omit<Plot, 'max'>,
  withNotes = true,
): void {
  const { fromMs, toMs } = data.plotSpan;
  const style = surface.theme.style('search', { bold: true });
  for (const mark of selectMarks(data.timeline, data.plotSpan)) {
    const share = (mark.atMs - fromMs) / (toMs - fromMs);
    const x = plot.x + Math.min(plot.width - 1, Math.floor(share * plot.width));
    for (let y = plot.y; y < plot.y + plot.height; y++) surface.set(x, y, surface.theme.glyphs.mark, style);
    if (!withNotes) continue;
    const right = plot.x + plot.width - x - 1;
    if (right >= mark.note.length) surface.text(x + 1, plot.y, mark.note, style, right);
    else surface.textRight(plot.x, plot.y, x - plot.x, mark.note, style);
  }
}

export function formatAxisMs(valueMs: number): string {
  if (valueMs >= 1_000) return `${Number((valueMs / 1_000).toFixed(2))}s`;
  return `${Number(valueMs.toFixed(valueMs < 10 ? 1 : 0))}ms`;
}

function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}
