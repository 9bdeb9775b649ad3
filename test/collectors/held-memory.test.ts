import { expect, test } from 'vitest';
import { createHeldMemory } from '../../src/collectors/held-memory.ts';
import type { MemoryReading } from '../../src/probes/probe-reading.ts';

const MB = 1e6;
const SCAVENGE = 1;
const reading = (heapMb: number, youngMb: number, externalMb = 1): MemoryReading => ({
  heapUsedBytes: heapMb * MB,
  heapTotalBytes: 0,
  heapLimitBytes: 0,
  externalBytes: externalMb * MB,
  arrayBuffersBytes: 0,
  mallocedBytes: 0,
  liveAfterGcBytes: null,
  spaces: [
    { name: 'new_space', usedBytes: youngMb * MB, committedBytes: 0 },
    { name: 'old_space', usedBytes: (heapMb - youngMb) * MB, committedBytes: 0 },
  ],
});

test('the young generation is left out of what is held once it was collected twice', () => {
  const held = createHeldMemory();
  held.read(reading(40, 4));
  held.collected(SCAVENGE);
  held.collected(SCAVENGE);
  held.read(reading(50, 13));
  expect(held.figures().gainedBytes).toBe(1 * MB);
});

test('what was allocated counts while nothing was collected, and so does what lies outside of the heap', () => {
  const held = createHeldMemory();
  held.read(reading(40, 4));
  held.read(reading(42, 6, 4));
  expect(held.figures().gainedBytes).toBe(5 * MB);
});

test('a look begins anew, and the second tells what lives more than after the first', () => {
  const held = createHeldMemory();
  held.read(reading(40, 4));
  held.looked();
  held.read(reading(20, 0));
  expect(held.figures()).toEqual({ gainedBytes: 0, liveBytes: 21 * MB, grownBytes: null });
  held.read(reading(25, 0));
  held.looked();
  held.read(reading(22, 0));
  expect(held.figures()).toEqual({ gainedBytes: 0, liveBytes: 23 * MB, grownBytes: 2 * MB });
});
