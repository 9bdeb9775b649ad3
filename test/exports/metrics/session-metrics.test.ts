import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnosis/diagnosis.ts';
import { addToTotals, createMetricTotals } from '../../../src/exports/metrics/metric-totals.ts';
import { addHistogram, NO_DISTRIBUTION, REQUEST_BOUNDS } from '../../../src/exports/metrics/metric.ts';
import type { Metric, MetricReading } from '../../../src/exports/metrics/metric.ts';
import { readMetrics } from '../../../src/exports/metrics/session-metrics.ts';
import { bucketOf, orderHistogram } from '../../../src/model/latency-histogram.ts';
import type { TimelineEvent } from '../../../src/model/timeline-event.ts';
import { createTimeline, reduceTimeline } from '../../../src/timeline/timeline.ts';
import { EVERY_EVENT } from '../every-event.ts';
import { SLOW_LOGIN } from '../slow-login.ts';
import { loop, session, START_MS } from '../../timeline/event-text.ts';

/** The reading after all of these events, with gauges over the last ten seconds. */
function readingAfter(events: readonly TimelineEvent[]): MetricReading {
  const [timeline, totals] = [createTimeline(), createMetricTotals()];
  for (const event of events) {
    reduceTimeline(timeline, event);
    addToTotals(totals, event);
  }
  const toMs = timeline.latestMs ?? 0;
  const span = { fromMs: toMs - 10_000, toMs };
  return readMetrics(timeline, totals, span, diagnose(timeline, span).findings);
}

const named = ({ metrics }: MetricReading, name: string): Metric | undefined =>
  metrics.find((metric) => metric.name === name);

/** Each point as `attribute=value … -> number`; a histogram is told by its count. */
function points(metric: Metric | undefined): readonly string[] {
  const told =
    metric?.kind === 'histogram'
      ? metric.points.map((point) => ({ ...point, value: point.distribution.count }))
      : metric?.points;
  return (told ?? []).map(
    ({ attributes, value }) =>
      `${Object.entries(attributes)
        .map((pair) => pair.join('='))
        .join(' ')} -> ${value}`,
  );
}

describe('the metrics of a session', () => {
  const reading = readingAfter(SLOW_LOGIN);

  it('count requests by route in the buckets that the conventions advise', () => {
    const duration = named(reading, 'http.server.request.duration');
    expect(points(duration)).toEqual([
      'http.request.method=POST http.route=/login -> 720',
      'http.request.method=GET http.route=/ -> 1800',
    ]);
    const [login] = duration?.kind === 'histogram' ? duration.points : [];
    expect(login?.distribution.counts[REQUEST_BOUNDS.indexOf(0.25)]).toBe(720);
    expect(login?.distribution.sum).toBeCloseTo(720 * 0.22, 0);
    expect(points(named(reading, 'loopscope.http.server.errors'))).toContain(
      'http.request.method=POST http.route=/login -> 60',
    );
  });

  it('name what is wrong, with the place in the code', () => {
    expect(points(named(reading, 'loopscope.finding.confidence'))).toContainEqual(
      expect.stringMatching(
        /^kind=event-loop-blocked cause=sync-crypto severity=critical code\.function\.name=derivePassword code\.file\.path=\/srv\/app\/derivePassword\.js code\.line\.number=1 -> 0\.\d+$/,
      ),
    );
  });

  it('have the loop, the collector, memory, the process and its pools under the names of the conventions', () => {
    expect(points(named(reading, 'nodejs.eventloop.utilization'))).toEqual([
      expect.stringMatching(/^ -> 0\.5[45]/),
    ]);
    expect(points(named(reading, 'nodejs.eventloop.delay.p99'))).toHaveLength(1);
    expect(points(named(reading, 'nodejs.eventloop.time')).map((point) => point.split(' -> ')[0])).toEqual([
      'nodejs.eventloop.state=active',
      'nodejs.eventloop.state=idle',
    ]);
    expect(points(named(reading, 'v8js.gc.duration'))).toEqual([
      'v8js.gc.type=minor -> 60',
      'v8js.gc.type=major -> 60',
    ]);
    expect(points(named(reading, 'process.cpu.utilization'))).toEqual([' -> 0.2']);
    expect(points(named(reading, 'db.client.connection.pending_requests'))).toEqual([
      'db.client.connection.pool.name=orders@db:5432 loopscope.pool.driver=pg -> 4',
    ]);
    expect(points(named(reading, 'loopscope.pool.longest_wait'))).toEqual([
      'db.client.connection.pool.name=orders@db:5432 loopscope.pool.driver=pg -> 1.5',
    ]);
  });

  it('are absent where nothing was measured', () => {
    const names = readingAfter([...session(), ...loop('..')]).metrics.map(({ name }) => name);
    expect(names).toContain('nodejs.eventloop.utilization');
    expect(names.filter((name) => /^(http|db|messaging|process|v8js)\./.test(name))).toEqual([]);
  });

  it('have each series once, whatever happened', () => {
    for (const metric of readingAfter(Object.values(EVERY_EVENT)).metrics) {
      const series = points(metric).map((point) => point.split(' -> ')[0]);
      expect(new Set(series).size, metric.name).toBe(series.length);
    }
  });

  it('say when counting began and when they were read', () => {
    expect(reading.sinceWallMs).toBe(Date.UTC(2026, 0, 31, 10));
    expect(reading.atWallMs - reading.sinceWallMs).toBe(
      Math.max(...SLOW_LOGIN.map(({ atMs }) => atMs)) - START_MS,
    );
  });

  it('only ever count upwards', () => {
    const [timeline, totals] = [createTimeline(), createMetricTotals()];
    const last = new Map<string, number>();
    for (const event of SLOW_LOGIN) {
      reduceTimeline(timeline, event);
      addToTotals(totals, event);
      if (event.kind !== 'memory') continue;
      const { metrics } = readMetrics(
        timeline,
        totals,
        { fromMs: event.atMs - 10_000, toMs: event.atMs },
        [],
      );
      for (const metric of metrics.filter(({ kind }) => kind === 'counter' || kind === 'histogram')) {
        for (const point of points(metric)) {
          const [series = '', value] = point.split(' -> ');
          const key = `${metric.name} ${series}`;
          expect(Number(value), key).toBeGreaterThanOrEqual(last.get(key) ?? 0);
          last.set(key, Number(value));
        }
      }
    }
    expect(last.size).toBeGreaterThan(5);
  });
});

describe('a distribution', () => {
  it('holds, for any values: each is counted once, by the smallest bound that it does not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000_000 })), (valuesUs) => {
        const histogram = orderHistogram(valuesUs.map((us) => [bucketOf(us), 1]));
        const { counts, count, sum } = addHistogram(NO_DISTRIBUTION, histogram, REQUEST_BOUNDS);
        expect(count).toBe(valuesUs.length);
        expect(counts.reduce((total, each) => total + each, 0)).toBe(count);
        const exactSum = valuesUs.reduce((total, us) => total + us / 1e6, 0);
        expect(Math.abs(sum - exactSum)).toBeLessThanOrEqual(exactSum * 0.005 + 1e-6);
        // A value within a bucket of a bound (1/128 of it) may be counted beyond it, and never before it.
        for (const [index, bound] of REQUEST_BOUNDS.entries()) {
          const upTo = counts.slice(0, index + 1).reduce((total, each) => total + each, 0);
          expect(upTo).toBeLessThanOrEqual(valuesUs.filter((us) => us / 1e6 <= bound).length);
          expect(upTo).toBeGreaterThanOrEqual(valuesUs.filter((us) => us / 1e6 <= bound * 0.99).length);
        }
      }),
    );
  });
});
