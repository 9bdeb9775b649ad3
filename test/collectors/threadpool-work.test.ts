import { expect, test } from 'vitest';
import { reduceTrace, selectFilledBy } from '../../src/collectors/threadpool-work.ts';

const begin = (name: string, tid: number, ms: number) => ({ ph: 'B', name, tid, ts: ms * 1000 });
const end = (name: string, tid: number, ms: number) => ({ ph: 'E', name, tid, ts: ms * 1000 });

test('time is counted by kind of work, thread by thread', () => {
  const events = [begin('crypto', 1, 0), begin('zlib', 2, 10), end('zlib', 2, 40), end('crypto', 1, 100)];
  expect(reduceTrace(events)).toEqual(
    new Map([
      ['zlib', 30],
      ['crypto', 100],
    ]),
  );
});

test('work that had begun before the trace, and work that goes on after it, counts for its part', () => {
  const events = [begin('zlib', 2, 0), end('crypto', 1, 60), begin('crypto', 1, 70), end('zlib', 2, 100)];
  expect(reduceTrace(events)).toEqual(
    new Map([
      ['crypto', 60 + 30],
      ['zlib', 100],
    ]),
  );
});

test('anything else in the trace is passed over', () => {
  expect(reduceTrace([{ ph: 'M', name: 'thread_name', ts: 3 }, { name: 'no phase', ts: 1 }, {}])).toEqual(
    new Map(),
  );
});

test('what the trace does not fill belongs to outstanding files and look-ups', () => {
  expect(selectFilledBy({ fs: 3, dns: 1 }, new Map([['crypto', 600]]), 1000)).toEqual([
    { work: 'crypto', share: 0.6 },
    { work: 'fs', share: expect.closeTo(0.3) },
    { work: 'dns', share: expect.closeTo(0.1) },
  ]);
});

test('shares never come to more than the pool', () => {
  const filledBy = selectFilledBy(
    { fs: 0, dns: 0 },
    new Map([
      ['crypto', 900],
      ['zlib', 900],
    ]),
    1000,
  );
  expect(filledBy).toEqual([
    { work: 'crypto', share: 0.9 },
    { work: 'zlib', share: expect.closeTo(0.1) },
  ]);
});
