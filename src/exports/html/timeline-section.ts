/** The session over time: when each finding's fault was there, and the figures below on the same scale. */
import { formatBytes, formatMs, formatPercent, formatRate } from '../../presentation/format.ts';
import { selectFindingSpans } from '../../presentation/finding-spans.ts';
import { LATENCY_MS, LOOP_DELAY_MS, selectRequestFigures } from '../../presentation/symptoms.ts';
import {
  selectLoopDelay,
  selectLoopFigures,
  selectLoopUtilization,
  selectStallTime,
} from '../../timeline/loop-selectors.ts';
import { selectLatency, selectRequestRate } from '../../timeline/request-selectors.ts';
import { selectMemory, selectMemoryReading, selectProcess } from '../../timeline/resource-selectors.ts';
import type { Series } from '../../timeline/series.ts';
import { dataScript, markup, type Markup } from './markup.ts';
import type { MomentsData } from './moments-data.ts';
import type { PageView } from './page-view.ts';
import { markClass, panelMarkup, signOf } from './panel.ts';
import { timePlot, type TimePlot } from './time-plot.ts';
import { percentOf, timeAxis } from './time-scale.ts';

/** Cells of the plots: each at least as long as one reading of the loop. */
const MOST_CELLS = 240;
const SHORTEST_CELL_MS = 250;

function cellMs({ data: { span } }: PageView): number {
  const lengthMs = span.toMs - span.fromMs;
  return Math.max(SHORTEST_CELL_MS, lengthMs / MOST_CELLS);
}

export function timelineSection(view: PageView): Markup {
  const plots = plotsOf(view);
  return panelMarkup({
    id: 'timeline',
    title: 'Time line',
    body: markup`<div class="time-stack" id="time-stack"><div class="cursor" id="time-cursor" hidden></div>
${lanesMarkup(view)}
${plots.map((plot) => timePlot(plot, view.scale))}
${timeAxis(view.scale)}
<div class="moment-control" id="moment-control" hidden><input type="range" id="moment-range" aria-label="Moment of the time line"></div>
</div>
<p class="moment" id="moment" hidden></p>
${dataScript('moments', momentsOf(view, plots))}`,
  });
}

/** One lane for each finding: when its fault was there. */
function lanesMarkup({ data, findings, scale }: PageView): Markup | null {
  if (findings.length === 0) return null;
  const lanes = findings.map((finding, index) => {
    const spans = selectFindingSpans(data, finding);
    const marks = spans.map(({ fromMs, toMs }) => {
      const [x, end] = [percentOf(scale, fromMs), percentOf(scale, toMs)];
      const width = Math.max(0.15, Number.parseFloat(end) - Number.parseFloat(x));
      return markup`<rect x="${x}" width="${width.toFixed(2)}%" y="3" height="12"/>`;
    });
    const isWhole = spans[0] === data.span;
    const times = isWhole ? 'all the time' : spans.length === 1 ? 'once' : `${spans.length} times`;
    return markup`<div class="plot-area lane"><a class="scale" href="#finding-${index + 1}" title="${finding.title}"><span class="sign ${markClass(finding.severity)}">${signOf(finding.severity)}</span> ${index + 1}</a><svg class="${markClass(finding.severity)}${isWhole ? ' whole' : null}" role="img" aria-label="finding ${index + 1}, ${finding.title}: seen ${times}">${marks}</svg></div>`;
  });
  return markup`<div class="lanes"><p class="plot-title">Findings</p>${lanes}</div>`;
}

function plotsOf(view: PageView): readonly TimePlot[] {
  return [delayPlot(view), busyPlot(view), latencyPlot(view), requestsPlot(view), memoryPlot(view)];
}

function delayPlot(view: PageView): TimePlot {
  const { timeline, span } = view.data;
  const { delayMs } = selectLoopFigures(timeline, span);
  const { p50, p99 } = selectLoopDelay(timeline, span, cellMs(view));
  return {
    title: 'Event-loop delay',
    unit: 'ms',
    lowestTop: 20,
    threshold: LOOP_DELAY_MS.critical,
    lines: percentileLines(delayMs, { p50, p99 }),
  };
}

function busyPlot(view: PageView): TimePlot {
  const { timeline, span } = view.data;
  return {
    title: 'Loop busy',
    unit: 'share',
    lowestTop: 1,
    top: 1,
    lines: [
      {
        label: 'busy',
        figure: formatPercent(selectLoopFigures(timeline, span).utilization),
        token: 'series',
        series: selectLoopUtilization(timeline, span, cellMs(view)),
        area: true,
      },
    ],
  };
}

function latencyPlot(view: PageView): TimePlot {
  const { timeline, span } = view.data;
  const { p50, p99 } = selectLatency(timeline, span, cellMs(view));
  return {
    title: 'Request latency',
    unit: 'ms',
    lowestTop: 20,
    threshold: LATENCY_MS.critical,
    lines: percentileLines(selectRequestFigures(view.data)?.latencyMs, { p50, p99 }),
  };
}

function requestsPlot(view: PageView): TimePlot {
  const { timeline, span } = view.data;
  return {
    title: 'Requests',
    unit: 'rate',
    lowestTop: 1,
    lines: [
      {
        label: 'answered',
        figure: formatRate(selectRequestFigures(view.data)?.perSecond),
        token: 'series',
        series: selectRequestRate(timeline, span, cellMs(view)),
        area: true,
      },
    ],
  };
}

function memoryPlot(view: PageView): TimePlot {
  const { timeline, span } = view.data;
  const stepMs = cellMs(view);
  const memory = selectMemoryReading(timeline, span);
  return {
    title: 'Memory',
    unit: 'bytes',
    lowestTop: 1024 * 1024,
    lines: [
      {
        label: 'rss',
        figure: formatBytes(selectProcess(timeline, span)?.rssBytes),
        token: 'heapExternal',
        series: selectMemory(timeline, span, stepMs, 'rss'),
      },
      {
        label: 'heap',
        figure: formatBytes(memory?.heapUsedBytes),
        token: 'heapOld',
        series: selectMemory(timeline, span, stepMs, 'heapUsed'),
        area: true,
      },
      {
        label: 'alive after collection',
        figure: formatBytes(memory?.liveAfterGcBytes),
        token: 'heapNew',
        series: selectMemory(timeline, span, stepMs, 'liveAfterGc'),
      },
    ],
  };
}

function percentileLines(
  figures: { readonly p50: number; readonly p99: number } | null | undefined,
  series: { readonly p50: Series; readonly p99: Series },
): TimePlot['lines'] {
  return [
    { label: 'p99', figure: formatMs(figures?.p99), token: 'percentile99', series: series.p99, area: true },
    { label: 'p50', figure: formatMs(figures?.p50), token: 'percentile50', series: series.p50 },
  ];
}

/** The figures of each cell, for the cursor. */
function momentsOf(view: PageView, plots: readonly TimePlot[]): MomentsData {
  const stepMs = cellMs(view);
  const { timeline, span } = view.data;
  const stalls = selectStallTime(timeline, span, stepMs);
  return {
    startWallMs: view.scale.startWallMs + stalls.startMs - span.fromMs,
    stepMs,
    leadMs: span.fromMs - stalls.startMs,
    lengthMs: span.toMs - span.fromMs,
    series: [
      ...plots.flatMap(({ title, unit, lines }) =>
        lines.map(({ label, series }) => ({
          label: `${title.toLowerCase()} ${label}`,
          unit,
          values: valuesOf(series),
        })),
      ),
      { label: 'stalled', unit: 'ms', values: valuesOf(stalls) },
    ],
  };
}

const valuesOf = ({ values }: Series): readonly (number | null)[] =>
  values.map((value) => (value === null ? null : Number(value.toPrecision(4))));
