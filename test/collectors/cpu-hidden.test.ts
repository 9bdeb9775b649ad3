import { describe, expect, it } from 'vitest';
import { uncoverHidden } from '../../src/collectors/cpu-hidden.ts';
import type { UncoveredSamples } from '../../src/collectors/cpu-hidden.ts';
import { samplesFromStacks } from '../../src/collectors/cpu-stack-profile.ts';
import type { FramedStack, StackFrame } from '../../src/collectors/cpu-stack-frames.ts';

const FILE = '/srv/app.js';
/** Functions of the service under test, by the line they begin on. */
const LINES: Readonly<Record<string, number>> = { handler: 10, spin: 20, render: 30 };

function frame(name: string): StackFrame {
  const line = LINES[name];
  const isNative = line === undefined;
  return {
    place: { functionName: name, url: isNative ? '' : FILE, line: line ?? 0, column: isNative ? 0 : 1 },
    file: isNative ? '' : FILE,
    isApplication: !isNative,
    isNative,
    line: isNative ? 0 : line + 1,
  };
}

/** `stack('handler>spin')`, outermost first, answered after `waitedMs`. */
function stack(path: string, atMs = 0, waitedMs = 1): FramedStack {
  return { atMs, waitedMs, frames: path === '' ? [] : path.split('>').map(frame) };
}

/** A profile that has only ever seen `handler`: (root) > handler, ten samples. */
const BLIND = {
  startMs: 0,
  endMs: 100,
  nodes: [
    { place: { functionName: '(root)', url: '', line: 0, column: 0 }, parent: -1, ticks: [] },
    { place: { functionName: 'handler', url: FILE, line: 10, column: 1 }, parent: 0, ticks: [] },
  ],
  samples: Array.from({ length: 10 }, (_, k) => ({ node: 1, timeMs: k * 10 + 10, weightMs: 10 })),
  mayHideInlined: [1],
};

/** Milliseconds by path: `{ 'handler>spin': 80, handler: 20 }`. */
function timesOf({ nodes, samples }: UncoveredSamples): Record<string, number> {
  const times: Record<string, number> = {};
  for (const { node, weightMs } of samples) {
    const path: string[] = [];
    for (let at = node; at > 0; at = nodes[at]?.parent ?? -1)
      path.unshift(nodes[at]?.place.functionName ?? '');
    times[path.join('>')] = (times[path.join('>')] ?? 0) + weightMs;
  }
  return times;
}

const never = (): boolean => false;

describe('stacks that V8 was asked for', () => {
  it('give a function that the profiler never heard of its share of its caller', () => {
    const stacks = [...[0, 30, 50, 70].map((atMs) => stack('handler>spin', atMs)), stack('handler', 100)];
    const uncovered = uncoverHidden(BLIND, stacks, never);
    expect(timesOf(uncovered)).toEqual({ 'handler>spin': 80, handler: 20 });
    expect(uncovered.exact).toEqual([2]);
  });

  it('confirm a caller that does the work itself', () => {
    const stacks = [stack('handler'), stack('handler', 100), stack('handler>spin', 900)];
    const uncovered = uncoverHidden(BLIND, stacks, never);
    expect(timesOf(uncovered)).toEqual({ handler: 100 });
    expect(uncovered.exact).toEqual([1]);
  });

  it('leave a function in doubt that names others, because V8 answers late in what it inlined', () => {
    const uncovered = uncoverHidden(BLIND, [stack('handler'), stack('handler')], () => true);
    expect(uncovered).toMatchObject({ exact: [], mayHideInlined: [1] });
  });

  it('say nothing of native work, after which they answer somewhere else', () => {
    const late = Array.from({ length: 5 }, () => stack('handler>render', 0, 180));
    expect(timesOf(uncoverHidden(BLIND, [...late, stack('handler>render', 900)], never))).toEqual({
      handler: 100,
    });
  });

  it('say nothing of what ran at other times under the same caller', () => {
    const later = [500, 530, 560].map((atMs) => stack('handler>spin', atMs));
    expect(timesOf(uncoverHidden(BLIND, later, never))).toEqual({ handler: 100 });
  });

  it('say nothing of others than the functions they hold', () => {
    const elsewhere = Array.from({ length: 5 }, () => stack('render>spin'));
    expect(timesOf(uncoverHidden(BLIND, elsewhere, never))).toEqual({ handler: 100 });
  });

  it('make a profile of their own where there is no other', () => {
    const stacks = [
      stack('handler>spin', 50),
      stack('handler>spin', 100),
      stack('', 150),
      stack('handler', 350),
    ];
    const made = samplesFromStacks(stacks, 0, 350);
    expect(timesOf(made)).toEqual({ 'handler>spin': 100, '(idle)': 50, handler: 200 });
    expect(made.nodes.find(({ place }) => place.functionName === 'spin')?.ticks).toEqual([
      { line: 21, ticks: 2 },
    ]);
  });
});
