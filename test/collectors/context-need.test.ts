import { expect, test } from 'vitest';
import {
  grantContext,
  INITIAL_CONTEXT_NEED,
  isContextWanted,
  reduceContextNeed,
} from '../../src/collectors/context-need.ts';
import type { ContextNeed } from '../../src/collectors/context-need.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';

const loop = (utilization: number): TimelineEvent => ({
  kind: 'loop',
  atMs: 0,
  windowMs: 250,
  utilization,
  delay: [],
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
/** A letter is a window of 250 ms: B busy, i idle. */
const after = (windows: string, requestsPerWindow = 10): ContextNeed =>
  Array.from(windows)
    .map((window) => loop(window === 'B' ? 0.8 : 0.1))
    .concat(requests(requestsPerWindow))
    .reduce(reduceContextNeed, INITIAL_CONTEXT_NEED);

test.each([
  ['a loop that is busy for two seconds', after('BBBBBBBB'), true],
  ['a busy loop with a quiet window in between', after('BBBiBBBB'), true],
  ['a loop that was busy for a moment', after('BBiiiiii'), false],
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
