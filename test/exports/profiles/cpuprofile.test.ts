import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCpuProfile, type WireProfile } from '../../../src/exports/profiles/cpuprofile.ts';
import { mergeProfiles } from '../../../src/exports/profiles/merged-profile.ts';
import { parseCpuProfile } from '../../../src/collectors/cpu-samples.ts';
import { profileAt, profileFrom } from '../../model/profile-text.ts';
import { anyProfiles, HASHING } from './sampled-session.ts';

/** Milliseconds by function, each sample lasting until the next: as DevTools and speedscope read it. */
function selfTimes({ nodes, samples, timeDeltas }: WireProfile): Map<string, number> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  const times = new Map<string, number>();
  for (const [k, id] of samples.entries()) {
    const name = names.get(id) ?? `unknown node ${id}`;
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[k + 1] ?? 0) / 1000);
  }
  return times;
}

describe('the .cpuprofile', () => {
  it('gives every function the time that it had', () => {
    const profile = createCpuProfile(mergeProfiles(HASHING));
    expect(Object.fromEntries(selfTimes(profile))).toEqual({
      run: 600,
      derivePassword: 150,
      '(garbage collector)': 50,
      render: 100,
      '(idle)': 100,
    });
    expect([profile.startTime, profile.endTime]).toEqual([1_000_000, 2_000_000]);
  });

  it('has places as V8 has them: URLs, from 0, and the lines that were hit', () => {
    const { nodes } = createCpuProfile(mergeProfiles(HASHING));
    expect(nodes.find(({ callFrame }) => callFrame.functionName === 'derivePassword')).toMatchObject({
      callFrame: { url: 'file:///srv/app/derivePassword.js', lineNumber: 0, columnNumber: 0 },
      positionTicks: [{ line: 14, ticks: 15 }],
    });
    expect(nodes.find(({ callFrame }) => callFrame.functionName === 'run')?.callFrame).toMatchObject({
      url: '',
      lineNumber: -1,
    });
  });

  it('says where no profile ran, and takes it for nobody’s time', () => {
    const profiles = [profileAt(0, 'a 20ms'), profileAt(500, 'a 20ms')];
    expect(Object.fromEntries(selfTimes(createCpuProfile(mergeProfiles(profiles))))).toMatchObject({
      a: 40,
      '(not sampled)': 480,
    });
  });

  it('counts a long native call by its length: DevTools multiplies hits with one interval', () => {
    const profile = profileFrom('read@ 700ms', 'a 100ms');
    const oneSample = {
      ...profile,
      sampleNodes: [1, 2],
      sampleTimesMs: [700, 800],
      sampleWeightsMs: [700, 100],
    };
    const { nodes } = createCpuProfile(mergeProfiles([oneSample]));
    expect(nodes.map(({ hitCount }) => hitCount)).toEqual([0, 70, 10, 0]);
  });

  it('holds, for any profiles: each sample’s node is there, time goes forward, and none of it is lost', () => {
    fc.assert(
      fc.property(anyProfiles, (profiles) => {
        const profile = createCpuProfile(mergeProfiles(profiles));
        const ids = new Set(profile.nodes.map(({ id }) => id));
        expect(profile.samples.every((id) => ids.has(id))).toBe(true);
        expect(profile.timeDeltas.every((delta) => delta >= 0 && Number.isInteger(delta))).toBe(true);
        const lengthUs = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0);
        expect(lengthUs).toBe(profile.endTime - profile.startTime);
        const children = profile.nodes.flatMap((node) => node.children);
        expect(new Set(children).size).toBe(profile.nodes.length - 1);
        expect(children).toHaveLength(profile.nodes.length - 1);
      }),
    );
  });

  it('is read back by loopscope’s own parser with the same totals', () => {
    fc.assert(
      fc.property(anyProfiles, (profiles) => {
        const wire = createCpuProfile(mergeProfiles(profiles));
        const { nodes } = parseCpuProfile(wire, 0);
        expect(nodes.map(({ place }) => place.functionName)).toHaveLength(wire.nodes.length);
        const merged = mergeProfiles(profiles);
        const seenMs = merged.samples.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
        const unseenMs = selfTimes(wire).get('(not sampled)') ?? 0;
        expect(seenMs + unseenMs).toBeCloseTo((wire.endTime - wire.startTime) / 1000, 2);
      }),
    );
  });
});
