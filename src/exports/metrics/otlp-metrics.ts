/**
 * Metrics as OpenTelemetry's own exporters take them: cumulative since the session began, so that a reading that is
 * lost on the way costs resolution and no counts.
 */
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Attributes, Metric, MetricReading } from './metric.ts';

type HrTime = [seconds: number, nanoseconds: number];

/** The API's `ValueType.DOUBLE`, which as an enum of another package would bring that package along. */
const DOUBLE = 1;

/** @param version of loopscope, which is the scope that the metrics are of */
export function otlpMetrics(reading: MetricReading, identity: Attributes, version: string): ResourceMetrics {
  const times = { startTime: hrTime(reading.sinceWallMs), endTime: hrTime(reading.atWallMs) };
  return {
    resource: resourceFromAttributes(identity),
    scopeMetrics: [
      {
        scope: { name: 'loopscope', version },
        metrics: reading.metrics.map((metric) => metricData(metric, times)),
      },
    ],
  };
}

function metricData(
  metric: Metric,
  times: { readonly startTime: HrTime; readonly endTime: HrTime },
): MetricData {
  const { name, description, unit } = metric;
  const head = {
    descriptor: { name, description, unit, valueType: DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (metric.kind === 'histogram') {
    return {
      ...head,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: metric.points.map(({ attributes, distribution: { counts, count, sum } }) => ({
        ...times,
        attributes: { ...attributes },
        value: { buckets: { boundaries: [...metric.bounds], counts: [...counts] }, count, sum },
      })),
    };
  }
  const dataPoints = metric.points.map(({ attributes, value }) => ({
    ...times,
    attributes: { ...attributes },
    value,
  }));
  if (metric.kind === 'gauge') return { ...head, dataPointType: DataPointType.GAUGE, dataPoints };
  return { ...head, dataPointType: DataPointType.SUM, isMonotonic: metric.kind === 'counter', dataPoints };
}

function hrTime(wallMs: number): HrTime {
  const seconds = Math.floor(wallMs / 1000);
  return [seconds, Math.round((wallMs - seconds * 1000) * 1e6)];
}
