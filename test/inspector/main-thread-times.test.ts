import { expect, it } from 'vitest';
import { parseSchedstat, readMainThreadTimes } from '../../src/inspector/main-thread-times.ts';

it('tells running from waiting for a CPU', () => {
  expect(parseSchedstat('8123456789 412000000 900\n')).toEqual({ cpuMs: 8123.456789, waitMs: 412 });
  expect(parseSchedstat('')).toBeNull();
});

it('reads the books of a living process, and none of one that is not there', () => {
  expect(readMainThreadTimes(process.pid)?.cpuMs).toBeGreaterThan(0);
  expect(readMainThreadTimes(2 ** 30)).toBeNull();
});
