import { describe, expect, it } from 'vitest';
import { createScreenData, FigureCache } from '../../src/presentation/screen-data.ts';
import { selectVerdict } from '../../src/presentation/verdict.ts';
import { processName, selectHeader } from '../../src/presentation/header.ts';
import { createTimeline, reduceTimeline } from '../../src/timeline/timeline.ts';
import { selectLoopDelay } from '../../src/timeline/loop-selectors.ts';
import { selectLatency } from '../../src/timeline/request-selectors.ts';
import { DEFAULT_SYNTHETIC, SyntheticService, SYNTHETIC_FINDINGS } from '../terminal/synthetic-timeline.ts';
import { syntheticTimeline, viewOf } from '../views/synthetic-view.ts';

describe('ScreenData', () => {
  it('gives the same series from its cache, frame by frame, as without one', () => {
    const service = new SyntheticService({ ...DEFAULT_SYNTHETIC, blocksFromMs: 3_000 });
    const timeline = createTimeline();
    reduceTimeline(timeline, service.start());
    const kept = new FigureCache();
    const shown = { timeline, findings: [], readiness: [], endMs: null, windowMs: 10_000 };
    for (let i = 0; i < 120; i++) {
      for (const event of service.step()) reduceTimeline(timeline, event);
      const [cached, fresh] = [kept, new FigureCache()].map((cache) => {
        const data = createScreenData(shown, cache);
        return [
          data.series('delay', 60, (from, span, stepMs) => selectLoopDelay(from, span, stepMs).p99),
          data.series('latency', 33, (from, span, stepMs) => selectLatency(from, span, stepMs).p99),
        ];
      });
      expect(cached).toEqual(fresh);
    }
  });

  it('fills in what was missing once a blocked loop has reported', () => {
    const timeline = createTimeline();
    const cache = new FigureCache();
    const loop = (atMs: number, windowMs: number) =>
      reduceTimeline(timeline, { kind: 'loop', atMs, windowMs, utilization: 1, delay: [[300, 1]] });
    const series = () =>
      createScreenData(
        { timeline, findings: [], readiness: [], endMs: null, windowMs: 10_000 },
        cache,
      ).series('delay', 11, (from, span, stepMs) => selectLoopDelay(from, span, stepMs).max);
    for (let atMs = 1_000; atMs <= 4_000; atMs += 1_000) loop(atMs, 1_000);
    // Seen from outside while the loop stands still.
    for (let atMs = 5_000; atMs <= 9_000; atMs += 1_000) {
      reduceTimeline(timeline, {
        kind: 'blocked',
        atMs,
        sinceMs: 4_000,
        in: 'native',
        stack: [],
        route: null,
        nativeState: null,
      });
      series();
    }
    expect(series().filter((value) => value === null).length).toBeGreaterThan(4);
    loop(9_250, 5_250);
    expect(
      series()
        .slice(1, 10)
        .every((value) => value !== null),
    ).toBe(true);
  });

  it('holds the span that is asked for while the session goes on', () => {
    const timeline = syntheticTimeline();
    const heldAtMs = (timeline.latestMs ?? 0) - 20_000;
    const { data } = viewOf(timeline, { heldAtMs });
    expect(data.span.toMs).toBe(heldAtMs);
    expect(data.behindMs).toBe(20_000);
  });
});

describe('the verdict', () => {
  it('is the worst finding, and that all is well without one', () => {
    const timeline = syntheticTimeline();
    expect(selectVerdict(viewOf(timeline).data)).toMatchObject({
      kind: 'finding',
      finding: { severity: 'critical' },
      others: 2,
    });
    const calm = { ...viewOf(timeline, {}, []).data, readiness: [] };
    expect(selectVerdict(calm)).toEqual({ kind: 'healthy', forMs: 60_000 });
    expect(selectVerdict(viewOf(syntheticTimeline(8), {}, []).data)).toMatchObject({ kind: 'watching' });
  });

  it('does not call a service healthy whose stalls nobody is blamed for', () => {
    const { data } = viewOf(syntheticTimeline(), {}, []);
    const because = '31 stalls seen, but their CPU samples have not come';
    const readiness = [{ check: 'async-correctness', verdict: 'unknown', because, findings: [] }] as const;
    expect(selectVerdict({ ...data, readiness })).toEqual({ kind: 'unexplained', because });
  });

  it('puts a loop that is blocked now before everything else', () => {
    const timeline = syntheticTimeline();
    const atMs = (timeline.latestMs ?? 0) + 3_200;
    reduceTimeline(timeline, {
      kind: 'blocked',
      atMs,
      sinceMs: atMs - 3_200,
      in: 'native',
      stack: [],
      route: 'GET /report',
      nativeState: 'waiting for its child: sleep 1.5',
    });
    expect(selectVerdict(viewOf(timeline, {}, SYNTHETIC_FINDINGS).data)).toMatchObject({
      kind: 'blocked',
      headline: 'BLOCKED for 3.2 s',
      where: 'in a native call',
      detail: 'native code, waiting for its child: sleep 1.5, GET /report',
    });
  });
});

describe('the header', () => {
  it('says how a process ended, also while the last picture stays', () => {
    const timeline = syntheticTimeline();
    reduceTimeline(timeline, {
      kind: 'connection',
      atMs: (timeline.latestMs ?? 0) + 5,
      state: 'ended',
      how: 'killed by SIGKILL',
    });
    expect(selectHeader(viewOf(timeline).data, false).state).toEqual({
      kind: 'ended',
      how: 'killed by SIGKILL',
    });
  });

  it.each([
    ['node server.js', '/srv/api-gateway', 'api-gateway'],
    ['node --enable-source-maps dist/main.mjs', '/srv/shop', 'shop'],
    ['node worker.js', '/srv/shop', 'worker.js'],
    ['/usr/bin/node', '/', 'node'],
  ])('calls %s in %s by the name %s', (command, cwd, name) => {
    expect(processName({ command, cwd })).toBe(name);
  });
});
