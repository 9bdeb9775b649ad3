import { describe, expect, it } from 'vitest';
import { createDiagnosisView } from '../../src/diagnosis/detector.ts';
import { gcPressure } from '../../src/diagnosis/gc-pressure.ts';
import { memoryGrowth } from '../../src/diagnosis/memory-growth.ts';
import { memoryLimit } from '../../src/diagnosis/memory-limit.ts';
import type { CodeFrame, MemoryEvent, TimelineEvent } from '../../src/model/timeline-event.ts';
import {
  frame,
  gc,
  MB,
  memory,
  processReadings,
  requests,
  session,
  START_MS,
  stalls,
  timelineOf,
} from '../timeline/event-text.ts';
import { profileAt } from '../model/profile-text.ts';
import { SECONDS, detect, foundBy, idleLoop } from './detecting.ts';

describe('gc-pressure', () => {
  it('is found with the function that allocates', () => {
    const [finding] = foundBy(
      gcPressure,
      idleLoop,
      gc('SSSSSSSS'.repeat(10), 60, 50),
      stalls([[0, 50]], 'handler>copyRows>(garbage collector)'),
    );
    expect(finding).toMatchObject({ cause: 'allocation-rate', severity: 'warning' });
    expect(finding?.culprits[0]?.function).toBe('copyRows');
  });

  it('blames the live set when full collections take the time', () => {
    expect(foundBy(gcPressure, idleLoop, gc('M.M.M.S.'.repeat(10), 210))[0]).toMatchObject({
      cause: 'large-live-set',
      severity: 'critical',
    });
  });

  it('is not found when a few scavenges pass by', () => {
    expect(detect(gcPressure, idleLoop, gc('S...S...M.......'.repeat(5))).kind).toBe('not-found');
  });

  it('is not decided when nothing of the service was read', () => {
    expect(detect(gcPressure).kind).toBe('not-enough-seen');
  });
});

describe('memory-growth', () => {
  const leak = [20, 24, 28, 32, 36, 40, 44, 48, 52, 56];

  it('is found when every full collection leaves more, with the call site that grows', () => {
    const sites = (atMs: number, bytes: number): TimelineEvent => ({
      kind: 'allocation',
      atMs,
      readCostMs: 5,
      sites: [
        { stack: [frame('remember'), frame('handler')], liveBytes: bytes },
        { stack: [frame('parse')], liveBytes: MB },
      ],
    });
    const [finding] = foundBy(memoryGrowth, memory(leak), [
      sites(START_MS + 1_000, MB),
      sites(START_MS + 8_000, 25 * MB),
    ]);
    expect(finding).toMatchObject({ kind: 'memory-growth', cause: 'heap' });
    expect(finding?.culprits.map((culprit) => culprit.function)).toEqual(['remember']);
  });

  it('has the route of a handler without a name beside another one in the same file', () => {
    const handler = (line: number): CodeFrame => ({ ...frame('(anonymous)', line), file: '/srv/app/app.js' });
    const turns = Array.from({ length: 20 }, () => [
      'search 10ms',
      '(idle) 90ms',
      'health 10ms',
      '(idle) 90ms',
    ]);
    const profile = profileAt(START_MS, ...turns.flat());
    const frames = profile.frames.map((each) =>
      each.origin === 'user' ? handler(each.function === 'search' ? 6 : 9) : each,
    );
    const starts: TimelineEvent = {
      kind: 'request-starts',
      atMs: START_MS + 4_000,
      routes: turns.flatMap(() => ['GET /search', 'GET /health']),
      startsMs: turns.flatMap((_, turn) => [START_MS + turn * 200, START_MS + turn * 200 + 100]),
    };
    const site: TimelineEvent = {
      kind: 'allocation',
      atMs: START_MS + 8_000,
      readCostMs: 5,
      sites: [
        { stack: [handler(9)], liveBytes: MB },
        { stack: [handler(6)], liveBytes: 20 * MB },
      ],
    };
    const [finding] = foundBy(memoryGrowth, memory(leak), [starts, { ...profile, frames }, site]);
    expect(finding).toMatchObject({ culprits: [{ line: 6 }], routes: ['GET /search'] });
  });

  it('is not found in a cache that warms up and stops', () => {
    expect(detect(memoryGrowth, memory([20, 40, 50, 55, 56, 56.2, 56.3, 56.2, 56.4])).kind).toBe('not-found');
  });

  it('is not found in a cache that fills ever slower, and has not stopped yet', () => {
    const cache = Array.from({ length: 13 }, (_, second) => 20 + 40 * (1 - Math.exp(-(second + 4) / 15)));
    expect(detect(memoryGrowth, memory(cache)).kind).toBe('not-enough-seen');
  });

  it('is not found yet in a cache whose pace falls by a third while it is looked at', () => {
    const cache = [4, 7, 10, 13].map((second) => 20 + 40 * (1 - Math.exp(-second / 15)));
    const readings = cache.map((live, look) => {
      const [event] = memory([live]) as [MemoryEvent];
      return { ...event, liveAtMs: event.atMs + look * 3_000, atMs: event.atMs + look * 3_000 };
    });
    expect(detect(memoryGrowth, readings).kind).toBe('not-enough-seen');
  });

  it('is not found in a cache that is full after the first third', () => {
    const cache = Array.from({ length: 20 }, (_, second) => 20 + 40 * (1 - Math.exp(-second / 3)));
    expect(detect(memoryGrowth, memory(cache)).kind).toBe('not-found');
  });

  it('is found when the traffic ebbs and each request still leaves as much', () => {
    const busy = requests('GET /', { perSecond: 40, latencyMs: 5, seconds: 5 });
    const calm = requests('GET /', { perSecond: 22, latencyMs: 5, seconds: 5 });
    const ebbing = [...busy, ...calm.map((event) => ({ ...event, atMs: event.atMs + 5_000 }))];
    const readings = memory([24, 28, 32, 36, 40, 42.2, 44.4, 46.6, 48.8, 51]);
    expect(foundBy(memoryGrowth, readings, ebbing)[0]).toMatchObject({ cause: 'heap' });
  });

  it('is measured from collection to collection, not from reading to reading', () => {
    const late = [900, 100, 900, 100].map((lateMs, look) => {
      const [event] = memory([20 + look * 10]) as [MemoryEvent];
      const liveAtMs = event.atMs + look * 3_300;
      return { ...event, liveAtMs, atMs: liveAtMs + lateMs };
    });
    expect(foundBy(memoryGrowth, late)[0]).toMatchObject({ cause: 'heap' });
  });

  it('is not denied for the garbage that a collection leaves, of which the next one is free', () => {
    const live = [8.4, 9.1, 10.9, 10.8];
    const atMs = [3_740, 7_760, 15_880, 16_780];
    const readings = live.map((size, i) => {
      const [event] = memory([size]) as [MemoryEvent];
      return {
        ...event,
        atMs: START_MS + (atMs[i] as number) + 400,
        liveAtMs: START_MS + (atMs[i] as number),
      };
    });
    expect(detect(memoryGrowth, readings).kind).toBe('not-enough-seen');
  });

  it('is not found in the saw-tooth of a healthy service', () => {
    expect(detect(memoryGrowth, memory([30, 31, 29.5, 30.5, 30, 31, 29, 30, 31, 30])).kind).toBe('not-found');
  });

  it('is not decided while it goes on and is too little yet', () => {
    const little = [20, 20.3, 20.6, 20.9, 21.2, 21.5, 21.8, 22.1];
    expect(detect(memoryGrowth, memory(little)).kind).toBe('not-enough-seen');
  });

  it('is not decided before full collections were seen', () => {
    expect(detect(memoryGrowth, memory([null, null, null, null])).kind).toBe('not-enough-seen');
  });

  it('is found outside of the heap when buffers grow and the heap does not', () => {
    const readings = memory(leak.map((_, i) => 20 + (i % 2) * 0.1)).map((event, i) => ({
      ...event,
      externalBytes: (10 + i * 8) * MB,
    })) as TimelineEvent[];
    expect(foundBy(memoryGrowth, readings)[0]).toMatchObject({ cause: 'external' });
  });

  it('is found in native memory when neither heap nor buffers explain the resident size', () => {
    const readings = processReadings(SECONDS).map((event, i) => ({
      ...event,
      rssBytes: (150 + i * 10) * MB,
    })) as TimelineEvent[];
    const steady = memory(Array.from({ length: SECONDS }, (_, i) => 20 + (i % 2) * 0.1));
    // For half a minute it may be what the allocator keeps.
    expect(foundBy(memoryGrowth, steady, readings)[0]).toMatchObject({ cause: 'native', severity: 'info' });
  });
});

describe('memory-limit', () => {
  it('is found when the live heap comes near its limit', () => {
    const verdict = foundBy(memoryLimit, memory([95, 96, 95], { heapLimitBytes: 100 * MB }));
    expect(verdict[0]).toMatchObject({ cause: 'heap-limit', severity: 'critical' });
  });

  it('is found when growth leaves minutes', () => {
    const [finding] = foundBy(
      memoryLimit,
      memory([20, 24, 28, 32, 36, 40, 44, 48, 52, 56], { heapLimitBytes: 300 * MB }),
    );
    expect(finding?.title).toMatch(/heap limit is reached in \d+ s/);
  });

  it('is found for the container by resident memory', () => {
    const timeline = timelineOf(
      session({ cgroupMemoryLimitBytes: 256 * MB }),
      processReadings(5, { rssBytes: 240 * MB }),
    );
    const view = createDiagnosisView(timeline, { fromMs: START_MS, toMs: START_MS + 5_000 });
    expect(memoryLimit.detect(view)).toMatchObject({ findings: [{ cause: 'container-limit' }] });
  });

  it('is not found far from the limit, and not decided without a reading', () => {
    expect(detect(memoryLimit, memory([30, 31, 30])).kind).toBe('not-found');
    expect(detect(memoryLimit).kind).toBe('not-enough-seen');
  });
});
