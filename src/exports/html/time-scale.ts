/** Moments as places on a plot: shares of its width, so that a plot is as wide as the page. */
import { formatUtcClock } from '../../presentation/format.ts';
import type { Series, Span } from '../../timeline/series.ts';
import { markup, type Markup } from './markup.ts';

export interface TimeScale {
  readonly span: Span;
  /** Wall-clock time of the span's beginning. */
  readonly startWallMs: number;
}

/** Plots are drawn in these units and stretched to the width there is. */
export const PLOT_WIDTH = 1000;
export const PLOT_HEIGHT = 100;

/** Where a moment stands in units of a plot, not beyond its edges. */
function placeOf({ span }: TimeScale, atMs: number): number {
  const share = (atMs - span.fromMs) / Math.max(1, span.toMs - span.fromMs);
  return round(Math.max(0, Math.min(1, share)) * PLOT_WIDTH);
}

/** The same as a share of the width, for what must not be stretched. */
export const percentOf = (scale: TimeScale, atMs: number): string => `${round(placeOf(scale, atMs) / 10)}%`;

/**
 * Steps of a series as the drawing commands of a path; where nothing was measured the line breaks.
 * @param closed down to the base line, for an area
 */
export function stepPath(scale: TimeScale, series: Series, max: number, closed: boolean): string {
  let path = '';
  let isOpen = false;
  const end = (atMs: number): void => {
    if (isOpen && closed) path += `V${PLOT_HEIGHT}H${placeOf(scale, atMs)}Z`;
    isOpen = false;
  };
  let beganMs = series.startMs;
  series.values.forEach((value, index) => {
    const fromMs = series.startMs + index * series.stepMs;
    if (value === null) return end(beganMs);
    const y = round(PLOT_HEIGHT * (1 - Math.min(1, Math.max(0, value / max))));
    if (!isOpen) {
      beganMs = fromMs;
      path += closed ? `M${placeOf(scale, fromMs)} ${PLOT_HEIGHT}V${y}` : `M${placeOf(scale, fromMs)} ${y}`;
    } else path += `V${y}`;
    path += `H${placeOf(scale, fromMs + series.stepMs)}`;
    isOpen = true;
  });
  end(beganMs);
  return path;
}

/** Steps between labels that people count in, in seconds. */
const TICK_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800,
] as const;
const MOST_TICKS = 7;

/** Times of day at even moments below the plots. */
export function timeAxis(scale: TimeScale): Markup {
  const { span, startWallMs } = scale;
  const seconds = (span.toMs - span.fromMs) / 1000;
  const everyMs = 1000 * (TICK_SECONDS.find((step) => seconds / step <= MOST_TICKS) ?? 86_400);
  const labels: Markup[] = [];
  const lastWallMs = startWallMs + span.toMs - span.fromMs;
  for (let wallMs = Math.ceil(startWallMs / everyMs) * everyMs; wallMs <= lastWallMs; wallMs += everyMs) {
    const atMs = span.fromMs + wallMs - startWallMs;
    const place = percentOf(scale, atMs);
    labels.push(
      markup`<line x1="${place}" x2="${place}" y1="0" y2="4"/><text class="${anchorOf(placeOf(scale, atMs))}" x="${place}" y="17">${formatUtcClock(wallMs)}</text>`,
    );
  }
  return markup`<div class="time-axis"><span class="axis-name">UTC</span><svg role="img" aria-label="time of day, UTC">${labels}</svg></div>`;
}

/** A label's half on either side, as far from the edge of the plot. */
const HALF_LABEL = PLOT_WIDTH / 25;

/** Which part of a label stands at its tick: none reaches beyond the plot. */
function anchorOf(place: number): string {
  if (place < HALF_LABEL) return 'first';
  return place > PLOT_WIDTH - HALF_LABEL ? 'last' : 'middle';
}

export const round = (value: number): number => Math.round(value * 100) / 100;
