import { expect, test } from 'vitest';
import { judgeAllocationLook } from '../../src/collectors/allocation-policy.ts';

const MB = 1e6;
const need = {
  nowMs: 100_000,
  heapUsedBytes: 12 * MB,
  looks: 0,
  liveBytes: 20 * MB,
  gainedBytes: 2 * MB,
  grownBytes: null,
  lastLookMs: 0,
  lastCostMs: null,
};
const large = { ...need, heapUsedBytes: 300 * MB, liveBytes: 200 * MB };
/** A look costs it more than 15 ms. */
const ordinary = { ...need, heapUsedBytes: 40 * MB, liveBytes: 40 * MB };
const looked = { ...need, looks: 6, lastCostMs: 30, grownBytes: 2 * MB };

test.each([
  ['a small heap that holds more is looked at', need, 'look'],
  ['a pause over 15 ms needs more of a reason', ordinary, 'wait'],
  ['what is called growth is one', { ...ordinary, gainedBytes: 4 * MB }, 'look'],
  ['to know whether that was garbage is another', { ...ordinary, looks: 1, lastCostMs: 44 }, 'look'],
  ['growth that was seen is one', { ...ordinary, looks: 2, lastCostMs: 44, grownBytes: MB }, 'look'],
  ['a heap that holds no more is left alone', { ...need, gainedBytes: 0.5 * MB }, 'wait'],
  ['not again before 50 times its cost', { ...need, lastCostMs: 90, lastLookMs: 95_600 }, 'wait'],
  ['a costly look is followed by a long rest', { ...need, lastCostMs: 1000, lastLookMs: 60_000 }, 'wait'],
  ['the first six looks are 3 s apart', { ...looked, looks: 5, lastLookMs: 96_500 }, 'look'],
  ['the later ones 20 s', { ...looked, lastLookMs: 85_000 }, 'wait'],
  ['what grows is looked at on', { ...looked, lastLookMs: 79_000 }, 'look'],
  ['what was garbage is left alone for a minute', { ...looked, grownBytes: 0, lastLookMs: 50_000 }, 'wait'],
  ['and is looked at again then', { ...looked, lastCostMs: 13, grownBytes: 0, lastLookMs: 39_000 }, 'look'],
  ['a large heap that holds little more is left alone', large, 'wait'],
  ['a large heap that grows is looked at', { ...large, gainedBytes: 40 * MB }, 'look'],
  [
    'a huge heap is left alone even as it grows',
    { ...large, heapUsedBytes: 900 * MB, gainedBytes: 200 * MB },
    'too-large',
  ],
])('%s', (_, given, kind) => {
  expect(judgeAllocationLook(given, true).kind).toBe(kind);
});

test('where a look costs no collection, the size of the heap does not matter', () => {
  expect(judgeAllocationLook({ ...large, heapUsedBytes: 2000 * MB, gainedBytes: 0 }, false)).toEqual({
    kind: 'look',
  });
});
