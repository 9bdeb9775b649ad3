/**
 * The metrics of a session: what was counted since it began, and how things stand at the end of a span.
 *
 * What was not measured is absent, never 0. Attributes that the conventions ask for and nobody can see from outside
 * of the application are absent, too: the scheme and the status code of requests, the method of outgoing ones.
 */
import type { Finding } from '../../model/finding.ts';
import type { Span } from '../../timeline/series.ts';
import { selectWallMs } from '../../timeline/session-selectors.ts';
import type { Timeline } from '../../timeline/timeline.ts';
import { counter, gauge, largestEqual, one } from './metric-points.ts';
import type { MetricTotals } from './metric-totals.ts';
import type { Metric, MetricReading } from './metric.ts';
import { loopMetrics, memoryMetrics, processMetrics } from './process-metrics.ts';
import { peerMetrics, poolMetrics, queueMetrics, requestMetrics } from './work-metrics.ts';

/**
 * @param span what gauges are of: the time since the last reading
 * @param findings of the diagnosis, as gauges with the culprit's place
 */
export function readMetrics(
  timeline: Timeline,
  totals: MetricTotals,
  span: Span,
  findings: readonly Finding[],
): MetricReading {
  const beganMs = timeline.session?.atMs ?? timeline.firstMs ?? span.fromMs;
  const metrics = [
    ...requestMetrics(timeline, totals, span),
    ...loopMetrics(timeline, totals, span),
    ...memoryMetrics(timeline, totals, span),
    ...processMetrics(timeline, totals, span),
    ...poolMetrics(timeline, span),
    ...peerMetrics(totals),
    ...queueMetrics(timeline, totals, span),
    ...ownMetrics(totals, findings),
  ];
  return {
    atWallMs: selectWallMs(timeline, span.toMs) ?? 0,
    sinceWallMs: selectWallMs(timeline, beganMs) ?? 0,
    metrics: metrics.filter(({ points }) => points.length > 0),
  };
}

function ownMetrics(totals: MetricTotals, findings: readonly Finding[]): readonly Metric[] {
  return [
    counter(
      'loopscope.own.main_thread.time',
      'Time that loopscope itself took of the main thread.',
      's',
      one(totals.ownMs / 1000),
    ),
    gauge(
      'loopscope.finding.confidence',
      'What is wrong with the service now, by the diagnosis of its last minute, and how sure that is.',
      '1',
      largestEqual(
        findings.map(({ kind, cause, severity, confidence, culprits: [culprit] }) => ({
          attributes: {
            kind,
            cause,
            severity,
            ...(culprit === undefined
              ? {}
              : {
                  'code.function.name': culprit.function,
                  'code.file.path': culprit.file,
                  'code.line.number': String(culprit.line),
                }),
          },
          value: confidence,
        })),
      ),
    ),
  ];
}
