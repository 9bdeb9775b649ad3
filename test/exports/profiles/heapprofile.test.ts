import { describe, expect, it } from 'vitest';
import { createHeapProfile, type WireHeapNode } from '../../../src/exports/profiles/heapprofile.ts';
import { frame } from '../../timeline/event-text.ts';

const profile = createHeapProfile({
  kind: 'allocation',
  atMs: 0,
  readCostMs: 3,
  sites: [
    { stack: [frame('remember', 7), frame('handler')], liveBytes: 4_000_000 },
    { stack: [frame('parse'), frame('handler')], liveBytes: 500_000 },
    { stack: [frame('handler')], liveBytes: 20_000 },
  ],
});

const outline = ({ callFrame, selfSize, children }: WireHeapNode): unknown => [
  callFrame.functionName,
  selfSize,
  children.map(outline),
];

describe('the .heapprofile', () => {
  it('is one tree from the outermost callers', () => {
    expect(outline(profile.head)).toEqual([
      '(root)',
      0,
      [
        [
          'handler',
          20_000,
          [
            ['remember', 4_000_000, []],
            ['parse', 500_000, []],
          ],
        ],
      ],
    ]);
  });

  it('has a sample for each site, of a node that is there', () => {
    expect(profile.samples).toEqual([
      { size: 4_000_000, nodeId: 3, ordinal: 1 },
      { size: 500_000, nodeId: 4, ordinal: 2 },
      { size: 20_000, nodeId: 2, ordinal: 3 },
    ]);
  });
});
