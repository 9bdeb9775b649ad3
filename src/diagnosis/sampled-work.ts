/** What samples of whose work runs have in common: the functions they were in. */
import { frameKey } from '../model/code-frame.ts';
import type { Culprit } from '../model/finding.ts';
import type { CodeFrame, ContextSamplesEvent } from '../model/timeline-event.ts';
import { applicationFrame, culpritOf } from './culprit.ts';

export type ContextSample = ContextSamplesEvent['samples'][number];

export interface SampledFunction {
  readonly frame: CodeFrame;
  readonly samples: readonly ContextSample[];
}

/** A share of 10% among 40 samples is known to within 5 points (one standard deviation). */
export const FEWEST_SAMPLES = 40;
const MOST_CULPRITS = 3;

/** A share is at least this with a certainty of 95% (one-sided). */
const CERTAIN_Z = 1.645;

/** What `count` of `all` samples prove of the share behind them, 0 to 1: the lower bound of Wilson (1927). */
export function leastShare(count: number, all: number): number {
  if (all === 0) return 0;
  const share = count / all;
  const square = CERTAIN_Z ** 2;
  const spread = CERTAIN_Z * Math.sqrt((share * (1 - share)) / all + square / (4 * all ** 2));
  return (share + square / (2 * all) - spread) / (1 + square / all);
}

/** Functions of the application that the samples were in, most first. */
export function functionsOf(samples: readonly ContextSample[]): readonly SampledFunction[] {
  const withFrame = samples.filter((sample) => applicationFrame(sample.stack) !== null);
  const groups = groupBy(withFrame, (sample) =>
    frameKey({ ...(applicationFrame(sample.stack) as CodeFrame), line: 0, column: 0 }),
  );
  return [...groups.values()]
    .toSorted((a, b) => b.length - a.length)
    .map((group) => ({ frame: applicationFrame(group[0]?.stack ?? []) as CodeFrame, samples: group }));
}

/** The strongest of the functions, with their shares of `loopMs`, the loop time of all `count` samples. */
export function sampledCulprits(
  functions: readonly SampledFunction[],
  count: number,
  loopMs: number,
): readonly Culprit[] {
  return functions.slice(0, MOST_CULPRITS).map(({ frame, samples }) => {
    const share = samples.length / count;
    const stack = samples[0]?.stack ?? [];
    return culpritOf(frame, stack.slice(Math.max(0, stack.indexOf(frame))), {
      share,
      selfMs: 0,
      totalMs: loopMs * share,
      certainty: 'exact',
    });
  });
}

export function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
