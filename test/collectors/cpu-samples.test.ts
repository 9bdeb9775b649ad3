import { expect, it } from 'vitest';
import { ownNodes, parseCpuProfile } from '../../src/collectors/cpu-samples.ts';
import type { WireCpuProfile, WireCpuProfileNode } from '../../src/collectors/cpu-samples.ts';

function wireNode(
  id: number,
  functionName: string,
  rest: Partial<WireCpuProfileNode> = {},
): WireCpuProfileNode {
  const url = functionName.startsWith('(') ? '' : '/srv/app/a.js';
  return { id, callFrame: { functionName, url, lineNumber: 8, columnNumber: 3 }, ...rest };
}

const NODES = [wireNode(1, '(root)', { children: [2, 3] }), wireNode(2, 'a'), wireNode(3, '(idle)')];

const wire = (
  samples: readonly number[],
  timeDeltas: readonly number[],
  endTime = 10_000,
): WireCpuProfile => ({
  nodes: NODES,
  startTime: 1000,
  endTime,
  samples,
  timeDeltas,
});

it('positions are counted from 1', () => {
  expect(
    parseCpuProfile(wire([], []), 0).nodes.find(
      (node) => node.parent === 0 && node.place.functionName === 'a',
    )?.place,
  ).toEqual({
    functionName: 'a',
    url: '/srv/app/a.js',
    line: 9,
    column: 4,
  });
});

it('a sample weighs the time since the one before, and the first since the start', () => {
  const { samples, nodes } = parseCpuProfile(wire([2, 3, 2], [500, 1000, 2000]), 0);
  expect(samples.map(({ node, ...times }) => [nodes[node]?.place.functionName, times])).toEqual([
    ['a', { timeMs: 1.5, weightMs: 0.5 }],
    ['(idle)', { timeMs: 2.5, weightMs: 1 }],
    ['a', { timeMs: 4.5, weightMs: 2 }],
  ]);
});

it('samples that are out of order are put in order, and no time is counted twice', () => {
  const { samples } = parseCpuProfile(wire([2, 3, 2], [2000, -1500, 3500]), 0);
  expect(samples.map(({ timeMs }) => timeMs)).toEqual([1.5, 3, 5]);
  expect(samples.reduce((sum, { weightMs }) => sum + weightMs, 0)).toBe(4);
});

it('what the window before has told is left out', () => {
  const { startMs, samples } = parseCpuProfile(wire([2, 2, 2], [500, 1000, 2000]), 2);
  expect(startMs).toBe(2);
  expect(samples).toMatchObject([
    { timeMs: 2.5, weightMs: 0.5 },
    { timeMs: 4.5, weightMs: 2 },
  ]);
});

it('an idle service is one sample, however long it slept', () => {
  const asleep = Array<number>(500).fill(3);
  const { samples } = parseCpuProfile(wire([...asleep, 2], Array<number>(501).fill(10_000), 6_000_000), 0);
  expect(samples.map(({ weightMs }) => Math.round(weightMs))).toEqual([5000, 10]);
});

it('a profile without samples, or with samples of nodes that it does not have, is empty', () => {
  expect(parseCpuProfile({ nodes: NODES, startTime: 0, endTime: 10 }, 0).samples).toEqual([]);
  expect(parseCpuProfile(wire([99], [10]), 0).samples).toEqual([]);
  expect(parseCpuProfile({ nodes: [], startTime: 0, endTime: 10 }, 0).nodes).toEqual([]);
});

it('ticks of one line are added up, as Node 26 lists a line more than once', () => {
  const ticks = [
    { line: 8, ticks: 1 },
    { line: 9, ticks: 5 },
    { line: 8, ticks: 13 },
  ];
  const profile = { nodes: [wireNode(1, 'a', { positionTicks: ticks })], startTime: 0, endTime: 1 };
  expect(parseCpuProfile(profile, 0).nodes[0]?.ticks).toEqual([
    { line: 8, ticks: 14 },
    { line: 9, ticks: 5 },
  ]);
});

it('our own scripts and what they call of Node are ours, but not what the service does below our stand-ins', () => {
  const own = { functionName: '', url: 'loopscope:jobs', lineNumber: 0, columnNumber: 0 };
  const nodes = [
    wireNode(1, '(root)', { children: [2, 5] }),
    { id: 2, callFrame: own, children: [3] },
    { ...wireNode(3, 'apply'), callFrame: { ...own, functionName: 'apply', url: '' }, children: [4] },
    wireNode(4, 'sealInvoice', { children: [6] }),
    wireNode(5, 'a'),
    { ...wireNode(6, 'pbkdf2Sync'), callFrame: { ...own, functionName: 'pbkdf2Sync', url: 'node:crypto' } },
  ];
  const parsed = parseCpuProfile({ nodes, startTime: 0, endTime: 1 }, 0).nodes;
  const isOwn = ownNodes(parsed);
  const mine = parsed.filter((_, at) => isOwn[at]).map(({ place }) => place.functionName);
  expect(mine).toEqual(['', 'apply']);
});
