/** What the process takes from the machine: CPU, thread pool, sockets, workers. */
import { formatBytes, formatCount, formatMs, formatPercent, formatRate } from '../../presentation/format.ts';
import { heldSeriesFrom } from '../../timeline/series.ts';
import {
  selectCluster,
  selectCpu,
  selectProcess,
  selectThreadPool,
} from '../../timeline/resource-selectors.ts';
import { selectTarget } from '../../timeline/session-selectors.ts';
import { selectThreads } from '../../timeline/thread-selectors.ts';
import { drawBar } from '../drawing/bar.ts';
import { drawFacts } from '../drawing/facts.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { drawSparkline } from '../drawing/sparkline.ts';
import type { Panel } from '../view.ts';
import { drawWorkerThreads } from './worker-threads.ts';

/** One task of a file or crypto takes about this long; a queue of several of them is felt. */
const QUEUE_DELAY_WARNING_MS = 20;
const HOLD_MS = 4_000;
const FULL_CORE_PERCENT = 95;

export const drawProcessCpu: Panel = (surface, view) => {
  const { theme } = surface;
  const { data } = view;
  const figures = data.cached('process', 'figures', () => selectProcess(data.timeline, data.span));
  const cores = selectTarget(data.timeline)?.cores ?? null;
  drawFrame(surface, { title: 'CPU', right: [[`of ${formatCount(cores)} cores`, theme.styleOf('dim')]] });
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    if (!figures) return void inside.text(0, 0, 'not measured in this window', dim);
    const main = figures.mainThreadPercent;
    drawFacts(inside, 0, 0, [
      [
        ['process ', dim],
        [`${Math.round(figures.cpuPercent)}%`, theme.style('strong', { bold: true })],
      ],
      [
        ['main thread ', dim],
        [
          main === null ? '–' : `${Math.round(main)}%`,
          main !== null && main >= FULL_CORE_PERCENT ? theme.style('critical', { bold: true }) : 0,
        ],
      ],
      [
        ['machine ', dim],
        [formatPercent(figures.machineBusy), 0],
      ],
      [
        ['rss ', dim],
        [formatBytes(figures.rssBytes), 0],
      ],
    ]);
    const cpu = data.series(
      'cpu',
      inside.width,
      (timeline, span, stepMs) => selectCpu(timeline, span, stepMs).total,
    );
    drawSparkline(inside, cpu, {
      x: 0,
      y: 1,
      width: inside.width,
      height: inside.height - 1,
      max: Math.max(100, ...cpu.map((value) => value ?? 0)),
      styleOf: (value) => theme.styleOf(value >= FULL_CORE_PERCENT ? 'warning' : 'series'),
    });
  });
};

export const drawThreadPool: Panel = (surface, view) => {
  const { theme } = surface;
  const { data } = view;
  const pool = data.cached('thread pool', 'figures', () => selectThreadPool(data.timeline, data.span));
  drawFrame(surface, {
    title: 'Thread pool',
    right: pool ? [[`${pool.size} threads`, theme.styleOf('dim')]] : [],
  });
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    if (!pool) return void inside.text(0, 0, 'not probed in this window', dim);
    const late = pool.queueDelayMs.p99 >= QUEUE_DELAY_WARNING_MS;
    drawFacts(inside, 0, 0, [
      [
        ['a task waits ', dim],
        [formatMs(pool.queueDelayMs.p50), theme.style('strong', { bold: true })],
      ],
      [
        ['p99 ', dim],
        [formatMs(pool.queueDelayMs.p99), late ? theme.style('warning', { bold: true }) : 0],
      ],
    ]);
    const delays = data.series('queue delay', inside.width, (timeline, span, stepMs) =>
      heldSeriesFrom(
        timeline.threadPool.between(span.fromMs - HOLD_MS, span.toMs),
        span,
        stepMs,
        HOLD_MS,
        ({ event }) => event.queueDelayMs,
      ),
    );
    drawSparkline(inside, delays, {
      x: 0,
      y: 1,
      width: inside.width,
      height: inside.height - 1,
      max: Math.max(QUEUE_DELAY_WARNING_MS, ...delays.map((value) => value ?? 0)),
      styleOf: (value) => theme.styleOf(value >= QUEUE_DELAY_WARNING_MS ? 'warning' : 'series'),
    });
  });
};

export const drawSockets: Panel = (surface, view) => {
  const { theme } = surface;
  const { data } = view;
  const figures = data.cached('process', 'figures', () => selectProcess(data.timeline, data.span));
  const cluster = data.cached('cluster', 'figures', () => selectCluster(data.timeline, data.span));
  const threads = data.cached('threads', 'figures', () => selectThreads(data.timeline, data.span));
  drawFrame(surface, { title: cluster ? 'Workers' : threads.length > 0 ? 'Worker threads' : 'Sockets' });
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    const queue = figures?.listenQueue ?? null;
    drawFacts(inside, 0, 0, [
      [
        ['listen queue ', dim],
        [
          queue ? `${queue.length} of ${queue.limit}` : '–',
          queue && queue.length > queue.limit / 2 ? theme.style('critical', { bold: true }) : 0,
        ],
      ],
      [['at its fullest', dim]],
    ]);
    if (!cluster) {
      inside.inset(0, 2, inside.width, inside.height - 2, (rest) => drawWorkerThreads(rest, threads));
      return;
    }
    if (cluster.exits.length > 0)
      inside.text(0, 1, `${cluster.exits.length} ended in the window`, theme.styleOf('warning'));
    cluster.workers.slice(0, inside.height - 2).forEach((worker, i) => {
      inside.text(0, 2 + i, `pid ${worker.pid}`, 0, 12);
      inside.textRight(
        12,
        2 + i,
        6,
        `${Math.round(worker.cpuPercent)}%`,
        theme.style('strong', { bold: true }),
      );
      drawBar(inside, 20, 2 + i, 10, worker.cpuPercent / 100, theme.styleOf('series'));
      inside.text(
        32,
        2 + i,
        `loop ${formatPercent(worker.utilization)}  ${formatRate(worker.requestsPerSecond)}`,
        dim,
      );
    });
  });
};
