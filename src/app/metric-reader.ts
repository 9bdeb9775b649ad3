/** Reads the metrics of a session off its events, again and again. A live one and its recording read the same. */
import { diagnose } from '../diagnosis/diagnosis.ts';
import { addToTotals, createMetricTotals } from '../exports/metrics/metric-totals.ts';
import type { MetricReading } from '../exports/metrics/metric.ts';
import { readMetrics } from '../exports/metrics/session-metrics.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import { selectLastSpan } from '../timeline/session-selectors.ts';
import { createTimeline, reduceTimeline } from '../timeline/timeline.ts';

/** What is over for a minute is not why the service is slow now. */
const DIAGNOSED_MS = 60_000;

export interface MetricReader {
  hear(event: TimelineEvent): void;
  /** How things stand after the last event. Null before the first. */
  read(): MetricReading | null;
}

/** @param gaugesOverMs shares and percentiles are of this long, up to the last event */
export function createMetricReader(gaugesOverMs: number): MetricReader {
  const timeline = createTimeline();
  const totals = createMetricTotals();
  return {
    hear(event) {
      reduceTimeline(timeline, event);
      addToTotals(totals, event);
    },
    read() {
      const [now, lastMinute] = [
        selectLastSpan(timeline, gaugesOverMs),
        selectLastSpan(timeline, DIAGNOSED_MS),
      ];
      if (now === null || lastMinute === null) return null;
      return readMetrics(timeline, totals, now, diagnose(timeline, lastMinute).findings);
    },
  };
}
