import { describe, expect, it } from 'vitest';
import { memoryGrowth } from '../../src/diagnosis/memory-growth.ts';
import { createDiagnosisView } from '../../src/diagnosis/detector.ts';
import { createTimeline, reduceTimeline } from '../../src/timeline/timeline.ts';

function verdictFor(grownBytes: number) {
  const timeline = createTimeline();
  reduceTimeline(timeline, {
    kind: 'heap-comparison',
    atMs: 9_000,
    sinceMs: 1_000,
    beforeBytes: 4_000_000,
    afterBytes: 4_000_000 + grownBytes,
    holders: [
      {
        name: 'Map',
        path: 'globalThis.tracker.pending',
        grownBytes,
        holds: [{ constructor: 'LeakedRequest', count: 5_000, bytes: grownBytes }],
      },
    ],
  });
  return memoryGrowth.detect(createDiagnosisView(timeline, { fromMs: 0, toMs: 10_000 }));
}

describe('a comparison of snapshots', () => {
  it('is a note that names the holder where the trend is not known', () => {
    expect(verdictFor(1_572_864)).toMatchObject({
      kind: 'found',
      findings: [
        {
          severity: 'info',
          evidence: [
            '+1.5 MB held by Map at globalThis.tracker.pending: 5000 x LeakedRequest',
            'two heap snapshots 8 s apart: 3.8 MB to 5.3 MB',
          ],
        },
      ],
    });
  });

  it('is no finding where what grew is what any service makes', () => {
    expect(verdictFor(30_000)).toMatchObject({ kind: 'not-enough-seen' });
  });
});
