import { describe, expect, it } from 'vitest';
import { uncoverHidden } from '../../src/collectors/cpu-hidden.ts';
import type { DoubtedSamples, UncoveredSamples } from '../../src/collectors/cpu-hidden.ts';
import type { SampledNode } from '../../src/collectors/cpu-samples.ts';
import { samplesFromStacks } from '../../src/collectors/cpu-stack-profile.ts';
import type { FramedStack, StackFrame } from '../../src/collectors/cpu-stack-frames.ts';

const FILE = '/srv/app.js';
/** Functions of the service under test, by the line they begin on. */
const LINES: Readonly<Record<string, number>> = { handler: 10, spin: 20, render: 30 };
/** A function of Node's own: a stack tells another line of it than a profile. */
const NODE = 'node:events';

function frame(name: string): StackFrame {
  if (name === 'emit') {
    const place = { functionName: 'Server.emit', url: NODE, line: 0, column: 0 };
    return { place, file: NODE, isApplication: false, isNative: false, line: 524 };
  }
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

/** Ten samples of each of these paths, 10 ms apart, one path after the other. */
function profileOf(...paths: readonly string[]): DoubtedSamples {
  const root = { functionName: '(root)', url: '', line: 0, column: 0 };
  const nodes: SampledNode[] = [{ place: root, parent: -1, ticks: [] }];
  const indexByPath = new Map([['', 0]]);
  const samples = paths.flatMap((path, nth) => {
    let above = '';
    for (const functionName of path.split('>')) {
      const parent = indexByPath.get(above) ?? 0;
      above += `>${functionName}`;
      if (indexByPath.has(above)) continue;
      const line = LINES[functionName] ?? 0;
      const url = functionName === 'emit' ? NODE : line === 0 ? '' : FILE;
      const place = { functionName, url, line, column: Math.min(line, 1) };
      indexByPath.set(above, nodes.push({ place, parent, ticks: [] }) - 1);
    }
    const node = indexByPath.get(above) ?? 0;
    return Array.from({ length: 10 }, (_, k) => ({ node, timeMs: nth * 100 + k * 10 + 10, weightMs: 10 }));
  });
  return { startMs: 0, endMs: paths.length * 100, nodes, samples, mayHideInlined: [] };
}

/** A profile that has only ever seen `handler`. */
const BLIND = { ...profileOf('handler'), mayHideInlined: [1] };

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

  it('name what Node itself called back, and what was called by nobody', () => {
    const stacks = [20, 50, 80].map((atMs) => stack('emit>handler', atMs));
    expect(timesOf(uncoverHidden(profileOf('emit'), stacks, never))).toEqual({ 'emit>handler': 100 });
    const alone = [20, 50, 80].map((atMs) => stack('handler', atMs));
    expect(timesOf(uncoverHidden(profileOf('(program)'), alone, never))).toEqual({ handler: 100 });
  });

  it('name who stands between two functions of Node', () => {
    const reads = [20, 50, 80].map((atMs) => stack('emit>handler>emit', atMs));
    expect(timesOf(uncoverHidden(profileOf('emit>open'), reads, never))).toEqual({
      'emit>handler>open': 100,
    });
    const itself = [20, 50, 80].map((atMs) => stack('emit', atMs));
    expect(timesOf(uncoverHidden(profileOf('emit>open'), itself, never))).toEqual({ 'emit>open': 100 });
  });

  it('name a function that the profiler sees only outside its loop', () => {
    const profile = profileOf('emit', 'emit>handler');
    const sampledOnce = { ...profile, samples: profile.samples.slice(0, 11) };
    const stacks = [20, 50, 80].map((atMs) => stack('emit>handler', atMs));
    expect(timesOf(uncoverHidden(sampledOnce, stacks, never))).toEqual({ 'emit>handler': 110 });
  });

  it('take nothing from the caller of a function that the profiler sees', () => {
    const stacks = [120, 150, 180].map((atMs) => stack('emit>handler', atMs));
    const profile = profileOf('emit', 'emit>handler', '(program)');
    expect(timesOf(uncoverHidden(profile, stacks, never))).toEqual({
      emit: 100,
      'emit>handler': 100,
      '(program)': 100,
    });
  });

  it('leave native work alone while nothing of the service runs', () => {
    const stacks = [
      ...[20, 50].map((atMs) => stack('handler', atMs)),
      ...[120, 150, 180].map((atMs) => stack('', atMs)),
    ];
    const uncovered = uncoverHidden(profileOf('(program)', '(program)'), stacks, never);
    expect(timesOf(uncovered)).toEqual({ handler: 80, '(program)': 120 });
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
