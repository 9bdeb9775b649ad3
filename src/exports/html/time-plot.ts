/** One plot of the time line: lines and areas over time, a scale at the left, the whole window's figures above. */
import { niceCeiling } from '../../views/drawing/time-axis.ts';
import type { Series } from '../../timeline/series.ts';
import { markup, type Content, type Markup } from './markup.ts';
import { formatMoment, type MomentUnit } from './moments-data.ts';
import { PLOT_HEIGHT, PLOT_WIDTH, round, stepPath, type TimeScale } from './time-scale.ts';

export interface PlotLine {
  readonly label: string;
  /** The figure of the whole window beside the label. */
  readonly figure: string;
  /** Names its colour. */
  readonly token: 'percentile99' | 'percentile50' | 'series' | 'heapOld' | 'heapNew' | 'heapExternal';
  readonly series: Series;
  readonly area?: true;
}

export interface TimePlot {
  readonly title: string;
  readonly lines: readonly PlotLine[];
  readonly unit: MomentUnit;
  /** The scale reaches at least here, so that a quiet service is not drawn as a mountain range. */
  readonly lowestTop: number;
  /** The scale ends here whatever the values are. */
  readonly top?: number;
  /** From here on a value is bad: a dashed line. */
  readonly threshold?: number;
}

export function timePlot(plot: TimePlot, scale: TimeScale): Markup {
  const { title, lines } = plot;
  const format = (value: number): string => formatMoment(plot.unit, value);
  const values = lines.flatMap(({ series }) => series.values).filter((value) => value !== null);
  const peak = values.reduce((most, value) => Math.max(most, value), 0);
  const max = plot.top ?? topOf(plot, peak);
  const keys = lines.map(
    ({ label, figure, token }) =>
      markup` <span class="key"><svg class="swatch ${token}" aria-hidden="true"><rect width="100%" height="100%"/></svg>${label} <b>${figure}</b></span>`,
  );
  const summary =
    values.length === 0
      ? 'nothing was measured'
      : `at most ${format(peak)}, ${lines.map(({ label, figure }) => `${label} ${figure}`).join(', ')}`;
  return markup`<figure class="plot"><figcaption>${title}${keys}</figcaption>
<div class="plot-area"><div class="scale" aria-hidden="true"><span>${format(max)}</span><span>${format(max / 2)}</span><span>${format(0)}</span></div>
${plotSurface(`${title} over time: ${summary}`, [
  thresholdLine(plot.threshold, max),
  lines.map((line) => lineMarkup(line, scale, max)),
])}</div></figure>
`;
}

const MEBIBYTE = 1024 * 1024;

/** Bytes read well in steps of their own. */
function topOf({ unit, lowestTop }: TimePlot, peak: number): number {
  const top = Math.max(lowestTop, peak);
  return unit === 'bytes' ? niceCeiling(top / MEBIBYTE) * MEBIBYTE : niceCeiling(top);
}

/** The surface that a plot is drawn on, stretched to the width of the page. */
function plotSurface(label: string, content: Content): Markup {
  return markup`<svg class="surface" viewBox="0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">${content}</svg>`;
}

function lineMarkup({ series, token, area }: PlotLine, scale: TimeScale, max: number): Markup {
  return markup`${area ? markup`<path class="area ${token}" d="${stepPath(scale, series, max, true)}"/>` : null}<path class="line ${token}" d="${stepPath(scale, series, max, false)}"/>`;
}

function thresholdLine(threshold: number | undefined, max: number): Markup | null {
  if (threshold === undefined || threshold > max) return null;
  const y = round(PLOT_HEIGHT * (1 - threshold / max));
  return markup`<path class="threshold" d="M0 ${y}H${PLOT_WIDTH}"/>`;
}
