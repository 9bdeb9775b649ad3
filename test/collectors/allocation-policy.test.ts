import { expect, test } from 'vitest';
import { judgeAllocationLook } from '../../src/collectors/allocation-policy.ts';

const MB = 1e6;
const need = {
  nowMs: 100_000,
  heapUsedBytes: 20 * MB,
  looks: 0,
  liveBytes: 20 * MB,
  liveBytesAtLastLook: 20 * MB,
  lastLookMs: 0,
  lastCostMs: null,
};
const large = { ...need, heapUsedBytes: 300 * MB, liveBytes: 200 * MB, liveBytesAtLastLook: 200 * MB };

test.each([
  ['a small heap is looked at', need, 'look'],
  ['not again before 50 times its cost', { ...need, lastCostMs: 90, lastLookMs: 95_600 }, 'wait'],
  ['a costly look is followed by a long rest', { ...need, lastCostMs: 1000, lastLookMs: 60_000 }, 'wait'],
  ['what does not grow is left alone for a minute', { ...need, looks: 3, lastLookMs: 50_000 }, 'wait'],
  ['and is looked at again then', { ...need, looks: 3, lastLookMs: 39_000 }, 'look'],
  ['what grows is looked at on', { ...need, looks: 3, lastLookMs: 50_000, liveBytes: 21 * MB }, 'look'],
  ['a large heap that does not grow is left alone', large, 'wait'],
  ['a large heap that grows is looked at', { ...large, liveBytes: 240 * MB }, 'look'],
  [
    'a huge heap is left alone even as it grows',
    { ...large, heapUsedBytes: 900 * MB, liveBytes: 800 * MB },
    'too-large',
  ],
])('%s', (_, given, kind) => {
  expect(judgeAllocationLook(given, true).kind).toBe(kind);
});

test('where a look costs no collection, the size of the heap does not matter', () => {
  expect(judgeAllocationLook({ ...large, heapUsedBytes: 2000 * MB }, false)).toEqual({ kind: 'look' });
});
