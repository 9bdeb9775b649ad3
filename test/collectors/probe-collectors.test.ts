import { describe, expect, it } from 'vitest';
import { translateGc } from '../../src/collectors/gc-collector.ts';
import { createLoopCollector, translateLoop } from '../../src/collectors/loop-collector.ts';
import { createMemoryCollector } from '../../src/collectors/memory-collector.ts';
import { translateOwnCost } from '../../src/collectors/own-cost-collector.ts';
import { translateRequests } from '../../src/collectors/requests-collector.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import type { ProbeGap } from '../../src/probes/probe-client.ts';
import type { MemoryReading, ProbeReading } from '../../src/probes/probe-reading.ts';

const nothingRead: ProbeReading = {
  sequence: 1,
  nowMs: 1000,
  windowMs: 250,
  state: 'live',
  blocked: null,
  loop: null,
  requests: null,
  gc: null,
  memory: null,
  extensions: null,
  cost: null,
};

const memory: MemoryReading = {
  heapUsedBytes: 1,
  heapTotalBytes: 2,
  heapLimitBytes: 3,
  externalBytes: 4,
  arrayBuffersBytes: 5,
  mallocedBytes: 6,
  liveAfterGcBytes: null,
  spaces: [],
};

describe('a reading becomes events', () => {
  it('of the loop, stalls first, and says what was dropped', () => {
    const loop = {
      utilization: 0.8,
      delay: [[3, 2]] as const,
      stalls: [{ startMs: 60, endMs: 260 }],
      droppedStalls: 2,
    };
    expect(translateLoop({ ...nothingRead, loop })).toEqual([
      { kind: 'stall', atMs: 260, startMs: 60, endMs: 260 },
      { kind: 'gap', atMs: 1000, signal: 'stall', reason: expect.any(String), lost: 2 },
      { kind: 'loop', atMs: 1000, windowMs: 250, utilization: 0.8, delay: [[3, 2]] },
    ]);
  });

  it('of requests, with names that can be printed', () => {
    const window = {
      count: 1,
      errors: 0,
      totalUs: 9,
      maxUs: 9,
      latency: [[9, 1]] as const,
      responseBytes: 4,
    };
    const requests = {
      inFlight: 2,
      oldestInFlightMs: 70,
      aborted: 1,
      untracked: 3,
      routes: [{ method: 'GET', route: '/a\u001b[2Jb', ...window }],
      starts: [{ route: 'GET /a\u202eb', startMs: 900 }],
    };
    expect(translateRequests({ ...nothingRead, requests })).toEqual([
      { kind: 'request-starts', atMs: 1000, routes: ['GET /ab'], startsMs: [900] },
      { kind: 'gap', atMs: 1000, signal: 'requests', reason: expect.any(String), lost: 3 },
      {
        kind: 'requests',
        atMs: 1000,
        windowMs: 250,
        inFlight: 2,
        oldestInFlightMs: 70,
        aborted: 1,
        routes: [{ method: 'GET', route: '/ab', ...window }],
      },
    ]);
  });

  it('of collections, each with its name, and none for a kind that V8 has not yet', () => {
    const collections = [1, 2, 4, 8, 16, 32].map((type) => ({ type, startMs: 10, durationMs: 2 }));
    const types = translateGc({ ...nothingRead, gc: { collections, dropped: 0 } }).map((event) =>
      event.kind === 'gc' ? event.type : event.kind,
    );
    expect(types).toEqual(['scavenge', 'scavenge', 'mark-compact', 'incremental', 'weak-callbacks']);
  });

  it('of memory with its heap spaces, until it is stopped', async () => {
    const events: TimelineEvent[] = [];
    let read: (reading: ProbeReading) => void = () => {};
    const probe = {
      onReading: (listener: typeof read) => {
        read = listener;
        return () => (read = () => {});
      },
    };
    const collector = createMemoryCollector({ emit: (event) => events.push(event) }, probe);
    await collector.start();
    const spaces = [{ name: 'old_space', usedBytes: 7, committedBytes: 8 }];
    read({ ...nothingRead, memory: { ...memory, spaces } });
    await collector.stop();
    read({ ...nothingRead, nowMs: 2000, memory });
    expect(events).toEqual([{ kind: 'memory', atMs: 1000, ...memory, spaces }]);
  });

  it('of our own cost', () => {
    const cost = { mainThreadMs: 0.8, longestPauseMs: 0.3 };
    expect(translateOwnCost({ ...nothingRead, cost })).toEqual([
      { kind: 'own-cost', atMs: 1000, windowMs: 250, ...cost, what: 'probe' },
    ]);
  });

  it.each([
    ['a loop that only seems busy, because V8 interrupts its waiting', 0.55, 5, [], 0.02],
    ['a loop that works', 0.8, 190, [], 0.76],
    ['a loop that sleeps in a synchronous call', 0.9, 10, [{ startMs: 0, endMs: 200 }], 0.8],
    ['a loop whose thread waits for another reason', 0.3, 200, [], 0.3],
    ['a service on another machine', 0.55, null, [], 0.55],
  ])(
    'takes for busy what the kernel saw and what stood still: %s',
    (_, told, activeMs, stalls, utilization) => {
      const loop = { utilization: told, delay: [], stalls, droppedStalls: 0 };
      const events = translateLoop({ ...nothingRead, loop, windowMs: 250 }, activeMs);
      expect(events.at(-1)).toMatchObject({ kind: 'loop', utilization });
    },
  );

  it('and a lost one becomes a gap', async () => {
    const events: TimelineEvent[] = [];
    let lose: (gap: ProbeGap) => void = () => {};
    const collector = createLoopCollector(
      { emit: (event) => events.push(event) },
      {
        onReading: () => () => {},
        onGap: (listener) => {
          lose = listener;
          return () => {};
        },
        serviceNowMs: () => 77,
      },
      null,
    );
    await collector.start();
    lose({ reason: 'readings were lost on the way', lost: 4 });
    expect(events).toEqual([
      { kind: 'gap', atMs: 77, signal: 'loop', reason: 'readings were lost on the way', lost: 4 },
    ]);
  });
});
