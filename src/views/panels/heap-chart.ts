/** Memory over the window: old and new space, and what lies outside of the heap. */
import { formatBytes, formatGrowth } from '../../presentation/format.ts';
import { selectMemoryReading } from '../../timeline/resource-selectors.ts';
import { heldSeriesFrom, type Series } from '../../timeline/series.ts';
import { selectMemoryGrowth } from '../../timeline/memory-growth.ts';
import type { MemoryEvent } from '../../model/timeline-event.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { drawStackedArea } from '../drawing/stacked-area.ts';
import { drawTimeAxis, drawValueAxis, VALUE_AXIS_COLUMNS } from '../drawing/time-axis.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import type { Panel, View } from '../view.ts';
import { drawMarks } from './delay-chart.ts';

/** Memory is read once a second; readings this far apart are joined. */
const HOLD_MS = 4_000;

export const drawHeapChart: Panel = (surface, view) => {
  const { data } = view;
  const plot = {
    x: VALUE_AXIS_COLUMNS,
    y: 0,
    width: surface.width - 4 - VALUE_AXIS_COLUMNS,
    height: surface.height - 3,
  };
  const last = selectMemoryReading(data.timeline, data.span);
  const growth = data.cached('heap growth', 'figures', () =>
    selectMemoryGrowth(data.timeline, data.span, 'heap'),
  );
  drawFrame(surface, { title: 'Memory', right: legendOf(surface, last, growth?.bytesPerSecond ?? null) });
  const old = memorySeries(view, 'old', plot.width, (event) => event.heapUsedBytes - newSpace(event));
  const young = memorySeries(view, 'new', plot.width, newSpace);
  const external = memorySeries(view, 'external', plot.width, (event) => event.externalBytes);
  const most = Math.max(1, ...old.map((value, i) => (value ?? 0) + (young[i] ?? 0) + (external[i] ?? 0)));
  const limit = last?.heapLimitBytes ?? 0;
  // The limit is shown once it comes near; before, it would flatten everything.
  const max = limit > 0 && most > limit / 2 ? Math.max(limit, most) : most * 1.15;
  insideFrame(surface, (inside) => {
    drawValueAxis(inside, 0, plot.height, max, formatBytes);
    drawStackedArea(
      inside,
      [
        { values: old, token: 'heapOld', ascii: '#' },
        { values: young, token: 'heapNew', ascii: '=' },
        { values: external, token: 'heapExternal', ascii: '.' },
      ],
      { ...plot, max },
    );
    drawMarks(inside, data, plot);
    const { fromMs, toMs } = data.plotSpan;
    drawTimeAxis(inside, plot.height, plot.x, plot.width, { lengthMs: toMs - fromMs, agoMs: data.behindMs });
  });
};

function legendOf(surface: Surface, last: MemoryEvent | null, growth: number | null): readonly Span[] {
  if (!last) return [];
  const { theme } = surface;
  const dim = theme.styleOf('dim');
  const full = theme.glyphs.columns.charAt(8);
  return [
    [full, theme.styleOf('heapOld')],
    [' old ', dim],
    [formatBytes(last.heapUsedBytes - newSpace(last)), 0],
    [`  ${full}`, theme.styleOf('heapNew')],
    [' new ', dim],
    [formatBytes(newSpace(last)), 0],
    [`  ${full}`, theme.styleOf('heapExternal')],
    [' external ', dim],
    [formatBytes(last.externalBytes), 0],
    ['  limit ', dim],
    [formatBytes(last.heapLimitBytes), 0],
    ...(growth === null
      ? []
      : ([
          ['  live ', dim],
          [formatGrowth(growth), theme.style('strong', { bold: true })],
        ] as const)),
  ];
}

function memorySeries(view: View, name: string, points: number, valueOf: (event: MemoryEvent) => number) {
  return view.data.series(`memory ${name}`, points, (timeline, span, stepMs): Series =>
    heldSeriesFrom(
      timeline.memory.between(span.fromMs - HOLD_MS, span.toMs),
      span,
      stepMs,
      HOLD_MS,
      ({ event }) => valueOf(event),
    ),
  );
}

function newSpace(event: MemoryEvent): number {
  const space = event.spaces.find(({ name }) => name === 'new_space');
  return Math.min(space?.usedBytes ?? 0, event.heapUsedBytes);
}
