/** The figures of the report, `metrics` of `loopscope.report/1`. What was not measured is null, never 0. */
import type { Metrics, ThreadMetrics } from '../model/report.ts';
import { selectQueues } from './queue-selectors.ts';
import { selectLoopFigures, selectStallFigures } from './loop-selectors.ts';
import { selectMemoryGrowth } from './memory-growth.ts';
import { selectRequests } from './request-selectors.ts';
import {
  selectCluster,
  selectGc,
  selectMemoryReading,
  selectPools,
  selectProcess,
  selectThreadPool,
} from './resource-selectors.ts';
import type { Span } from './series.ts';
import { selectOwnCost } from './session-selectors.ts';
import { selectThreads } from './thread-selectors.ts';
import type { ThreadFigures } from './thread-selectors.ts';
import type { Timeline } from './timeline.ts';

export function selectMetrics(timeline: Timeline, span: Span): Metrics {
  const process = selectProcess(timeline, span);
  const memory = selectMemoryReading(timeline, span);
  const gc = selectGc(timeline, span);
  const threadPool = selectThreadPool(timeline, span);
  const cluster = selectCluster(timeline, span);
  const queues = selectQueues(timeline, span);
  const threads = selectThreads(timeline, span);
  return {
    eventLoop: { ...selectLoopFigures(timeline, span), stalls: selectStallFigures(timeline, span) },
    requests: requestMetrics(timeline, span),
    cpu: {
      percent: process?.cpuPercent ?? null,
      mainThreadPercent: process?.mainThreadPercent ?? null,
    },
    memory: {
      rss: process?.rssBytes ?? null,
      heapUsed: memory?.heapUsedBytes ?? null,
      heapTotal: memory?.heapTotalBytes ?? null,
      heapLimit: memory?.heapLimitBytes ?? null,
      external: memory?.externalBytes ?? null,
      arrayBuffers: memory?.arrayBuffersBytes ?? null,
      liveAfterGc: memory?.liveAfterGcBytes ?? null,
      growthPerSecond: selectMemoryGrowth(timeline, span, 'heap')?.bytesPerSecond ?? null,
    },
    gc: gc && {
      share: gc.share,
      count: gc.count,
      longestMs: gc.longestMs,
      majorCount: gc.majorCount,
    },
    threadpool: threadPool && { size: threadPool.size, queueDelayMs: threadPool.queueDelayMs },
    pools: selectPools(timeline, span).map((pool) => ({
      kind: pool.driver,
      name: pool.name,
      max: pool.max,
      active: pool.active,
      idle: pool.idle,
      waiting: pool.waiting,
      longestHeldMs: pool.longestHeldMs,
      longestWaitMs: pool.longestWaitMs,
    })),
    ...(queues.length > 0 ? { queues } : {}),
    ...(threads.length > 0 ? { threads: threads.map(threadMetrics) } : {}),
    listenQueue: process?.listenQueue ?? null,
    cluster: cluster && {
      workers: cluster.workers.map(({ pid, utilization, requestsPerSecond }) => ({
        pid,
        utilization,
        requestsPerSecond,
      })),
      restarts: cluster.exits.length,
    },
    overhead: selectOwnCost(timeline, span),
  };
}

function requestMetrics(timeline: Timeline, span: Span): Metrics['requests'] {
  const requests = selectRequests(timeline, span);
  if (!requests) return null;
  const { count, perSecond, errors, inFlight, latencyMs, routes } = requests;
  return { count, perSecond, errors, inFlight, latencyMs, routes };
}

function threadMetrics(thread: ThreadFigures): ThreadMetrics {
  const { id, name, utilization, cpuPercent, heapUsedBytes, heapLimitBytes, hottest } = thread;
  const [place] = hottest;
  const [frame] = place?.stack ?? [];
  return {
    id,
    name,
    utilization,
    cpuPercent,
    heapUsed: heapUsedBytes,
    heapLimit: heapLimitBytes,
    hottest:
      place === undefined || frame === undefined
        ? null
        : { function: frame.function, file: frame.file, line: frame.line, share: place.share },
  };
}
