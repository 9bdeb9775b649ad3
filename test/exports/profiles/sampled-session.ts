/** Profiles of services as they come: any stacks, rest, the collector, our own work, gaps between two profiles. */
import fc from 'fast-check';
import { selectSpanProfile } from '../../../src/model/span-profile.ts';
import type { SpanStack } from '../../../src/model/span-profile.ts';
import type { CpuProfileEvent } from '../../../src/model/timeline-event.ts';
import { profileAt } from '../../model/profile-text.ts';

/** A service whose `derivePassword` takes three quarters of its time. */
export const HASHING: readonly CpuProfileEvent[] = [
  profileAt(
    1000,
    'handler>derivePassword>pbkdf2Sync@node:internal/crypto/pbkdf2>run@ 600ms',
    'handler>derivePassword:14 150ms',
    '(garbage collector) 50ms',
    'handler>render:3 100ms',
    '(idle) 100ms',
  ),
];

const name = fc.constantFrom('handler', 'derive;Password', 'render "quoted"', '日本', '(anonymous)', 'a\\b');
const stack = fc.oneof(
  { weight: 6, arbitrary: fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('>')) },
  { weight: 1, arbitrary: fc.constantFrom('(idle)', '(program)', '(garbage collector)', '(loopscope)') },
);
const line = fc.tuple(stack, fc.integer({ min: 1, max: 200 })).map(([path, ms]) => `${path} ${ms}ms`);

/** One to four profiles, each beginning where the one before ended or up to a second later. */
export const anyProfiles: fc.Arbitrary<readonly CpuProfileEvent[]> = fc
  .array(fc.tuple(fc.array(line, { minLength: 1, maxLength: 12 }), fc.constantFrom(0, 0, 1000)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((windows) => {
    const profiles: CpuProfileEvent[] = [];
    for (const [lines, gapMs] of windows) {
      profiles.push(profileAt((profiles.at(-1)?.endMs ?? 5000) + gapMs, ...lines));
    }
    return profiles;
  });

/** What the service did, as everything else in loopscope sees it. */
export function stacksOf(profiles: readonly CpuProfileEvent[]): readonly SpanStack[] {
  return selectSpanProfile(profiles, -Infinity, Infinity).stacks;
}

export function sampledMsOf(profiles: readonly CpuProfileEvent[]): number {
  return selectSpanProfile(profiles, -Infinity, Infinity).sampledMs;
}
