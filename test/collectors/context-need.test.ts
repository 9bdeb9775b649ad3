import { expect, test } from 'vitest';
import {
  grantContext,
  INITIAL_CONTEXT_NEED,
  isContextWanted,
  reduceContextNeed,
} from '../../src/collectors/context-need.ts';
import type { ContextNeed } from '../../src/collectors/context-need.ts';
import { bucketOf } from '../../src/model/latency-histogram.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';

const loop = (utilization: number, lateUs = 20_000): TimelineEvent => ({
  kind: 'loop',
  atMs: 0,
  windowMs: 250,
  utilization,
  delay: [[bucketOf(lateUs), 10]],
});
const requests = (count: number): TimelineEvent => ({
  kind: 'requests',
  atMs: 0,
  windowMs: 250,
  inFlight: 0,
  oldestInFlightMs: 0,
  aborted: 0,
  routes: [
    { method: 'GET', route: '/', count, errors: 0, totalUs: 0, maxUs: 0, latency: [], responseBytes: 0 },
  ],
});
/** A letter is a window of 250 ms: B busy, b busy with short handlers that make nobody late, i idle. */
const after = (windows: string, requestsPerWindow = 10): ContextNeed =>
  Array.from(windows)
    .map((window) => loop(window === 'i' ? 0.1 : 0.8, window === 'b' ? 900 : 20_000))
    .concat(requests(requestsPerWindow))
    .reduce(reduceContextNeed, INITIAL_CONTEXT_NEED);

test.each([
  ['a loop that is busy for two seconds', after('BBBBBBBB'), true],
  ['a busy loop with a quiet window in between', after('BBBiBBBB'), true],
  ['a loop that was busy for a moment', after('BBiiiiii'), false],
  ['a loop that is busy with short handlers', after('bbbbbbbb'), false],
  ['a loop that came to rest', after('BBBBBBBBiiiiii'), false],
  ['a busy loop without any request', after('BBBBBBBB', 0), false],
  ['so many requests that a note on each would cost', after('BBBBBBBB', 1000), false],
])('%s: wanted or not', (_, need, wanted) => {
  expect(isContextWanted(need, 0)).toBe(wanted);
});

test('what was granted is not wanted again for a minute', () => {
  const granted = grantContext(after('BBBBBBBB'), 1000);
  expect(isContextWanted(granted, 20_000)).toBe(false);
  expect(isContextWanted(granted, 70_000)).toBe(true);
});
