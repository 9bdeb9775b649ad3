/**
 * The format of speedscope (https://www.speedscope.app/file-format-schema.json): every sample in the order of time
 * with its stack, so that all three of its views have what they show.
 *
 *   B under A from 0 to 10 ms, then idle for 5 ms -> samples [[A, B], []], weights [10, 5]
 *
 * Idle time, our own work and time in which nobody looked are samples without a stack: the axis stays true, and the
 * totals are the service's work. The collector stands on the stack that ran before it, as everywhere in loopscope.
 */
import { frameKey, GARBAGE_COLLECTOR_FUNCTION, isOverheadFrame } from '../../model/code-frame.ts';
import type { CodeFrame } from '../../model/timeline-event.ts';
import type { MergedProfile } from './merged-profile.ts';

export interface SpeedscopeFile {
  readonly $schema: string;
  readonly shared: {
    readonly frames: readonly {
      readonly name: string;
      readonly file?: string;
      readonly line?: number;
      readonly col?: number;
    }[];
  };
  readonly profiles: readonly {
    readonly type: 'sampled';
    readonly name: string;
    readonly unit: 'milliseconds';
    readonly startValue: number;
    readonly endValue: number;
    /** Outermost first. */
    readonly samples: readonly (readonly number[])[];
    readonly weights: readonly number[];
  }[];
  readonly name: string;
  readonly activeProfileIndex: 0;
  readonly exporter: string;
}

/**
 * @param name of the service, shown as the title
 * @param exporter this program with its version
 */
export function createSpeedscopeFile(merged: MergedProfile, name: string, exporter: string): SpeedscopeFile {
  const { nodes, startMs, endMs } = merged;
  const frames: CodeFrame[] = [];
  const known = new Map<string, number>();
  const frameIndex = (frame: CodeFrame): number => {
    const key = frameKey(frame);
    const index = known.get(key) ?? frames.push(frame) - 1;
    known.set(key, index);
    return index;
  };
  // Callers come first: a stack is the caller's stack and one more.
  const stacks: (readonly number[])[] = [];
  for (const { frame, parent } of nodes) {
    const isEmpty = parent === -1 || isOverheadFrame(frame);
    stacks.push(isEmpty ? [] : [...(stacks[parent] ?? []), frameIndex(frame)]);
  }

  const samples: (readonly number[])[] = [];
  const weights: number[] = [];
  const add = (stack: readonly number[], ms: number): void => {
    if (ms <= 0) return;
    samples.push(stack);
    weights.push(ms);
  };
  let seenMs = startMs;
  let working: readonly number[] = [];
  for (const sample of merged.samples) {
    const frame = nodes[sample.node]?.frame;
    const stack = stacks[sample.node] ?? [];
    add([], sample.startMs - seenMs);
    add(
      frame?.function === GARBAGE_COLLECTOR_FUNCTION ? [...working, ...stack] : stack,
      sample.endMs - sample.startMs,
    );
    if (frame?.origin !== 'meta') working = stack;
    seenMs = sample.endMs;
  }
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    shared: { frames: frames.map(frameOf) },
    profiles: [
      {
        type: 'sampled',
        name,
        unit: 'milliseconds',
        startValue: 0,
        endValue: endMs - startMs,
        samples,
        weights,
      },
    ],
    name,
    activeProfileIndex: 0,
    exporter,
  };
}

function frameOf({
  function: name,
  file,
  line,
  column,
}: CodeFrame): SpeedscopeFile['shared']['frames'][number] {
  return {
    name,
    ...(file === '' ? {} : { file }),
    ...(line > 0 ? { line } : {}),
    ...(column > 0 ? { col: column } : {}),
  };
}
