/** Requests by time and latency: a second band that appears high up is what an average hides. */
import { latencyRowLabel, latencyRows } from '../../presentation/latency-rows.ts';
import { selectLatencyHeatmap } from '../../timeline/request-selectors.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { drawHeatStrip, drawShade } from '../drawing/heat-strip.ts';
import { drawTimeAxis, VALUE_AXIS_COLUMNS } from '../drawing/time-axis.ts';
import type { Surface } from '../terminal/surface.ts';
import type { Panel, View } from '../view.ts';
import { drawMarks } from './delay-chart.ts';

const LEGEND_STEPS = 5;

export const drawLatencyHeat: Panel = (surface, view) => drawHeatOf(surface, view, null, 'Request latency');

/** @param route one route as `METHOD route`, or null for all */
export function drawHeatOf(surface: Surface, view: View, route: string | null, title: string): void {
  const { theme } = surface;
  const withAxis = surface.height >= 8;
  const plot = {
    x: VALUE_AXIS_COLUMNS,
    y: 0,
    width: surface.width - 4 - VALUE_AXIS_COLUMNS,
    height: surface.height - (withAxis ? 3 : 2),
  };
  if (plot.width <= 0 || plot.height <= 0) return;
  drawFrame(surface, { title, right: [] });
  drawLegend(surface);
  const rows = latencyRows(plot.height);
  const { plotSpan } = view.data;
  const columns = view.data.series(
    `heat ${plot.height} ${route ?? ''}`,
    plot.width,
    (timeline, span, stepMs) => {
      const { startMs, counts } = selectLatencyHeatmap(timeline, span, stepMs, rows, route);
      return { startMs, stepMs, values: counts };
    },
  );
  insideFrame(surface, (inside) => {
    const bottom = plot.height - 1;
    rows.forEach((_, row) =>
      inside.textRight(
        0,
        bottom - row,
        VALUE_AXIS_COLUMNS - 1,
        latencyRowLabel(rows, row),
        theme.styleOf('dim'),
      ),
    );
    if (columns.some((column) => column?.some((count) => count > 0))) {
      drawHeatStrip(inside, columns, plot);
    } else {
      inside.text(
        plot.x + 2,
        Math.floor(plot.height / 2),
        'no requests in this window',
        theme.styleOf('dim'),
      );
    }
    drawMarks(inside, view.data, plot, false);
    if (withAxis) {
      const time = { lengthMs: plotSpan.toMs - plotSpan.fromMs, agoMs: view.data.behindMs };
      drawTimeAxis(inside, plot.height, plot.x, plot.width, time);
    }
  });
}

function drawLegend(surface: Surface): void {
  const { theme, width } = surface;
  const columns = 'few '.length + LEGEND_STEPS * 2 + ' many'.length + 2;
  const left = width - columns - 2;
  if (left < 24) return;
  const dim = theme.styleOf('dim');
  surface.text(left, 0, ' few ', dim);
  for (let i = 0; i < LEGEND_STEPS * 2; i++) {
    drawShade(surface, left + 5 + i, 0, (Math.floor(i / 2) + 0.5) / LEGEND_STEPS);
  }
  surface.text(left + 5 + LEGEND_STEPS * 2, 0, ' many ', dim);
}
