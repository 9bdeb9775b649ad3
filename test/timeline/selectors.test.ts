import { describe, expect, it } from 'vitest';
import { selectLoopDelay, selectLoopUtilization } from '../../src/timeline/loop-selectors.ts';
import { selectMemoryGrowth, theilSenSlope } from '../../src/timeline/memory-growth.ts';
import { selectMetrics } from '../../src/timeline/metrics-selector.ts';
import {
  selectLatency,
  selectLatencyHeatmap,
  selectRequestRate,
  selectRequests,
} from '../../src/timeline/request-selectors.ts';
import { selectCpu, selectGcPauses, selectMemory } from '../../src/timeline/resource-selectors.ts';
import { seriesFrom } from '../../src/timeline/series.ts';
import {
  gc,
  loop,
  MB,
  memory,
  processReadings,
  requests,
  session,
  START_MS,
  timelineOf,
  windowsOfRequests,
} from './event-text.ts';

const span = (seconds: number, from = 0) => ({
  fromMs: START_MS + from * 1000,
  toMs: START_MS + (from + seconds) * 1000,
});

describe('a series', () => {
  it('lays a window onto every cell that it touches and leaves gaps null', () => {
    const windows = [{ startMs: 0, endMs: 500 }];
    const series = seriesFrom(windows, { fromMs: 0, toMs: 1_000 }, 250, () => 3);
    expect(series).toEqual({ startMs: 0, stepMs: 250, values: [3, 3, null, null] });
  });

  it('keeps the cells where they are while the span slides', () => {
    const windows = [{ startMs: 0, endMs: 1_000 }];
    expect(seriesFrom(windows, { fromMs: 130, toMs: 630 }, 250, () => 1).startMs).toBe(0);
  });
});

describe('selectors of the loop', () => {
  it('give utilization by cell', () => {
    const timeline = timelineOf(session(), loop('..##'));
    expect(selectLoopUtilization(timeline, span(1), 500).values).toEqual([expect.closeTo(0.05), 1]);
  });

  it('give percentiles of delay in milliseconds, and nothing where the loop was not read', () => {
    const timeline = timelineOf(session(), loop('....', 8));
    const { p50, max } = selectLoopDelay(timeline, span(2), 1_000);
    expect(p50.values).toEqual([expect.closeTo(8, 0), null]);
    expect(max.values[0]).toBeCloseTo(8, 0);
  });

  it('give an earlier span as it was, though the timeline went on', () => {
    const before = timelineOf(session(), loop('....'));
    const after = timelineOf(session(), loop('....####'));
    expect(selectLoopUtilization(after, span(1), 250)).toEqual(selectLoopUtilization(before, span(1), 250));
  });
});

describe('selectors of requests', () => {
  const timeline = timelineOf(
    session(),
    windowsOfRequests([
      ['GET /a', { perSecond: 20, latencyMs: 10, seconds: 4 }],
      ['POST /b', { perSecond: 2, latencyMs: 300, seconds: 4, errors: 1 }],
    ]),
  );

  it('sum up the span and its routes, the one with most time first', () => {
    const figures = selectRequests(timeline, span(4));
    expect(figures).toMatchObject({ count: 88, perSecond: 22, errors: 4, inFlight: 1 });
    expect(figures?.routes.map(({ route }) => route)).toEqual(['/b', '/a']);
    expect(figures?.routes[0]).toMatchObject({ count: 8, latencyMs: { max: 300 }, loopMs: null });
  });

  it('give rate and latency by cell, of all routes or of one', () => {
    expect(selectRequestRate(timeline, span(4), 1_000).values).toEqual([22, 22, 22, 22]);
    expect(selectRequestRate(timeline, span(4), 2_000, 'POST /b').values).toEqual([2, 2]);
    expect(selectLatency(timeline, span(4), 4_000, 'POST /b').p50.values[0]).toBeCloseTo(300, -1);
  });

  it('give a heatmap of time and latency', () => {
    const { counts } = selectLatencyHeatmap(timeline, span(2), 1_000, [5, 50, 500]);
    expect(counts).toEqual([
      [0, 20, 2],
      [0, 20, 2],
    ]);
  });

  it('say nothing of a span in which requests were not read', () => {
    expect(selectRequests(timeline, span(5, 60))).toBeNull();
  });
});

describe('selectors of resources', () => {
  it('hold a reading until the next one, and break off after missed ones', () => {
    const timeline = timelineOf(session(), processReadings(2));
    const { values } = selectCpu(timeline, span(9), 1_000).total;
    expect(values[1]).toBe(20);
    expect(values.at(-1)).toBeNull();
    expect(selectMemory(timeline, span(2), 1_000, 'rss').values.at(-1)).toBe(120 * MB);
  });

  it('show no collector pause as 0 where the loop was read, and as unknown elsewhere', () => {
    const timeline = timelineOf(session(), loop('........'), gc('M.......'));
    expect(selectGcPauses(timeline, span(3), 1_000).values).toEqual([60, 0, null]);
  });

  it('find the slope through wild points', () => {
    const points = [0, 1, 2, 3, 4, 5, 6].map((x) => [x, x === 3 ? 900 : 10 * x] as const);
    expect(theilSenSlope(points)).toBeCloseTo(10);
  });

  it('measure growth by what survives full collections, not by the saw-tooth', () => {
    const timeline = timelineOf(session(), memory([30, 32, 34, 36, 38]));
    expect(selectMemoryGrowth(timeline, span(6), 'heap')).toMatchObject({
      bytesPerSecond: expect.closeTo(2 * MB, -3),
      risingShare: 1,
      afterCollections: true,
    });
  });
});

describe('the metrics of a report', () => {
  it('are null where nothing was measured', () => {
    expect(selectMetrics(timelineOf(session()), span(10))).toEqual({
      eventLoop: { utilization: null, delayMs: null, stalls: { count: 0, totalMs: 0, longestMs: 0 } },
      requests: null,
      cpu: { percent: null, mainThreadPercent: null },
      memory: {
        rss: null,
        heapUsed: null,
        heapTotal: null,
        heapLimit: null,
        external: null,
        arrayBuffers: null,
        liveAfterGc: null,
        growthPerSecond: null,
      },
      gc: null,
      threadpool: null,
      pools: [],
      listenQueue: null,
      cluster: null,
      overhead: { mainThreadShare: null, longestPauseMs: null },
    });
  });

  it('count requests over the whole window', () => {
    const timeline = timelineOf(session(), requests('GET /a', { perSecond: 10, latencyMs: 5, seconds: 10 }));
    expect(selectMetrics(timeline, span(10)).requests).toMatchObject({ count: 100, perSecond: 10 });
  });
});
