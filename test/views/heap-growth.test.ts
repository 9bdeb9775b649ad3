import { describe, expect, it } from 'vitest';
import type { HeapCapture } from '../../src/presentation/heap-capture.ts';
import { createTimeline, reduceTimeline, type Timeline } from '../../src/timeline/timeline.ts';
import { drawHeapGrowth } from '../../src/views/panels/heap-growth.ts';
import { drawn, viewOf } from './synthetic-view.ts';

function timelineWith(compared: boolean): Timeline {
  const timeline = createTimeline();
  const snapshot = { estimatedPauseMs: 1_100, estimatedExtraBytes: 68_000_000, jsonBytes: 9_000_000 };
  reduceTimeline(timeline, { kind: 'heap-snapshot', atMs: 1_000, pauseMs: 900, ...snapshot });
  reduceTimeline(timeline, { kind: 'unblocked', atMs: 31_000, sinceMs: 31_000 });
  if (!compared) return timeline;
  reduceTimeline(timeline, { kind: 'heap-snapshot', atMs: 31_000, pauseMs: 1_240, ...snapshot });
  reduceTimeline(timeline, {
    kind: 'heap-comparison',
    atMs: 31_000,
    sinceMs: 1_000,
    beforeBytes: 21_000_000,
    afterBytes: 52_000_000,
    holders: [
      {
        name: 'Map',
        path: 'globalThis.shop > serve() lib/serve.mjs:5 > variable sessionsByToken',
        grownBytes: 31_000_000,
        holds: [{ constructor: 'Session', count: 4_000, bytes: 31_000_000 }],
      },
      { name: 'globalThis', path: '', grownBytes: 2_900, holds: [] },
    ],
  });
  return timeline;
}

function panel(timeline: Timeline, capture?: HeapCapture): string {
  const view = viewOf(timeline);
  return drawn(drawHeapGrowth, capture ? { ...view, capture } : view, 62, 8);
}

const IDLE: HeapCapture = { kind: 'idle' };

describe('the growth panel of the memory screen', () => {
  it('says what a snapshot costs before it is taken', () => {
    const offered: HeapCapture = { kind: 'offered', pauseMs: 1_100, extraBytes: 68_000_000 };
    const picture = panel(createTimeline(), offered).replaceAll(/\s*[│\n]+\s*/g, ' ');
    expect(picture).toContain('stand still for about 1.1 s and take about 65M more memory');
    expect(picture).toContain('enter take the snapshot');
  });

  it('shows the pause beside its estimate, and waits for the second snapshot', () => {
    const picture = panel(timelineWith(false), IDLE);
    expect(picture).toContain('paused 0.9 s, estimated 1.1 s');
    expect(picture).toContain('first snapshot 30s ago');
  });

  it('names what holds the growth first, also for a recording that takes no snapshots', () => {
    for (const capture of [IDLE, undefined]) {
      const picture = panel(timelineWith(true), capture);
      expect(picture).toMatch(/\+30M 4000 x Session in Map at globalThis\.shop/);
      expect(picture).toContain('variable sessionsByToken');
      expect(picture).toContain('paused 1.2 s, estimated 1.1 s');
    }
  });

  it('says why it was refused, and that the service stands still while it does', () => {
    const error = {
      code: 'snapshot-needs-memory',
      message: 'it would be killed',
      hint: 'do not',
      exitCode: 3,
    } as const;
    expect(panel(createTimeline(), { kind: 'failed', error })).toContain('it would be killed');
    const taking: HeapCapture = { kind: 'taking', says: 'V8 walks the heap', share: 0.4 };
    expect(panel(createTimeline(), taking)).toContain('the service stands still: V8 walks the heap');
  });
});
