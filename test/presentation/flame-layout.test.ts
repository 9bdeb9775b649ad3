import { describe, expect, it } from 'vitest';
import type { CallTreeNode } from '../../src/model/call-tree.ts';
import { metaFrame } from '../../src/model/code-frame.ts';
import {
  findInFlame,
  layoutFlame,
  matchedMs,
  moveInFlame,
  nodeAt,
  type FramePath,
} from '../../src/presentation/flame-layout.ts';
import { invertTree } from '../../src/presentation/inverted-tree.ts';

/** `node('a', 2, node('b', 3))`: a takes 2 ms itself, and calls b. */
function node(name: string, selfMs: number, ...children: readonly CallTreeNode[]): CallTreeNode {
  const totalMs = children.reduce((sum, child) => sum + child.totalMs, selfMs);
  return {
    frame: metaFrame(name),
    selfMs,
    totalMs,
    children: children.toSorted((a, b) => b.totalMs - a.totalMs),
  };
}

const tree = node('(root)', 0, node('main', 1, node('a', 1, node('hash', 4)), node('b', 1, node('hash', 3))));

const keyOf = (name: string) => `${name}\n\n0\n0`;
const pathOf = (...names: readonly string[]): FramePath => names.map(keyOf);
const namesOf = (path: FramePath) => path.map((key) => key.split('\n')[0]);

describe('layoutFlame', () => {
  it('gives each frame its share of the width of its caller', () => {
    const blocks = layoutFlame(tree, [], 10, 10, 0).map(({ node: { frame }, depth, left, right }) => [
      frame.function,
      depth,
      left,
      right,
    ]);
    expect(blocks.toSorted((a, b) => Number(a[1]) - Number(b[1]) || Number(a[2]) - Number(b[2]))).toEqual([
      ['(root)', 0, 0, 80],
      ['main', 1, 0, 80],
      ['a', 2, 0, 40],
      ['b', 2, 40, 72],
      ['hash', 3, 0, 32],
      ['hash', 3, 40, 64],
    ]);
  });

  it('fills the width with the zoomed frame, its callers above it', () => {
    const blocks = layoutFlame(tree, pathOf('main', 'b'), 10, 10, 0);
    expect(blocks.map(({ node: { frame }, left, right }) => [frame.function, left, right])).toEqual([
      ['(root)', 0, 80],
      ['main', 0, 80],
      ['b', 0, 80],
      ['hash', 0, 60],
    ]);
  });

  it('lays out only the rows that are shown', () => {
    expect(layoutFlame(tree, [], 10, 2, 1).map(({ depth }) => depth)).toEqual([1, 2, 2]);
  });

  it('survives a stack of 20,000 frames', () => {
    let deep = node('leaf', 1);
    for (let i = 0; i < 20_000; i++) deep = { ...node(`f${i}`, 0), totalMs: 1, children: [deep] };
    expect(layoutFlame(deep, [], 80, 40, 0)).toHaveLength(40);
    expect(invertTree(deep).children[0]?.frame.function).toBe('leaf');
  });
});

describe('moving in the flame graph', () => {
  it('goes to the heaviest callee, the caller and the neighbours', () => {
    expect(namesOf(moveInFlame(tree, pathOf('main'), 'down'))).toEqual(['main', 'a']);
    expect(namesOf(moveInFlame(tree, pathOf('main', 'a'), 'right'))).toEqual(['main', 'b']);
    expect(namesOf(moveInFlame(tree, pathOf('main', 'b'), 'right'))).toEqual(['main', 'b']);
    expect(namesOf(moveInFlame(tree, pathOf('main', 'b'), 'up'))).toEqual(['main']);
  });

  it('stays on what is left of a path when a frame is gone', () => {
    expect(nodeAt(tree, pathOf('main', 'gone', 'hash')).node.frame.function).toBe('main');
  });
});

describe('searching the flame graph', () => {
  it('finds frames heaviest first, and counts nested matches once', () => {
    expect(findInFlame(tree, 'HASH').map(({ path }) => namesOf(path))).toEqual([
      ['main', 'a', 'hash'],
      ['main', 'b', 'hash'],
    ]);
    expect(matchedMs(tree, 'hash')).toBe(7);
    expect(matchedMs(tree, 'a')).toBe(10);
  });
});

describe('invertTree', () => {
  it('puts functions first and their callers below', () => {
    const inverted = invertTree(tree);
    expect(inverted.totalMs).toBe(10);
    expect(inverted.children.map(({ frame, totalMs }) => [frame.function, totalMs])).toEqual([
      ['hash', 7],
      ['main', 1],
      ['a', 1],
      ['b', 1],
    ]);
    expect(inverted.children[0]?.children.map(({ frame, totalMs }) => [frame.function, totalMs])).toEqual([
      ['a', 4],
      ['b', 3],
    ]);
  });
});
