/** The process as metrics: its event loop, its memory and collector, its CPU and what it holds open. */
import { histogramPercentile, sumHistograms, valueOf } from '../../model/latency-histogram.ts';
import type { GcEvent, SparseHistogram } from '../../model/timeline-event.ts';
import { selectBlockedAt, selectLoopFigures } from '../../timeline/loop-selectors.ts';
import { selectMemoryReading, selectProcess, selectThreadPool } from '../../timeline/resource-selectors.ts';
import type { Span } from '../../timeline/series.ts';
import type { Timeline } from '../../timeline/timeline.ts';
import { counter, gauge, level, one } from './metric-points.ts';
import type { MetricTotals } from './metric-totals.ts';
import { COLLECTION_BOUNDS } from './metric.ts';
import type { HistogramPoint, Metric } from './metric.ts';

export function loopMetrics(timeline: Timeline, totals: MetricTotals, span: Span): readonly Metric[] {
  const delay = sumHistograms(timeline.loop.between(span.fromMs, span.toMs).map((window) => window.delay));
  const delays = delay.length === 0 ? [] : delayFigures(delay);
  return [
    gauge(
      'nodejs.eventloop.utilization',
      'Event loop utilization.',
      '1',
      one(selectLoopFigures(timeline, span).utilization),
    ),
    {
      kind: 'counter',
      name: 'nodejs.eventloop.time',
      description: 'Cumulative duration of time the event loop has been in each state.',
      unit: 's',
      points: [
        { attributes: { 'nodejs.eventloop.state': 'active' }, value: totals.loopActiveMs / 1000 },
        { attributes: { 'nodejs.eventloop.state': 'idle' }, value: totals.loopIdleMs / 1000 },
      ],
    },
    ...delays.map(({ name, what, us }) =>
      gauge(`nodejs.eventloop.delay.${name}`, `Event loop ${what}.`, 's', one(us / 1e6)),
    ),
    counter(
      'loopscope.eventloop.stalls',
      'Times that one callback held the event loop.',
      '{stall}',
      one(totals.stalls),
    ),
    counter(
      'loopscope.eventloop.stall.time',
      'Time the event loop did not turn.',
      's',
      one(totals.stalledMs / 1000),
    ),
    gauge(
      'loopscope.eventloop.blocked',
      'For how long the event loop has been blocked now; 0 while it turns.',
      's',
      one((selectBlockedAt(timeline, span.toMs)?.forMs ?? 0) / 1000),
    ),
  ];
}

/** In microseconds, under the names that the conventions have. */
function delayFigures(
  delay: SparseHistogram,
): readonly { readonly name: string; readonly what: string; readonly us: number }[] {
  const count = delay.reduce((sum, [, times]) => sum + times, 0);
  const mean = delay.reduce((sum, [bucket, times]) => sum + valueOf(bucket) * times, 0) / count;
  const variance =
    delay.reduce((sum, [bucket, times]) => sum + (valueOf(bucket) - mean) ** 2 * times, 0) / count;
  const at = (quantile: number): number => histogramPercentile(delay, quantile);
  return [
    { name: 'min', what: 'minimum delay', us: at(0) },
    { name: 'max', what: 'maximum delay', us: at(1) },
    { name: 'mean', what: 'mean delay', us: mean },
    { name: 'stddev', what: 'standard deviation delay', us: Math.sqrt(variance) },
    { name: 'p50', what: '50 percentile delay', us: at(0.5) },
    { name: 'p90', what: '90 percentile delay', us: at(0.9) },
    { name: 'p99', what: '99 percentile delay', us: at(0.99) },
  ];
}

/** What the conventions call the kinds of collections. */
const COLLECTION_TYPES: Readonly<Record<GcEvent['type'], string>> = {
  scavenge: 'minor',
  'mark-compact': 'major',
  incremental: 'incremental',
  'weak-callbacks': 'weakcb',
};

export function memoryMetrics(timeline: Timeline, totals: MetricTotals, span: Span): readonly Metric[] {
  const memory = selectMemoryReading(timeline, span);
  const spaces = (bytesOf: (space: { usedBytes: number; committedBytes: number }) => number) =>
    (memory?.spaces ?? []).map((space) => ({
      attributes: { 'v8js.heap.space.name': space.name },
      value: bytesOf(space),
    }));
  const bytes = (name: string, description: string, value: number | null | undefined) =>
    level(name, description, 'By', one(value));
  return [
    {
      kind: 'histogram',
      name: 'v8js.gc.duration',
      description: 'Garbage collection duration.',
      unit: 's',
      bounds: COLLECTION_BOUNDS,
      points: [...totals.collections].map(([type, distribution]): HistogramPoint => ({
        attributes: { 'v8js.gc.type': COLLECTION_TYPES[type] },
        distribution,
      })),
    },
    level(
      'v8js.memory.heap.used',
      'Heap Memory size allocated.',
      'By',
      spaces((space) => space.usedBytes),
    ),
    level(
      'v8js.memory.heap.space.physical_size',
      'Committed size of a heap space.',
      'By',
      spaces((space) => space.committedBytes),
    ),
    bytes('loopscope.memory.heap.used', 'Size of the used heap.', memory?.heapUsedBytes),
    bytes('loopscope.memory.heap.limit', 'Size that the heap may not exceed.', memory?.heapLimitBytes),
    bytes(
      'loopscope.memory.heap.live',
      'Used heap after the last full collection.',
      memory?.liveAfterGcBytes,
    ),
    bytes(
      'loopscope.memory.external',
      'Memory outside of the heap that objects hold.',
      memory?.externalBytes,
    ),
    bytes('loopscope.memory.array_buffers', 'Memory of buffers.', memory?.arrayBuffersBytes),
  ];
}

export function processMetrics(timeline: Timeline, totals: MetricTotals, span: Span): readonly Metric[] {
  const process = selectProcess(timeline, span);
  const threadPool = selectThreadPool(timeline, span);
  const share = (percent: number | null | undefined) => one(percent == null ? null : percent / 100);
  return [
    gauge(
      'process.cpu.utilization',
      'CPU time of the process by time elapsed; 1 is one core.',
      '1',
      share(process?.cpuPercent),
    ),
    gauge(
      'loopscope.main_thread.utilization',
      'CPU time of the main thread by time elapsed.',
      '1',
      share(process?.mainThreadPercent),
    ),
    level('process.memory.usage', 'The amount of physical memory in use.', 'By', one(process?.rssBytes)),
    level('process.thread.count', 'Process threads count.', '{thread}', one(totals.process?.threads)),
    level(
      'process.unix.file_descriptor.count',
      'Number of unix file descriptors in use by the process.',
      '{file_descriptor}',
      one(totals.process?.openFiles),
    ),
    level(
      'loopscope.listen_queue.length',
      'Connections that the service has not accepted yet.',
      '{connection}',
      one(process?.listenQueue?.length),
    ),
    level(
      'loopscope.listen_queue.limit',
      'Connections beyond which more are refused.',
      '{connection}',
      one(process?.listenQueue?.limit),
    ),
    gauge(
      'loopscope.threadpool.queue_delay.p50',
      'Median time that a task waits for the thread pool.',
      's',
      one(threadPool && threadPool.queueDelayMs.p50 / 1000),
    ),
    gauge(
      'loopscope.threadpool.queue_delay.p99',
      '99 percentile time that a task waits for the thread pool.',
      's',
      one(threadPool && threadPool.queueDelayMs.p99 / 1000),
    ),
    counter(
      'loopscope.cluster.worker.exits',
      'Workers of a cluster that ended.',
      '{process}',
      one(totals.workerExits),
    ),
  ];
}
