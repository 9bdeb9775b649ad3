import { describe, expect, it } from 'vitest';
import { isBoundOn, KEYMAP } from '../../src/views/keymap.ts';
import { SCREENS } from '../../src/views/ui-state.ts';
import { isAvailable, type Panel, type View } from '../../src/views/view.ts';
import { drawAllocationSites } from '../../src/views/panels/allocation-sites.ts';
import { drawBanner } from '../../src/views/panels/banner.ts';
import { drawCollector } from '../../src/views/panels/collector.ts';
import { drawDelayChart } from '../../src/views/panels/delay-chart.ts';
import { drawFindingDetail } from '../../src/views/panels/finding-detail.ts';
import { drawFindingsList } from '../../src/views/panels/findings-list.ts';
import { drawFlameGraph } from '../../src/views/panels/flame-graph.ts';
import { drawFooter } from '../../src/views/panels/footer.ts';
import { drawFrameDetail } from '../../src/views/panels/frame-detail.ts';
import { drawHeader, drawTabs } from '../../src/views/panels/header.ts';
import { drawHeapChart } from '../../src/views/panels/heap-chart.ts';
import { drawHeapSpaces } from '../../src/views/panels/heap-spaces.ts';
import { drawHelp } from '../../src/views/panels/help.ts';
import { drawHottestList } from '../../src/views/panels/hottest-list.ts';
import { drawLatencyChart } from '../../src/views/panels/latency-chart.ts';
import { drawLatencyHeat } from '../../src/views/panels/latency-heat.ts';
import { drawPeers } from '../../src/views/panels/peers.ts';
import { drawPools } from '../../src/views/panels/pools.ts';
import { drawProcessCpu, drawSockets, drawThreadPool } from '../../src/views/panels/process-resources.ts';
import { drawRoutesTable, drawWideRoutesTable } from '../../src/views/panels/routes-table.ts';
import { drawStallList, drawStallStack, drawStallStrip } from '../../src/views/panels/stalls.ts';
import { drawSymptomList, drawTiles } from '../../src/views/panels/symptoms.ts';
import { createTimeline, reduceTimeline } from '../../src/timeline/timeline.ts';
import { frame } from '../timeline/event-text.ts';
import { drawn, syntheticTimeline, viewOf } from './synthetic-view.ts';

process.env['TZ'] = 'UTC';

const PANELS: readonly (readonly [name: string, panel: Panel, columns: number, rows: number])[] = [
  ['header', drawHeader, 120, 1],
  ['tabs', drawTabs, 120, 1],
  ['banner', drawBanner, 120, 2],
  ['tiles', drawTiles, 120, 5],
  ['symptom-list', drawSymptomList, 40, 8],
  ['delay-chart', drawDelayChart, 67, 15],
  ['latency-heat', drawLatencyHeat, 67, 14],
  ['findings-list', drawFindingsList, 53, 11],
  ['routes-table', drawRoutesTable, 53, 10],
  ['wide-routes-table', drawWideRoutesTable, 120, 23],
  ['hottest-list', drawHottestList, 53, 9],
  ['flame-graph', drawFlameGraph, 120, 20],
  ['frame-detail', drawFrameDetail, 60, 14],
  ['heap-chart', drawHeapChart, 120, 14],
  ['heap-spaces', drawHeapSpaces, 57, 12],
  ['collector', drawCollector, 57, 7],
  ['allocation-sites', drawAllocationSites, 62, 16],
  ['latency-chart', drawLatencyChart, 60, 14],
  ['stall-strip', drawStallStrip, 120, 6],
  ['stall-list', drawStallList, 57, 14],
  ['stall-stack', drawStallStack, 62, 14],
  ['pools', drawPools, 76, 16],
  ['peers', drawPeers, 76, 8],
  ['process-cpu', drawProcessCpu, 56, 8],
  ['thread-pool', drawThreadPool, 56, 8],
  ['sockets', drawSockets, 56, 8],
  ['finding-detail', drawFindingDetail, 72, 30],
  ['footer', drawFooter, 120, 1],
  ['help', drawHelp, 96, 30],
];

/** Heat without colour is drawn in letters: a picture that can be compared as text. */
const AS_LETTERS = { depth: 0 } as const;

describe('panels', () => {
  const timeline = syntheticTimeline();

  it.each(PANELS)('draw %s as before', async (name, panel, columns, rows) => {
    const picture = `${drawn(panel, viewOf(timeline), columns, rows, AS_LETTERS)}\n`;
    await expect(picture).toMatchFileSnapshot(`goldens/${name}.txt`);
  });

  it('show the worker threads of a service that has some, where else only its sockets are', async () => {
    const threaded = syntheticTimeline();
    const { latestMs } = threaded;
    const thread = { cpuPercent: null, heapUsedBytes: 7e6, heapLimitBytes: 4e9, silentMs: 0 };
    const stack = [frame('rebuildPrices', 7)];
    reduceTimeline(threaded, {
      kind: 'threads',
      atMs: latestMs ?? 0,
      windowMs: 1000,
      threads: [
        { ...thread, id: 1, name: 'prices', utilization: 0.97, hottest: [{ stack, share: 0.9 }] },
        { ...thread, id: 2, name: '', utilization: 0.01, hottest: [] },
      ],
    });
    const picture = `${drawn(drawSockets, viewOf(threaded), 56, 8, AS_LETTERS)}\n`;
    await expect(picture).toMatchFileSnapshot('goldens/worker-threads.txt');
  });

  it.each(PANELS)('draw %s in ASCII alone where that is asked for', (_name, panel, columns, rows) => {
    // oxlint-disable-next-line no-control-regex
    expect(drawn(panel, viewOf(timeline), columns, rows, { ascii: true })).toMatch(/^[\x20-\x7e\n–]*$/);
  });

  it.each(PANELS)('draw %s before any data has come', (_name, panel, columns, rows) => {
    expect(() => drawn(panel, viewOf(createTimeline(), {}, []), columns, rows)).not.toThrow();
  });

  it.each(PANELS)('draw %s in a space that is too small for it', (_name, panel) => {
    for (const [columns, rows] of [
      [1, 1],
      [5, 2],
      [12, 4],
      [250, 70],
    ] as const) {
      expect(() => drawn(panel, viewOf(timeline), columns, rows)).not.toThrow();
    }
  });

  it.each(SCREENS)('tell every key of %s in the help of the smallest terminal', (screen) => {
    const live: View = { ...viewOf(timeline, { screen }), canWrite: true, capture: { kind: 'idle' } };
    const replayed: View = {
      ...viewOf(timeline, { screen }),
      playback: { startMs: 0, endMs: 1, positionMs: 1, playing: false, speed: 1 },
    };
    for (const view of [live, replayed]) {
      const words = drawn(drawHelp, view, 76, 22).split(/\s{2,}|│/);
      for (const binding of KEYMAP) {
        const told = binding.help !== '' && isBoundOn(binding, screen) && isAvailable(view, binding.command);
        if (told) expect(words).toContain(binding.shown);
      }
    }
  });
});
