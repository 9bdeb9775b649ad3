import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockedEvent, TimelineEvent } from '../../src/model/timeline-event.ts';
import { selectBlockedAt, selectStallFigures } from '../../src/timeline/loop-selectors.ts';
import { selectMetrics } from '../../src/timeline/metrics-selector.ts';
import { selectConnection, selectWholeSpan } from '../../src/timeline/session-selectors.ts';
import { createTimeline, reduceTimeline } from '../../src/timeline/timeline.ts';
import {
  every,
  gc,
  histogram,
  loop,
  memory,
  pools,
  processReadings,
  requests,
  session,
  stalls,
  START_MS,
  timelineOf,
} from './event-text.ts';

const blocked = (sinceMs: number, atMs: number): BlockedEvent => ({
  kind: 'blocked',
  atMs: START_MS + atMs,
  sinceMs: START_MS + sinceMs,
  in: 'native',
  stack: [],
  route: null,
  nativeState: 'on CPU',
});

const EIGHT_HOURS_MS = 8 * 3_600_000;

describe('the timeline', () => {
  it('is flat after eight hours of readings', () => {
    const timeline = createTimeline();
    for (let atMs = 0; atMs <= EIGHT_HOURS_MS; atMs += 250) {
      reduceTimeline(timeline, { kind: 'loop', atMs, windowMs: 250, utilization: 0.5, delay: [[40, 3]] });
    }
    expect(timeline.loop.size).toBeLessThan(4_100);
    expect(timeline.loop.between(0, EIGHT_HOURS_MS).reduce((sum, { busyMs }) => sum + busyMs, 0)).toBeCloseTo(
      EIGHT_HOURS_MS / 2,
      -3,
    );
  });

  it('holds a bounded number of routes of a service that has two hundred busy ones, and all of its last minute', () => {
    const timeline = createTimeline();
    const routes = Array.from({ length: 200 }, (_, index) => ({
      method: 'GET',
      route: `/${index}`,
      count: 1,
      errors: 0,
      totalUs: 40,
      maxUs: 40,
      latency: histogram(0.04, 1),
      responseBytes: 10,
    }));
    for (let atMs = 0; atMs <= 1_800_000; atMs += 250) {
      const event = { atMs, windowMs: 250, inFlight: 0, oldestInFlightMs: 0, aborted: 0, routes };
      reduceTimeline(timeline, { kind: 'requests', ...event });
    }
    const kept = timeline.requests.between(0, 1_800_000);
    expect(kept.reduce((sum, window) => sum + window.routes.size, 0)).toBeLessThan(130_000);
    expect(timeline.requests.between(1_740_000, 1_800_000).length).toBeGreaterThanOrEqual(240);
    expect(kept[0]?.startMs).toBeLessThan(1_000);
  });

  it('gives the same figures for any order of the events of ten seconds', () => {
    const events: TimelineEvent[] = [
      ...session(),
      ...loop('..++##..--'.repeat(4)),
      ...gc('SSS..M..'.repeat(4)),
      ...stalls(every(700, 120, 12), 'handler>work'),
      ...requests('GET /a', { perSecond: 5, latencyMs: 12, seconds: 10 }),
      ...memory([30, null, 31, null, null, 32, 33, null, 34, null]),
      ...processReadings(10),
      ...pools([{}, { waiting: 3 }, {}]),
    ];
    const span = { fromMs: START_MS, toMs: START_MS + 10_000 };
    const expected = selectMetrics(timelineOf(events), span);
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(selectMetrics(timelineOf(shuffled), span)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('counts stalls in a span', () => {
    const timeline = timelineOf(session(), stalls(every(500, 200, 4)));
    expect(selectStallFigures(timeline, { fromMs: START_MS, toMs: START_MS + 1_000 })).toEqual({
      count: 2,
      totalMs: 400,
      longestMs: 200,
    });
  });

  it('is blocked from the first reading until the loop turns again, also in hindsight', () => {
    const timeline = timelineOf(session(), [blocked(1_000, 1_300), blocked(1_010, 2_500)]);
    expect(selectBlockedAt(timeline, START_MS + 2_500)).toMatchObject({ forMs: 1_500 });
    reduceTimeline(timeline, { kind: 'unblocked', atMs: START_MS + 3_000, sinceMs: START_MS + 1_000 });
    expect(selectBlockedAt(timeline, START_MS + 3_500)).toBeNull();
    expect(selectBlockedAt(timeline, START_MS + 2_000)).toMatchObject({
      forMs: 1_000,
      latest: { atMs: START_MS + 1_300 },
    });
  });

  it('ends a block by the stall that speaks of it', () => {
    const timeline = timelineOf(session(), [blocked(1_000, 1_300)], stalls([[1_000, 900]]));
    expect(timeline.blocked).toBeNull();
  });

  it('does not open a block by a reading that comes after its stall', () => {
    const timeline = timelineOf(session(), stalls([[1_000, 900]]), [blocked(1_010, 1_700)]);
    expect(timeline.blocked).toBeNull();
    expect(selectBlockedAt(timeline, START_MS + 1_800)).toMatchObject({ sinceMs: START_MS + 1_010 });
  });

  it('begins a block where the loop last turned, though whoever asks took several blocks for one', () => {
    const timeline = timelineOf(
      session(),
      stalls([
        [1_000, 300],
        [1_300, 300],
      ]),
      [blocked(1_000, 1_800)],
    );
    expect(timeline.blocked).toMatchObject({ startMs: START_MS + 1_600, endMs: START_MS + 1_800 });
  });

  it('keeps a bounded number of readings of an endless block, the newest among them', () => {
    const timeline = timelineOf(
      session(),
      Array.from({ length: 500 }, (_, i) => blocked(0, 1_000 + i * 250)),
    );
    expect(timeline.blocked?.readings.length).toBeLessThanOrEqual(32);
    expect(timeline.blocked?.readings.at(-1)?.atMs).toBe(START_MS + 1_000 + 499 * 250);
  });

  it('knows the state of the connection at any moment', () => {
    const timeline = timelineOf(session(), [
      { kind: 'connection', atMs: START_MS, state: 'live', how: null },
      { kind: 'connection', atMs: START_MS + 5_000, state: 'ended', how: 'exit code 1' },
    ]);
    expect(selectConnection(timeline, START_MS + 4_999)?.state).toBe('live');
    expect(selectConnection(timeline, START_MS + 5_000)?.how).toBe('exit code 1');
  });

  it('spans from the beginning of the session to the newest event', () => {
    const timeline = timelineOf(session(), loop('....'));
    expect(selectWholeSpan(timeline)).toEqual({ fromMs: START_MS, toMs: START_MS + 1_000 });
    expect(selectWholeSpan(createTimeline())).toBeNull();
  });
});
