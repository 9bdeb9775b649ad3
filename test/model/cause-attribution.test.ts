import { describe, expect, it } from 'vitest';
import { attributeSpans, attributeStack } from '../../src/model/cause-attribution.ts';
import { formatFrame, placeOf } from '../../src/model/code-frame.ts';
import type { CodeFrame, CpuProfileEvent } from '../../src/model/timeline-event.ts';
import { profileAt, profileFrom } from './profile-text.ts';

describe('spans', () => {
  it('are grouped by culprit over all of them, the strongest first', () => {
    const profiles = [
      profileFrom('(idle) 100ms', 'a>derive>run@ 200ms', '(idle) 100ms'),
      profileAt(400, 'b>derive>run@ 100ms', 'a>render 50ms', '(idle) 50ms'),
    ];
    const found = attributeSpans(profiles, [
      { startMs: 100, endMs: 300 },
      { startMs: 400, endMs: 550 },
    ]);
    expect(
      found.map(({ frame, totalMs, selfMs, sampledMs }) => [frame?.function, totalMs, selfMs, sampledMs]),
    ).toEqual([
      ['derive', 300, 0, 350],
      ['render', 50, 50, 350],
    ]);
    expect(found[0]?.share).toBeCloseTo(300 / 350);
    expect(found[0]?.stack.map(formatFrame)).toEqual(['derive /srv/app/derive.js:1', 'a /srv/app/a.js:1']);
    expect(found[0]?.via.map((frame) => frame.function)).toEqual(['run']);
  });

  it('name the function of Node that was asked for, also where V8 has inlined it most of the time', () => {
    const profile = profileFrom(
      'a>derive>run@ 200ms',
      'a>derive>pbkdf2Sync@node:internal/crypto/pbkdf2>run@ 50ms',
    );
    const [found] = attributeSpans([profile], [{ startMs: 0, endMs: 250 }]);
    expect(found?.via.map((frame) => frame.function)).toEqual(['run', 'pbkdf2Sync']);
  });

  it("are exact where V8 was asked for most of the culprit's stacks", () => {
    const profile = { ...profileFrom('a>derive 200ms', 'a>render 50ms'), exactNodes: [2] };
    const found = attributeSpans([profile], [{ startMs: 0, endMs: 250 }]);
    expect(found.map(({ certainty }) => certainty)).toEqual(['exact', 'statistical']);
  });

  it('take nothing from what ran before and after', () => {
    const profile = profileFrom('before 50ms', 'blocker 45ms', 'after 55ms');
    const found = attributeSpans([profile], [{ startMs: 50, endMs: 95 }]);
    expect(found.map(({ frame, totalMs }) => [frame?.function, totalMs])).toEqual([['blocker', 45]]);
  });

  it('give a gap to the sample that ends it', () => {
    const profile: CpuProfileEvent = {
      ...profileFrom('quick 10ms', 'read 10ms', '(idle) 10ms'),
      endMs: 760,
      sampleTimesMs: [10, 750, 760],
      sampleWeightsMs: [10, 740, 10],
    };
    expect(
      attributeSpans([profile], [{ startMs: 5, endMs: 750 }]).map(({ frame, totalMs }) => [
        frame?.function,
        totalMs,
      ]),
    ).toEqual([
      ['read', 740],
      ['quick', 5],
    ]);
    // The span's end was not seen by a sample: the loop slept when the next one came.
    const cut = attributeSpans([profile], [{ startMs: 5, endMs: 755 }]);
    expect(cut[0]).toMatchObject({ totalMs: 745 });
  });

  it('that no profile covers have no culprit', () => {
    expect(attributeSpans([profileFrom('a 100ms')], [{ startMs: 500, endMs: 600 }])).toEqual([]);
  });

  it('without code of the application are still told by cause', () => {
    const [only] = attributeSpans([profileFrom('(garbage collector) 100ms')], [{ startMs: 0, endMs: 100 }]);
    expect(only).toMatchObject({ cause: 'gc', frame: null, share: 1, stack: [] });
  });

  it('are certain only as far as V8 told all functions', () => {
    const profile = profileFrom('handler>outer 60ms', 'handler>clear 40ms');
    const doubtful = { ...profile, mayHideInlined: [2] };
    const found = attributeSpans([doubtful], [{ startMs: 0, endMs: 100 }]);
    expect(found.map(({ frame, certainty }) => [frame?.function, certainty])).toEqual([
      ['outer', 'caller'],
      ['clear', 'statistical'],
    ]);
  });
});

describe('a callback without a name', () => {
  const callback = (within: string): CpuProfileEvent => {
    const profile = profileFrom('handler>sortRows>(anonymous)@/srv/app/sortRows.js:7 100ms');
    const frames = profile.frames.map((frame) =>
      frame.function === '(anonymous)' ? { ...frame, within } : frame,
    );
    return { ...profile, frames };
  };
  const span = [{ startMs: 0, endMs: 100 }];

  it('stands for the function it is written in', () => {
    const [strongest] = attributeSpans([callback('sortRows')], span);
    expect(strongest).toMatchObject({ frame: { function: 'sortRows' }, hotLine: 7, selfMs: 100 });
  });

  it('stands for itself when that function is not on the stack', () => {
    const [strongest] = attributeSpans([callback('schedule')], span);
    expect(strongest).toMatchObject({ frame: { function: '(anonymous)' }, hotLine: 7 });
  });
});

it('a stack that was taken while the loop was blocked is exact', () => {
  const frame = (name: string, url: string, line: number): CodeFrame => ({
    function: name,
    line,
    column: line === 0 ? 0 : 5,
    ...placeOf(url),
  });
  const stack = [
    frame('RegExp.test', '', 0),
    frame('validate', '/srv/app/validate.js', 12),
    frame('handler', '/srv/app/routes.js', 40),
  ];
  const found = attributeStack(stack);
  expect(found).toMatchObject({
    cause: 'regexp',
    frame: { function: 'validate', line: 12 },
    certainty: 'exact',
  });
  expect(found.via).toEqual([stack[0]]);
  expect(attributeStack([frame('Array.sort', '', 0), ...stack.slice(1)]).cause).toBe('cpu');
  expect(attributeStack([frame('Atomics.wait', '', 0), ...stack.slice(1)]).cause).toBe('native');
  expect(attributeStack([])).toMatchObject({ cause: 'cpu', frame: null });
});
