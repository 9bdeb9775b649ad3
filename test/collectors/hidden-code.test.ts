import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildCpuProfile } from '../../src/collectors/cpu-profile.ts';
import { parseCpuProfile } from '../../src/collectors/cpu-samples.ts';
import type { WireCpuProfile } from '../../src/collectors/cpu-samples.ts';
import type { ExactStack } from '../../src/collectors/cpu-stacks.ts';
import { createSourceFunctions } from '../../src/collectors/source-functions.ts';
import { createSourceLocator } from '../../src/collectors/source-locator.ts';
import { createSourceMaps } from '../../src/collectors/source-maps.ts';
import { attributeSpans } from '../../src/model/cause-attribution.ts';

/**
 * What real services gave within a second, on Node 20.20: each blocks in a loop that V8 had optimised while it ran,
 * before the profiler came. The samples show who called the function.
 */
interface Window {
  readonly source: string;
  /** Milliseconds, as is all but the profile. */
  readonly stalls: readonly (readonly [startMs: number, endMs: number])[];
  readonly profile: WireCpuProfile;
  readonly stacks: readonly ExactStack[];
}

const WINDOWS = JSON.parse(readFileSync(new URL('hidden-code.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Window>
>;

it.each([
  ['blocks-in-a-timer', 'blockAlone', 'listOnTimeout'],
  // What the handler calls after its loop shows it, so that the profiler knows it at times.
  ['blocks-in-a-handler', 'blockHttp', 'emit'],
  ['blocks-in-a-microtask', 'blockMicro', undefined],
  ['reads-files-in-a-timer', 'blockFs', 'listOnTimeout'],
])('%s: the function is named although no sample shows it', async (name, culprit, caller) => {
  const { source, stalls, profile, stacks } = WINDOWS[name] as Window;
  const files = { read: (path: string) => Promise.resolve(path === `/${name}.cjs` ? source : null) };
  const functions = createSourceFunctions(files);
  const locator = createSourceLocator(files, createSourceMaps(files, '/'), functions);
  const event = await buildCpuProfile(
    parseCpuProfile(profile, 0),
    { functions, locator },
    { samplingIntervalUs: 10_000, hidesInlined: true, stacks },
  );

  const spans = stalls.map(([startMs, endMs]) => ({ startMs, endMs }));
  const [strongest] = attributeSpans([event], spans);
  expect(strongest?.frame).toMatchObject({ function: culprit, file: `/${name}.cjs` });
  expect(strongest?.stack[1]?.function).toBe(caller);
  expect(strongest?.share).toBeGreaterThan(0.7);
});
