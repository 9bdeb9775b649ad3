/** The six figures that say how a service does, each with its past and how bad it is. */
import {
  selectLoopDelay,
  selectLoopFigures,
  selectLoopUtilization,
  selectStallFigures,
} from '../timeline/loop-selectors.ts';
import {
  selectLatency,
  selectRequestRate,
  selectRequests,
  type RequestFigures,
} from '../timeline/request-selectors.ts';
import {
  selectGc,
  selectGcPauses,
  selectMemory,
  selectMemoryReading,
} from '../timeline/resource-selectors.ts';
import { formatBytes, formatCount, formatMs, formatPercent, formatRate, formatShare } from './format.ts';
import type { ScreenData } from './screen-data.ts';

/** How bad a figure is on its own; only findings accuse. */
export type FigureLevel = 'plain' | 'ok' | 'warning' | 'critical';

export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** A person notices 100 ms (Nielsen, "Response Times"); half of it spent waiting for the loop is a warning. */
export const LOOP_DELAY_MS: Threshold = { warning: 50, critical: 200 };
/** Waiting time in a queue doubles at half load and grows tenfold at 90% (M/M/1). */
export const LOOP_BUSY: Threshold = { warning: 0.7, critical: 0.9 };
/** One second breaks a user's flow of thought (Nielsen); half of it is a warning. */
export const LATENCY_MS: Threshold = { warning: 500, critical: 1_000 };
/** V8 collects harder and harder towards its limit, and aborts the process at it. */
const HEAP_SHARE: Threshold = { warning: 0.8, critical: 0.92 };
/** A tenth of the time in the collector is what V8 itself takes as a sign to grow the heap. */
export const GC_SHARE: Threshold = { warning: 0.05, critical: 0.15 };

export interface Symptom {
  readonly title: string;
  readonly value: string;
  /** A second fact beside it, dim. */
  readonly aside: string;
  readonly level: FigureLevel;
  readonly values: readonly (number | null)[];
  /** The top of its columns; null for the largest value. */
  readonly max: number | null;
  readonly levelOf: (value: number) => FigureLevel;
}

/** @param points values in each symptom's past */
export function selectSymptoms(data: ScreenData, points: number): readonly Symptom[] {
  const requests = selectRequestFigures(data);
  return [
    delaySymptom(data, points),
    busySymptom(data, points),
    latencySymptom(data, points, requests),
    requestSymptom(data, points, requests),
    heapSymptom(data, points),
    gcSymptom(data, points),
  ];
}

/** The requests of the span, taken once a second for all panels. */
export function selectRequestFigures(data: ScreenData): RequestFigures | null {
  return data.cached('requests', 'figures', () => selectRequests(data.timeline, data.span));
}

export function levelOf(value: number | null | undefined, threshold: Threshold): FigureLevel {
  if (value === null || value === undefined || value < threshold.warning) return 'plain';
  return value < threshold.critical ? 'warning' : 'critical';
}

function delaySymptom(data: ScreenData, points: number): Symptom {
  const { delayMs } = data.cached('loop figures', 'figures', () =>
    selectLoopFigures(data.timeline, data.span),
  );
  return {
    title: 'Delay p99',
    value: formatMs(delayMs?.p99),
    aside: delayMs ? `p50 ${formatMs(delayMs.p50)}` : '',
    level: levelOf(delayMs?.p99, LOOP_DELAY_MS),
    values: data.series(
      'delay p99',
      points,
      (timeline, span, stepMs) => selectLoopDelay(timeline, span, stepMs).p99,
    ),
    max: null,
    levelOf: (value) => levelOf(value, LOOP_DELAY_MS),
  };
}

function busySymptom(data: ScreenData, points: number): Symptom {
  const { utilization } = data.cached('loop figures', 'figures', () =>
    selectLoopFigures(data.timeline, data.span),
  );
  const stalls = data.cached('stall figures', 'figures', () => selectStallFigures(data.timeline, data.span));
  return {
    title: 'Loop busy',
    value: formatPercent(utilization),
    aside: stalls.count > 0 ? `${formatCount(stalls.count)} stalls` : 'no stalls',
    level: levelOf(utilization, LOOP_BUSY),
    values: data.series('utilization', points, selectLoopUtilization),
    max: 1,
    levelOf: (value) => levelOf(value, LOOP_BUSY),
  };
}

function latencySymptom(data: ScreenData, points: number, requests: RequestFigures | null): Symptom {
  const latencyMs = requests?.latencyMs;
  return {
    title: 'Latency p99',
    value: formatMs(latencyMs?.p99),
    aside: latencyMs ? `p50 ${formatMs(latencyMs.p50)}` : 'no requests',
    level: levelOf(latencyMs?.p99, LATENCY_MS),
    values: data.series(
      'latency p99',
      points,
      (timeline, span, stepMs) => selectLatency(timeline, span, stepMs).p99,
    ),
    max: null,
    levelOf: (value) => levelOf(value, LATENCY_MS),
  };
}

function requestSymptom(data: ScreenData, points: number, requests: RequestFigures | null): Symptom {
  const errorShare = requests && requests.count > 0 ? requests.errors / requests.count : 0;
  return {
    title: 'Requests',
    value: formatRate(requests?.perSecond),
    aside:
      requests === null
        ? ''
        : errorShare > 0
          ? `${formatShare(errorShare)} err`
          : `${formatCount(requests.inFlight)} open`,
    // One request in a hundred that fails is noticed by every user of a page with a hundred of them.
    level: errorShare >= 0.05 ? 'critical' : errorShare >= 0.01 ? 'warning' : 'plain',
    values: data.series('request rate', points, (timeline, span, stepMs) =>
      selectRequestRate(timeline, span, stepMs),
    ),
    max: null,
    levelOf: () => 'plain',
  };
}

function heapSymptom(data: ScreenData, points: number): Symptom {
  const reading = selectMemoryReading(data.timeline, data.span);
  const share = reading && reading.heapLimitBytes > 0 ? reading.heapUsedBytes / reading.heapLimitBytes : null;
  return {
    title: 'Heap used',
    value: formatBytes(reading?.heapUsedBytes),
    aside: reading ? `of ${formatBytes(reading.heapLimitBytes)}` : '',
    level: levelOf(share, HEAP_SHARE),
    values: data.series('heap used', points, (timeline, span, stepMs) =>
      selectMemory(timeline, span, stepMs, 'heapUsed'),
    ),
    max: null,
    levelOf: (value) => levelOf(reading ? value / reading.heapLimitBytes : null, HEAP_SHARE),
  };
}

function gcSymptom(data: ScreenData, points: number): Symptom {
  const gc = data.cached('gc', 'figures', () => selectGc(data.timeline, data.span));
  const stepMs = (data.plotSpan.toMs - data.plotSpan.fromMs) / points;
  return {
    title: 'GC time',
    value: formatShare(gc?.share),
    aside: gc ? `max ${formatMs(gc.longestMs)}` : '',
    level: levelOf(gc?.share, GC_SHARE),
    values: data.series('gc pauses', points, selectGcPauses),
    max: null,
    levelOf: (value) => levelOf(value / stepMs, GC_SHARE),
  };
}
