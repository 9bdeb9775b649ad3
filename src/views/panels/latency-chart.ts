/** Latency percentiles over the window, for all routes or the selected one. */
import { formatMs } from '../../presentation/format.ts';
import { selectRouteRows } from '../../presentation/route-rows.ts';
import { selectRequestFigures } from '../../presentation/symptoms.ts';
import { selectLatency } from '../../timeline/request-selectors.ts';
import { drawFacts } from '../drawing/facts.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { DOTS_PER_COLUMN, drawLineChart } from '../drawing/line-chart.ts';
import { drawTimeAxis, drawValueAxis, niceCeiling, VALUE_AXIS_COLUMNS } from '../drawing/time-axis.ts';
import type { Span } from '../terminal/surface.ts';
import { cursorRow } from '../list-cursor.ts';
import type { Panel, View } from '../view.ts';
import { drawMarks, formatAxisMs } from './delay-chart.ts';
import { drawHeatOf } from './latency-heat.ts';

const LOWEST_TOP_MS = 20;
const ROOM_FOR_ALL_FIGURES = 56;

/** The route under the cursor on the requests screen; null when there is none. */
function selectedRoute(view: View): string | null {
  const rows = selectRouteRows(view.data, view.ui.routeSort, view.ui.filter);
  return rows[cursorRow(view.ui, 'routes', rows)]?.key ?? null;
}

export const drawRouteHeat: Panel = (surface, view) => {
  const route = selectedRoute(view);
  drawHeatOf(surface, view, route, route ?? 'Request latency');
};

export const drawLatencyChart: Panel = (surface, view) => {
  const { theme } = surface;
  const { data } = view;
  const route = selectedRoute(view);
  const plot = {
    x: VALUE_AXIS_COLUMNS,
    y: 0,
    width: surface.width - 4 - VALUE_AXIS_COLUMNS,
    height: surface.height - 4,
  };
  const points = plot.width * DOTS_PER_COLUMN;
  const of = (quantile: 'p50' | 'p99') =>
    data.series(
      `latency ${quantile} ${route ?? ''}`,
      points,
      (timeline, span, stepMs) => selectLatency(timeline, span, stepMs, route)[quantile],
    );
  const [median, worst] = [of('p50'), of('p99')];
  const max = niceCeiling(Math.max(LOWEST_TOP_MS, ...worst.map((value) => value ?? 0)));
  const legend: Span[] = [
    [`${theme.glyphs.horizontal} p99`, theme.styleOf('percentile99')],
    [`  ${theme.glyphs.horizontal} p50`, theme.styleOf('percentile50')],
  ];
  drawFrame(surface, { title: 'Percentiles', right: legend });
  const metrics = selectRequestFigures(data)?.routes.find(
    ({ method, route: path }) => `${method} ${path}` === route,
  );
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    if (metrics) {
      const { p50, p90, p95, p99, max: longest } = metrics.latencyMs;
      const roomy = inside.width >= ROOM_FOR_ALL_FIGURES;
      const figures = roomy ? { p50, p90, p95, p99, max: longest } : { p50, p95, p99 };
      drawFacts(
        inside,
        0,
        0,
        Object.entries(figures).map(([name, value]) => [
          [`${name} `, dim],
          [formatMs(value), theme.style('strong', { bold: true })],
        ]),
      );
    }
    const lower = { ...plot, y: 1, max };
    inside.inset(0, 1, VALUE_AXIS_COLUMNS, plot.height, (axis) =>
      drawValueAxis(axis, 0, plot.height, max, formatAxisMs),
    );
    drawLineChart(
      inside,
      [
        { values: worst, style: theme.styleOf('percentile99') },
        { values: median, style: theme.styleOf('percentile50') },
      ],
      lower,
    );
    drawMarks(inside, data, lower);
    const { fromMs, toMs } = data.plotSpan;
    drawTimeAxis(inside, plot.height + 1, plot.x, plot.width, {
      lengthMs: toMs - fromMs,
      agoMs: data.behindMs,
    });
  });
};
