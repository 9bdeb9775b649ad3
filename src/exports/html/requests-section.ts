/** Requests: the routes, and how long requests took over time. A second band high up is what an average hides. */
import { formatCount, formatMs, formatRate, formatShare, formatUtcClock } from '../../presentation/format.ts';
import { latencyRowLabel, latencyRows } from '../../presentation/latency-rows.ts';
import { selectRouteRows } from '../../presentation/route-rows.ts';
import { selectRequestFigures } from '../../presentation/symptoms.ts';
import { selectLatencyHeatmap, type LatencyHeatmap } from '../../timeline/request-selectors.ts';
import { tableMarkup } from './data-table.ts';
import { markup, type Markup } from './markup.ts';
import type { PageView } from './page-view.ts';
import { markClass, nothing, panelMarkup, shareBar } from './panel.ts';
import { percentOf, timeAxis, type TimeScale } from './time-scale.ts';

export function routesSection({ data }: PageView): Markup {
  const rows = selectRouteRows(data, 'time', '');
  const requests = selectRequestFigures(data);
  if (rows.length === 0) {
    const because = requests === null ? 'requests were not read' : 'no request finished meanwhile';
    return panelMarkup({ id: 'routes', title: 'Routes', body: nothing(because) });
  }
  const latency = (title: string, at: 'p50' | 'p95' | 'p99' | 'max') => ({
    title,
    kind: 'figure' as const,
    cell: ({ metrics }: (typeof rows)[number]) => formatMs(metrics.latencyMs[at]),
    value: ({ metrics }: (typeof rows)[number]) => metrics.latencyMs[at],
    mark: ({ level }: (typeof rows)[number]) => (at === 'p99' ? markClass(level) : 'plain'),
  });
  return panelMarkup({
    id: 'routes',
    title: 'Routes',
    aside: requests
      ? `${formatCount(requests.count)} requests, ${formatCount(requests.errors)} errors, ${formatCount(requests.inFlight)} open at the end`
      : null,
    body: tableMarkup({
      caption: 'Routes by the time that their requests took',
      sortedBy: 'Time',
      rows,
      columns: [
        {
          title: 'Route',
          kind: 'text',
          cell: ({ metrics }) => [markup`<span class="dim">${metrics.method}</span> `, metrics.route],
          value: ({ key }) => key,
        },
        {
          title: 'Count',
          kind: 'figure',
          cell: ({ metrics }) => formatCount(metrics.count),
          value: ({ metrics }) => metrics.count,
        },
        {
          title: 'Rate',
          kind: 'figure',
          cell: ({ metrics }) => formatRate(metrics.perSecond),
          value: ({ metrics }) => metrics.perSecond,
        },
        latency('p50', 'p50'),
        latency('p95', 'p95'),
        latency('p99', 'p99'),
        latency('Max', 'max'),
        {
          title: 'Errors',
          kind: 'figure',
          cell: ({ errorShare }) => formatShare(errorShare),
          value: ({ errorShare }) => errorShare,
          mark: ({ errorShare }) => (errorShare >= 0.01 ? 'warning' : 'plain'),
        },
        {
          title: 'Loop',
          kind: 'figure',
          cell: ({ metrics }) => formatMs(metrics.loopMs),
          value: ({ metrics }) => metrics.loopMs,
        },
        {
          title: 'After',
          kind: 'figure',
          cell: ({ metrics }) => formatMs(metrics.afterResponseMs),
          value: ({ metrics }) => metrics.afterResponseMs,
        },
        {
          title: 'Time',
          kind: 'bar',
          cell: ({ timeShare }) => [shareBar(timeShare), formatShare(timeShare)],
          value: ({ timeShare }) => timeShare,
        },
      ],
    }),
  });
}

const HEAT_COLUMNS = 96;
const HEAT_ROWS = 11;
const ROW_HEIGHT = 16;
const HEAT_STEPS = 9;
/** Requests are read about once a second: narrower cells would show the reading and not the requests. */
const SHORTEST_CELL_MS = 250;

export function heatSection({ data, scale }: PageView): Markup {
  const { span } = data;
  const stepMs = Math.max(SHORTEST_CELL_MS, (span.toMs - span.fromMs) / HEAT_COLUMNS);
  const heat = selectLatencyHeatmap(data.timeline, span, stepMs, latencyRows(HEAT_ROWS));
  const most = heat.counts.reduce((max, column) => Math.max(max, ...(column ?? [])), 0);
  if (most === 0)
    return panelMarkup({
      id: 'latency',
      title: 'Latency over time',
      body: nothing('no request finished meanwhile'),
    });
  const legend = Array.from(
    { length: HEAT_STEPS },
    (_, step) => markup`<rect class="heat-${step}" x="${step * 14}" width="14" height="12"/>`,
  );
  return panelMarkup({
    id: 'latency',
    title: 'Latency over time',
    aside: markup`few <svg class="heat-legend" width="${HEAT_STEPS * 14}" height="12" aria-hidden="true">${legend}</svg> many requests`,
    body: markup`<div class="time-stack"><div class="plot-area heat"><div class="heat-scale" aria-hidden="true">${heat.rowsMs
      .map((_, row) => markup`<span>${latencyRowLabel(heat.rowsMs, row)}</span>`)
      .toReversed()}</div><svg class="heat-cells" height="${heat.rowsMs.length * ROW_HEIGHT}" role="img" aria-label="${summaryOf(heat)}">${cellsOf(heat, scale, most)}</svg></div>
${timeAxis(scale)}</div>`,
  });
}

function cellsOf(
  { startMs, stepMs, rowsMs, counts }: LatencyHeatmap,
  scale: TimeScale,
  most: number,
): readonly Markup[] {
  return counts.flatMap((column, index) => {
    const fromMs = startMs + index * stepMs;
    const x = percentOf(scale, fromMs);
    const width = (Number.parseFloat(percentOf(scale, fromMs + stepMs)) - Number.parseFloat(x)).toFixed(2);
    return (column ?? []).flatMap((count, row) => {
      if (count <= 0) return [];
      // The root keeps a few requests visible beside thousands.
      const step = Math.min(HEAT_STEPS - 1, Math.floor(Math.sqrt(count / most) * HEAT_STEPS));
      const y = (rowsMs.length - 1 - row) * ROW_HEIGHT;
      const says = `${formatUtcClock(scale.startWallMs + Math.max(0, fromMs - scale.span.fromMs))}, up to ${latencyRowLabel(rowsMs, row)}: ${formatCount(count)} requests`;
      return [
        markup`<rect class="heat-${step}" x="${x}" y="${y}" width="${width}%" height="${ROW_HEIGHT}"><title>${says}</title></rect>`,
      ];
    });
  });
}

/** Where most requests are, in words. */
function summaryOf({ rowsMs, counts }: LatencyHeatmap): string {
  const byRow = rowsMs.map((_, row) => counts.reduce((sum, column) => sum + (column?.[row] ?? 0), 0));
  const all = byRow.reduce((sum, count) => sum + count, 0);
  const parts = byRow.flatMap((count, row) =>
    count >= all / 100 ? [`${formatShare(count / all)} up to ${latencyRowLabel(rowsMs, row)}`] : [],
  );
  return `requests by latency over time: ${parts.join(', ')}`;
}
