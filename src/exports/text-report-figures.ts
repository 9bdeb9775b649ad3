/** The figures of a report as labelled lines. What was not measured is left out, never shown as 0. */
import type { Metrics, Percentiles, Report } from '../model/report.ts';
import { routeKey } from '../model/route-pattern.ts';
import { formatBytes, formatCount, formatMs, formatShare } from '../shared/quantity.ts';

export type FigureRow = readonly [label: string, text: string];

/** Routes that a plain report lists; the rest is in the JSON form. */
const MOST_ROUTES = 5;

export function figureRows({ metrics }: Report): readonly FigureRow[] {
  return [
    ...loopRows(metrics.eventLoop),
    ...requestRows(metrics.requests),
    ...cpuRows(metrics),
    ...threadRows(metrics),
    ...memoryRows(metrics),
    ...poolRows(metrics),
    ...ownCostRows(metrics.overhead),
  ];
}

function loopRows({ utilization, delayMs, stalls }: Metrics['eventLoop']): readonly FigureRow[] {
  const parts = [
    ...(utilization === null ? [] : [`${formatShare(utilization)} busy`]),
    ...(delayMs === null
      ? []
      : [`delay p50 ${formatMs(delayMs.p50)}, p99 ${formatMs(delayMs.p99)}, max ${formatMs(delayMs.max)}`]),
    stalls.count === 0
      ? 'no stalls'
      : `${formatCount(stalls.count, 'stall')}, ${formatMs(stalls.totalMs)} in all, the longest ${formatMs(stalls.longestMs)}`,
  ];
  return [['loop', parts.join('; ')]];
}

function requestRows(requests: Metrics['requests']): readonly FigureRow[] {
  if (requests === null) return [['requests', 'not measured']];
  const { count, perSecond, errors, inFlight, latencyMs, routes } = requests;
  const head = `${formatCount(count, 'request')}, ${perSecond.toFixed(1)}/s, ${formatCount(errors, 'error')}, ${inFlight} open`;
  return [
    ['requests', latencyMs === null ? head : `${head}; ${percentiles(latencyMs)}`],
    ...routes
      .slice(0, MOST_ROUTES)
      .map((route): FigureRow => [
        '',
        `${routeKey(route)}: ${route.perSecond.toFixed(1)}/s, ${percentiles(route.latencyMs)}`,
      ]),
    ...(routes.length > MOST_ROUTES ? [['', `and ${routes.length - MOST_ROUTES} more`] as const] : []),
  ];
}

function percentiles({ p50, p95, p99, max }: Percentiles): string {
  return `p50 ${formatMs(p50)}, p95 ${formatMs(p95)}, p99 ${formatMs(p99)}, max ${formatMs(max)}`;
}

function cpuRows({ cpu, threadpool, listenQueue }: Metrics): readonly FigureRow[] {
  const parts = [
    ...(cpu.percent === null ? [] : [`${Math.round(cpu.percent)}% of a core`]),
    ...(cpu.mainThreadPercent === null ? [] : [`main thread ${Math.round(cpu.mainThreadPercent)}%`]),
    ...(threadpool === null
      ? []
      : [`thread pool of ${threadpool.size} waits ${formatMs(threadpool.queueDelayMs.p50)}`]),
    ...(listenQueue === null ? [] : [`listen queue ${listenQueue.length} of ${listenQueue.limit}`]),
  ];
  return parts.length === 0 ? [] : [['cpu', parts.join('; ')]];
}

/** The busiest; a pool's threads are alike. */
const MOST_THREADS = 4;

function threadRows({ threads = [] }: Metrics): readonly FigureRow[] {
  return threads.slice(0, MOST_THREADS).map((thread, index): FigureRow => {
    const { id, name, utilization, hottest, heapUsed } = thread;
    const parts = [
      utilization === null ? 'not measured' : `${formatShare(utilization)} busy`,
      ...(hottest === null ? [] : [`mostly ${hottest.function} (${formatShare(hottest.share)})`]),
      ...(heapUsed === null ? [] : [`heap ${formatBytes(heapUsed)}`]),
    ];
    return [index === 0 ? 'threads' : '', `${name === '' ? `worker ${id}` : name}: ${parts.join(', ')}`];
  });
}

function memoryRows({ memory, gc }: Metrics): readonly FigureRow[] {
  const parts = [
    ...(memory.rss === null ? [] : [`rss ${formatBytes(memory.rss)}`]),
    ...(memory.heapUsed === null || memory.heapLimit === null
      ? []
      : [`heap ${formatBytes(memory.heapUsed)} of ${formatBytes(memory.heapLimit)}`]),
    ...(memory.liveAfterGc === null ? [] : [`live ${formatBytes(memory.liveAfterGc)}`]),
    ...(memory.growthPerSecond === null ? [] : [`grows ${formatBytes(memory.growthPerSecond)}/s`]),
    ...(memory.external === null ? [] : [`external ${formatBytes(memory.external)}`]),
  ];
  return [
    ...(parts.length === 0 ? [] : [['memory', parts.join('; ')] as const]),
    ...(gc === null
      ? []
      : [
          [
            'collector',
            `${formatShare(gc.share)} of the time; ${formatCount(gc.count, 'collection')}, ${gc.majorCount} full, the longest ${formatMs(gc.longestMs)}`,
          ] as const,
        ]),
  ];
}

function poolRows({ pools }: Metrics): readonly FigureRow[] {
  return pools.map((pool, index) => [
    index === 0 ? 'pools' : '',
    `${pool.kind} ${pool.name}: ${pool.active} of ${pool.max ?? 'any'} in use, ${pool.idle} idle, ${pool.waiting} waiting`,
  ]);
}

function ownCostRows({ mainThreadShare, longestPauseMs }: Metrics['overhead']): readonly FigureRow[] {
  if (mainThreadShare === null) return [];
  const pause = longestPauseMs === null ? '' : `; longest pause ${formatMs(longestPauseMs)}`;
  return [['loopscope', `took ${formatShare(mainThreadShare)} of the main thread${pause}`]];
}
