/**
 * Where a busy worker thread spends its time, from stacks that were taken by asking.
 *
 *   burn < handle, burn < handle, nothing, parse < handle -> burn 0.5, parse 0.25
 */
import { frameKey, isApplicationFrame, OWN_FRAME } from '../model/code-frame.ts';
import type { CodeFrame, ThreadsEvent } from '../model/timeline-event.ts';
import type { ExactStack } from './cpu-stacks.ts';
import type { SourceLocator } from './source-locator.ts';

type Hottest = ThreadsEvent['threads'][number]['hottest'];

/** A worker does one kind of work; the rest is chance. */
const MOST_PLACES = 3;

/**
 * Groups stacks by their innermost function of the application.
 * @param everyMs between two questions: an answer that a native call held back for longer stands for several
 */
export async function hottestOf(
  stacks: readonly ExactStack[],
  locator: SourceLocator,
  everyMs: number,
): Promise<Hottest> {
  const groups = new Map<string, { readonly stack: readonly CodeFrame[]; weight: number }>();
  let total = 0;
  for (const { places, waitedMs } of stacks) {
    const weight = Math.max(1, waitedMs / everyMs);
    total += weight;
    const frames: CodeFrame[] = [];
    for (const place of places) frames.push(await locator.locate(place));
    const stack = innermostOfApplication(frames.filter((frame) => frame !== OWN_FRAME));
    const [first] = stack;
    if (first === undefined) continue;
    const group = groups.get(frameKey(first)) ?? { stack, weight: 0 };
    group.weight += weight;
    groups.set(frameKey(first), group);
  }
  return [...groups.values()]
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MOST_PLACES)
    .map(({ stack, weight }) => ({ stack, share: weight / total }));
}

function innermostOfApplication(frames: readonly CodeFrame[]): readonly CodeFrame[] {
  const index = frames.findIndex(isApplicationFrame);
  return index === -1 ? [] : frames.slice(index);
}
