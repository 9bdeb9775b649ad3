import { expect, test } from 'vitest';
import {
  areTooManyNoted,
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
const requests = (count: number, eachUs = 20_000, method = 'GET'): TimelineEvent => ({
  kind: 'requests',
  atMs: 0,
  windowMs: 250,
  inFlight: 0,
  oldestInFlightMs: 0,
  aborted: 0,
  routes: [
    {
      method,
      route: '/',
      count,
      errors: 0,
      totalUs: count * eachUs,
      maxUs: eachUs,
      latency: [],
      responseBytes: 0,
    },
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

/** Eight windows of a loop that is on time. */
const during = (utilization: number, ...told: readonly TimelineEvent[]): ContextNeed =>
  Array.from({ length: 8 }, () => [loop(utilization, 900), ...told])
    .flat()
    .reduce(reduceContextNeed, INITIAL_CONTEXT_NEED);

test.each([
  ['work beside requests that take no time', during(0.4, requests(10, 500)), true],
  ['work that open requests explain', during(0.4, requests(10, 9_000)), false],
  ['the work of a job beside requests', during(0.4, requests(1, 500), requests(1, 100_000, 'JOB')), true],
  ['the work around very many requests', during(0.4, requests(240, 100)), false],
  ['hardly any work', during(0.1, requests(10, 500)), false],
])('%s: wanted or not', (_, need, wanted) => {
  expect(isContextWanted(need, 0)).toBe(wanted);
});

test('what was granted is not wanted again for a minute', () => {
  const granted = grantContext(after('BBBBBBBB'), 1000);
  expect(isContextWanted(granted, 20_000)).toBe(false);
  expect(isContextWanted(granted, 70_000)).toBe(true);
});

test('a lull in many requests does not make them few', () => {
  const lull = [requests(0), requests(0), requests(0), requests(0)];
  expect(isContextWanted(lull.reduce(reduceContextNeed, after('BBBBBBBB', 2000)), 0)).toBe(false);
  const longLull = Array.from({ length: 20 }, () => requests(0));
  expect(isContextWanted(longLull.reduce(reduceContextNeed, after('BBBBBBBB', 2000)), 0)).toBe(true);
});

test('a wave of requests that comes in the middle ends it', () => {
  expect(areTooManyNoted(200, 50)).toBe(false);
  expect(areTooManyNoted(2000, 500)).toBe(true);
  expect(areTooManyNoted(2000, 4000)).toBe(false);
});
