import { expect, test } from 'vitest';
import { createGovernor, reduceGovernor, takeNotice } from '../../src/collectors/governor.ts';
import type { Governor } from '../../src/collectors/governor.ts';

const spend = (
  governor: Governor,
  atMs: number,
  mainThreadMs: number,
  what = 'asking for stacks',
): Governor =>
  reduceGovernor(governor, {
    kind: 'own-cost',
    atMs,
    windowMs: 1000,
    mainThreadMs,
    longestPauseMs: 1,
    what,
  });
/** Each second so much, from the first to the last. */
const spendEach = (governor: Governor, ms: number, fromS: number, toS: number): Governor => {
  let spending = governor;
  for (let second = fromS; second <= toS; second++) spending = spend(spending, second * 1000, ms);
  return spending;
};

test('what costs 1 % of the time is never held back at 2 %', () => {
  expect(spendEach(createGovernor(0.02), 10, 1, 300).isHeldBack).toBe(false);
});

test('a dear start alone is not held back', () => {
  expect(spend(createGovernor(0.02), 0, 250).isHeldBack).toBe(false);
});

test('it is held back before 2 % of a minute are spent, and not any more once it has become cheap', () => {
  const dear = spendEach(createGovernor(0.02), 30, 1, 30);
  expect(dear).toMatchObject({ isHeldBack: true, spentMs: 900 });
  const cheaper = spendEach(dear, 5, 31, 60);
  expect(cheaper.isHeldBack).toBe(true);
  expect(spendEach(cheaper, 5, 61, 80).isHeldBack).toBe(false);
});

test('costs that come in quick succession are summed up', () => {
  let governor = createGovernor(0.02);
  for (let i = 0; i < 1000; i++) governor = spend(governor, i * 10, 0.1);
  expect(governor.spentMs).toBeCloseTo(100);
  expect(governor.spent.length).toBeLessThanOrEqual(20);
});

test('it says so at once, and again each half minute while it lasts', () => {
  expect(takeNotice(createGovernor(0.02), 0)).toBeNull();
  const held = spend(createGovernor(0.02), 1000, 960);
  const [notice, told] = takeNotice(held, 1000) ?? ['', held];
  expect(notice).toBe(
    'sampling is held back: watching took 960 ms of the main thread in the last minute, of 1.2 s at most',
  );
  expect(takeNotice(told, 20_000)).toBeNull();
  expect(takeNotice(told, 31_000)).not.toBeNull();
});

test('what a busy service costs the probe alone holds nothing back, and leaves a quarter for sampling', () => {
  let governor = createGovernor(0.02);
  for (let second = 1; second <= 60; second++) governor = spend(governor, second * 1000, 19, 'probe');
  expect(governor).toMatchObject({ isHeldBack: false, spentMs: 1140, deferrableMs: 0 });
  governor = spend(governor, 60_500, 250);
  expect(governor.isHeldBack).toBe(false);
  governor = spend(governor, 61_000, 60);
  expect(governor.isHeldBack).toBe(true);
});

test('where counting requests alone takes more than may be taken, it says that nothing is left to hold back', () => {
  let governor = createGovernor(0.001);
  for (let second = 1; second <= 20; second++) governor = spend(governor, second * 1000, 3, 'probe');
  expect(takeNotice(governor, 20_000)).toBeNull();
  governor = spend(governor, 21_000, 3, 'probe');
  expect(governor.isHeldBack).toBe(false);
  expect(takeNotice(governor, 21_000)?.[0]).toBe(
    'nothing is left to hold back: watching took 63 ms of the main thread in the last minute, of 60 ms at most',
  );
});
