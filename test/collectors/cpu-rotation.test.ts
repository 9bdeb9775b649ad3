import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCpuRotation } from '../../src/collectors/cpu-rotation.ts';
import type { CpuRotation } from '../../src/collectors/cpu-rotation.ts';
import type { CallFailure, InspectorSession } from '../../src/inspector/session.ts';
import { fail, ok } from '../../src/shared/result.ts';
import type { Result } from '../../src/shared/result.ts';

type Fault = 'throws' | 'is lost' | 'brings nothing';

/** A service with a profiler whose next commands go wrong as the test says; a real one does so once in hours. */
class FaultyService {
  readonly faults: Fault[] = [];
  readonly running = new Set<string>();
  readonly calls: string[] = [];
  readonly expressions: string[] = [];
  #hear: (params: never) => void = () => {};

  readonly session: InspectorSession = {
    call: (method) => {
      this.calls.push(method);
      if (method === 'Profiler.disable') this.running.clear();
      return Promise.resolve(ok({} as never));
    },
    evaluate: (expression) => this.#evaluate(expression),
    on: (_event, listener) => {
      this.#hear = listener;
      return () => {};
    },
    onClosed: () => () => {},
    closed: false,
    close: () => {},
  };

  #evaluate(expression: string): Promise<Result<never, CallFailure>> {
    if (expression === '0') return Promise.resolve(ok(0 as never));
    this.expressions.push(expression);
    const fault = expression.includes('profileEnd') ? this.faults.shift() : undefined;
    if (fault === 'throws')
      return Promise.resolve(fail({ kind: 'exception', description: 'RangeError: Maximum call stack size' }));
    if (fault === 'is lost') return new Promise(() => {});
    for (const [, command, title = ''] of expression.matchAll(/(profile|profileEnd)\("([^"]+)"\)/g)) {
      if (command === 'profile') this.running.add(title);
      else if (this.running.delete(title) && fault !== 'brings nothing')
        this.#hear({ title, profile: { nodes: [], startTime: 0, endTime: 0, samples: [] } } as never);
    }
    return Promise.resolve(ok([0, 1] as never));
  }
}

let service: FaultyService;
let profiles: number;
let failures: string[];
let rotation: CpuRotation;

beforeEach(async () => {
  vi.useFakeTimers();
  service = new FaultyService();
  profiles = 0;
  failures = [];
  const clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  rotation = createCpuRotation(service.session, clock, 'test:', 10_000, {
    onProfile: () => profiles++,
    onPause: () => {},
    onFailure: (reason) => failures.push(reason),
  });
  await rotation.start();
});

afterEach(async () => {
  const stopped = rotation.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  await stopped;
  vi.useRealTimers();
});

it('profiles follow each other, and one is running at any time', async () => {
  await vi.advanceTimersByTimeAsync(26_000);
  expect(profiles).toBe(5);
  expect(service.running.size).toBe(1);
  expect(failures).toEqual([]);
});

it('a cut that throws loses nothing: the next one ends what it should have ended', async () => {
  service.faults.push('throws', 'throws');
  await vi.advanceTimersByTimeAsync(8_000);
  expect(profiles).toBe(1);
  expect(service.running.size).toBe(1);
  expect(failures).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(profiles).toBe(2);
});

it.each([
  ['throws again and again', ['throws', 'throws', 'throws', 'throws', 'throws'], 'Maximum call stack'],
  ['gets no answer where later questions get theirs', ['is lost'], 'nothing for 10.0 s'],
  ['brings no profile', ['brings nothing'], 'did not hand over'],
] as const)('a cut that %s is said, and the profiler is started again', async (_what, faults, reason) => {
  service.faults.push(...faults);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(failures).toEqual([expect.stringContaining(reason)]);
  expect(service.calls.filter((method) => method === 'Profiler.enable')).toHaveLength(2);
  expect(profiles).toBeGreaterThanOrEqual(2);
  expect(service.running.size).toBe(1);
});

it('a collection that is due comes before the first profile, not while V8 holds its lock', async () => {
  await vi.advanceTimersByTimeAsync(6_000);
  const linesBefore = service.expressions.map(
    (expression) => expression.slice(0, expression.indexOf('profile("')).split('\n').length,
  );
  // What V8 keeps for a line takes 8 bytes, and from 128 KB on an object has pages of its own.
  expect(linesBefore[0]).toBeGreaterThan((128 * 1024) / 8);
  expect(linesBefore[1]).toBeLessThan(100);
});
