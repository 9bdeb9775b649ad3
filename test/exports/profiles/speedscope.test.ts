import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeProfiles } from '../../../src/exports/profiles/merged-profile.ts';
import { createSpeedscopeFile, type SpeedscopeFile } from '../../../src/exports/profiles/speedscope.ts';
import type { CpuProfileEvent } from '../../../src/model/timeline-event.ts';
import { profileAt } from '../../model/profile-text.ts';
import { anyProfiles, HASHING, sampledMsOf } from './sampled-session.ts';

const fileOf = (profiles: readonly CpuProfileEvent[]): SpeedscopeFile =>
  createSpeedscopeFile(mergeProfiles(profiles), 'server.js', 'loopscope 0.1.0');

/** The samples with the names of their frames, outermost first. */
function namedSamples({ shared, profiles }: SpeedscopeFile): readonly (readonly [string, number])[] {
  const [profile] = profiles;
  return (profile?.samples ?? []).map((stack, k) => [
    stack.map((index) => shared.frames[index]?.name).join('>'),
    profile?.weights[k] ?? 0,
  ]);
}

describe('the speedscope file', () => {
  it('has the samples in the order of time, rest without a stack, the collector on what ran before it', () => {
    const joined = namedSamples(fileOf(HASHING)).reduce<[string, number][]>((runs, [stack, ms]) => {
      const last = runs.at(-1);
      if (last?.[0] === stack) last[1] += ms;
      else runs.push([stack, ms]);
      return runs;
    }, []);
    expect(joined).toEqual([
      ['handler>derivePassword>pbkdf2Sync>run', 600],
      ['handler>derivePassword', 150],
      ['handler>derivePassword>(garbage collector)', 50],
      ['handler>render', 100],
      ['', 100],
    ]);
  });

  it('has each function once, with its place', () => {
    const { frames } = fileOf([...HASHING, profileAt(2000, 'handler>render 10ms')]).shared;
    expect(frames).toEqual([
      { name: 'handler', file: '/srv/app/handler.js', line: 1, col: 1 },
      { name: 'derivePassword', file: '/srv/app/derivePassword.js', line: 1, col: 1 },
      { name: 'pbkdf2Sync', file: 'node:internal/crypto/pbkdf2', line: 1, col: 1 },
      { name: 'run' },
      { name: '(garbage collector)' },
      { name: 'render', file: '/srv/app/render.js', line: 1, col: 1 },
    ]);
  });

  it('has only what its own schema knows, and all that it requires', () => {
    const release = join(
      dirname(createRequire(import.meta.url).resolve('speedscope/package.json')),
      'dist/release',
    );
    const schema = JSON.parse(readFileSync(join(release, 'file-format-schema.json'), 'utf8'));
    const file = fileOf(HASHING);
    const { definitions } = schema;
    const check = (value: object, definition: { properties: object; required: string[] }): void => {
      expect(Object.keys(definition.properties)).toEqual(expect.arrayContaining(Object.keys(value)));
      expect(Object.keys(value)).toEqual(expect.arrayContaining(definition.required));
    };
    check(file, definitions['FileFormat.File']);
    for (const profile of file.profiles) check(profile, definitions['FileFormat.SampledProfile']);
    for (const frame of file.shared.frames) check(frame, definitions['FileFormat.Frame']);
  });

  it('holds, for any profiles: weights fill the time, and those with a stack are the service’s work', () => {
    fc.assert(
      fc.property(anyProfiles, (profiles) => {
        const { samples, weights, endValue } = fileOf(profiles)
          .profiles[0] as SpeedscopeFile['profiles'][number];
        expect(samples).toHaveLength(weights.length);
        expect(weights.every((weight) => weight > 0)).toBe(true);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(endValue, 6);
        const workMs = weights.reduce((sum, weight, k) => sum + (samples[k]?.length === 0 ? 0 : weight), 0);
        expect(workMs).toBeCloseTo(sampledMsOf(profiles), 6);
      }),
    );
  });
});
