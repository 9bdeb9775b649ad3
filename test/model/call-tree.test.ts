import { describe, expect, it } from 'vitest';
import { buildCallTree, hottestFunctions } from '../../src/model/call-tree.ts';
import type { CallTreeNode } from '../../src/model/call-tree.ts';
import { profileAt, profileFrom } from './profile-text.ts';

/** The tree as lines: `name self/total`, indented by depth. */
function draw(node: CallTreeNode, indent = ''): string[] {
  const own = `${indent}${node.frame.function} ${node.selfMs}/${node.totalMs}`;
  return [own, ...node.children.flatMap((child) => draw(child, `${indent}  `))];
}

describe('a call tree', () => {
  it('has self and total times, the heaviest child first', () => {
    const profile = profileFrom('A>D 5ms', 'A>B>C 12ms', 'A>B 3ms', 'A>B>C 10ms');
    expect(draw(buildCallTree([profile], 0, 30))).toEqual([
      '(root) 0/30',
      '  A 0/30',
      '    B 3/25',
      '      C 22/22',
      '    D 5/5',
    ]);
  });

  it('holds only what lies in the span, over the border between two profiles', () => {
    const profiles = [profileFrom('A 100ms'), profileAt(100, 'A 50ms', 'B 50ms')];
    expect(draw(buildCallTree(profiles, 60, 170))).toEqual(['(root) 0/110', '  A 90/90', '  B 20/20']);
  });

  it('leaves out idle time and our own work', () => {
    const profile = profileFrom('(idle) 50ms', '(loopscope) 20ms', 'A 10ms', '(program) 10ms');
    expect(draw(buildCallTree([profile], 0, 90))).toEqual(['(root) 0/20', '  A 10/10', '  (program) 10/10']);
  });

  it('shows the collector under the code that ran before it', () => {
    const profile = profileFrom('A>B 20ms', '(garbage collector) 30ms', 'C 10ms');
    expect(draw(buildCallTree([profile], 0, 60))).toEqual([
      '(root) 0/60',
      '  A 0/50',
      '    B 20/50',
      '      (garbage collector) 30/30',
      '  C 10/10',
    ]);
  });

  it('of very deep recursion is built', () => {
    const profile = profileFrom(`${Array.from({ length: 20_000 }, () => 'A').join('>')} 10ms`);
    expect(buildCallTree([profile], 0, 10).totalMs).toBe(10);
  });

  it('of nothing is an empty root', () => {
    expect(draw(buildCallTree([], 0, 10))).toEqual(['(root) 0/0']);
  });
});

describe('the hottest functions', () => {
  it('carry the native and Node work that they asked for', () => {
    const profile = profileFrom(
      'handler>derive>pbkdf2Sync@node:internal/crypto/pbkdf2>run@ 60ms',
      'handler>render 30ms',
      'handler 10ms',
    );
    const found = hottestFunctions([profile], 0, 100, 2);
    expect(found.map(({ frame, ...time }) => [frame.function, time])).toEqual([
      ['derive', { selfMs: 60, totalMs: 60, share: 0.6 }],
      ['render', { selfMs: 30, totalMs: 30, share: 0.3 }],
    ]);
  });

  it('count recursion once', () => {
    const [walk] = hottestFunctions([profileFrom('walk>walk>walk 30ms')], 0, 30, 5);
    expect(walk).toMatchObject({ selfMs: 30, totalMs: 30, share: 1 });
  });

  it('carry the collector that ran beside them, and name it only where it ran alone', () => {
    const profile = profileFrom('(garbage collector) 10ms', 'A 10ms', '(garbage collector) 10ms');
    const hottest = (endMs: number): unknown[] =>
      hottestFunctions([profile], 0, endMs, 5).map(({ frame, selfMs }) => [frame.function, selfMs]);
    expect(hottest(30)).toEqual([['A', 30]]);
    expect(hottest(10)).toEqual([['(garbage collector)', 10]]);
  });
});
