import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { describe, expect, it } from 'vitest';
import { formatCollapsedStacks } from '../../../src/exports/profiles/collapsed.ts';
import { encodePprof } from '../../../src/exports/profiles/pprof.ts';
import { profileFrom } from '../../model/profile-text.ts';
import { anyProfiles, HASHING, sampledMsOf, stacksOf } from './sampled-session.ts';

const DETAILS = {
  startedAtWallMs: Date.UTC(2026, 0, 31, 10),
  durationMs: 1000,
  samplingIntervalUs: 10_000,
  comments: ['loopscope 0.1.0'],
};

/** Each sample as `function:line < caller:line`, its count of intervals and its nanoseconds. */
function decoded(bytes: Uint8Array): readonly (readonly [string, number, number])[] {
  const profile = Profile.decode(bytes);
  const { strings } = profile.stringTable;
  const functions = new Map(profile.function.map((entry) => [Number(entry.id), strings[Number(entry.name)]]));
  const locations = new Map(
    profile.location.map(({ id, line: [line] }) => [
      Number(id),
      `${functions.get(Number(line?.functionId))}:${line?.line ?? 0}`,
    ]),
  );
  return profile.sample.map(({ locationId, value: [count, ns] }) => [
    locationId.map((id) => locations.get(Number(id)) ?? 'unknown').join(' < '),
    Number(count),
    Number(ns),
  ]);
}

describe('pprof', () => {
  it('is read by its own library: stacks, lines that were hit, and nanoseconds', () => {
    expect(decoded(encodePprof(stacksOf(HASHING), DETAILS))).toEqual([
      ['run:0 < pbkdf2Sync:1 < derivePassword:1 < handler:1', 60, 600_000_000],
      ['derivePassword:14 < handler:1', 15, 150_000_000],
      ['(garbage collector):0 < derivePassword:1 < handler:1', 5, 50_000_000],
      ['render:3 < handler:1', 10, 100_000_000],
    ]);
  });

  it('says when, for how long, how often, and from where', () => {
    const profile = Profile.decode(encodePprof(stacksOf(HASHING), DETAILS));
    const { strings } = profile.stringTable;
    const text = (index: number | bigint | undefined): string | undefined => strings[Number(index)];
    expect(BigInt(profile.timeNanos)).toBe(BigInt(DETAILS.startedAtWallMs) * 1_000_000n);
    expect(Number(profile.durationNanos)).toBe(1e9);
    expect(Number(profile.period)).toBe(10_000_000);
    expect(profile.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ]);
    expect(text(profile.periodType?.type)).toBe('cpu');
    expect(profile.comment.map(text)).toEqual(['loopscope 0.1.0']);
  });

  it('splits a stack by the lines that were hit, to the nanosecond', () => {
    const samples = decoded(encodePprof(stacksOf([profileFrom('f:7 70ms', 'f:3 30ms')]), DETAILS));
    expect(samples).toEqual([
      ['f:7', 7, 70_000_000],
      ['f:3', 3, 30_000_000],
    ]);
  });

  it('holds, for any profiles: every stack has frames, every frame a function, and the nanoseconds add up', () => {
    fc.assert(
      fc.property(anyProfiles, (profiles) => {
        const samples = decoded(encodePprof(stacksOf(profiles), DETAILS));
        expect(samples.every(([stack]) => stack !== '' && !/unknown|undefined/.test(stack))).toBe(true);
        const ns = samples.reduce((sum, [, , value]) => sum + value, 0);
        expect(ns / 1e6).toBeCloseTo(sampledMsOf(profiles), 3);
      }),
    );
  });
});

describe('collapsed stacks', () => {
  it('are lines of frames from the outermost, and microseconds, heaviest first', () => {
    expect(formatCollapsedStacks(stacksOf(HASHING))).toBe(
      [
        'handler (/srv/app/handler.js:1);derivePassword (/srv/app/derivePassword.js:1);pbkdf2Sync (node:internal/crypto/pbkdf2:1);run 600000',
        'handler (/srv/app/handler.js:1);derivePassword (/srv/app/derivePassword.js:1) 150000',
        'handler (/srv/app/handler.js:1);render (/srv/app/render.js:1) 100000',
        'handler (/srv/app/handler.js:1);derivePassword (/srv/app/derivePassword.js:1);(garbage collector) 50000',
        '',
      ].join('\n'),
    );
  });

  it('hold, for any profiles: a line for each stack, no frame that is two, and the sum of the work', () => {
    fc.assert(
      fc.property(anyProfiles, (profiles) => {
        const lines = formatCollapsedStacks(stacksOf(profiles)).split('\n').slice(0, -1);
        const stacks = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
        expect(new Set(stacks).size).toBe(stacks.length);
        expect(stacks.flatMap((stack) => stack.split(';')).every((frame) => frame !== '')).toBe(true);
        const us = lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
        expect(us / 1000).toBeCloseTo(sampledMsOf(profiles), 1);
      }),
    );
  });
});
