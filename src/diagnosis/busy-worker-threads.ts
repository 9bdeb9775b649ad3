/**
 * Worker threads that are full. They explain CPU that the main thread did not use; a pool may be kept full on purpose,
 * so they are no more than a note unless requests are late meanwhile: they wait for the pool, or the main thread waits
 * for the cores that it takes. Threads of one name that are full of the same function are one finding: a pool.
 */
import type { Finding } from '../model/finding.ts';
import { frameKey } from '../model/code-frame.ts';
import { formatCount, formatMs, formatShare } from '../shared/quantity.ts';
import { selectProcess } from '../timeline/resource-selectors.ts';
import { selectThreads, threadName } from '../timeline/thread-selectors.ts';
import type { ThreadFigures } from '../timeline/thread-selectors.ts';
import { selectWaitShare, STARVED_WAIT_SHARE } from './cpu-contention.ts';
import { applicationFrame, culpritOf, nameOf } from './culprit.ts';
import { SHORTEST_OBSERVATION_MS } from './detector.ts';
import type { DiagnosisView } from './detector.ts';
import { requestsHang, selectSlowRoutes } from './slow-routes.ts';

/** As for the main thread: from here on the queue before it is ten times what is being served (M/M/1). */
const FULL_UTILIZATION = 0.9;
/** A thread that computes this much is why the process uses more CPU than its main thread: worth a note. */
const BUSY_UTILIZATION = 0.7;

const BESIDE = 'it uses CPU beside the main thread; requests do not wait for its loop';

const REMEDIES: readonly string[] = [
  'give the pool more threads while cores are free (piscina: maxThreads), or make its function cheaper',
  'limit what waits for it (piscina: maxQueue), and refuse early',
];

export function busyWorkerThreads(view: DiagnosisView): readonly Finding[] {
  const busy = selectThreads(view.timeline, view.span).filter(
    ({ utilization, seenMs }) => (utilization ?? 0) >= BUSY_UTILIZATION && seenMs >= SHORTEST_OBSERVATION_MS,
  );
  const pools = new Map<string, ThreadFigures[]>();
  for (const thread of busy) {
    const frame = applicationFrame(thread.hottest[0]?.stack ?? []);
    const key = frame === null ? String(thread.id) : `${thread.name}\n${frameKey(frame)}`;
    pools.set(key, [...(pools.get(key) ?? []), thread]);
  }
  return [...pools.values()].map((threads) => findingOf(view, threads));
}

function findingOf(view: DiagnosisView, threads: readonly ThreadFigures[]): Finding {
  const busiest = threads[0] as ThreadFigures;
  const utilization = busiest.utilization ?? 0;
  const isFull = utilization >= FULL_UTILIZATION;
  const harm = isFull ? harmOf(view) : null;
  const place = busiest.hottest[0];
  const frame = applicationFrame(place?.stack ?? []);
  const who =
    threads.length === 1
      ? threadName(busiest)
      : `${threads.length} worker threads${busiest.name === '' ? '' : ` ${busiest.name}`}`;
  const where = frame === null ? '' : `, ${formatShare(place?.share ?? 0)} of it in ${nameOf(frame)}`;
  const process = selectProcess(view.timeline, view.span);
  const totalMs = threads.reduce((sum, each) => sum + (each.utilization ?? 0) * each.seenMs, 0);
  const figures = {
    share: place?.share ?? 0,
    selfMs: 0,
    totalMs: totalMs * (place?.share ?? 0),
    certainty: 'statistical' as const,
  };
  return {
    id: `process-saturated:worker-thread:${frame?.function ?? busiest.name}`,
    kind: 'process-saturated',
    cause: 'worker-thread',
    severity: harm === null ? 'info' : 'warning',
    confidence: frame === null ? 0.6 : 0.85,
    title: `${who} ${threads.length === 1 ? 'is' : 'are'} ${formatShare(utilization)} busy${where}`,
    impact: harm ?? (isFull ? 'what is posted to it waits; no route is late' : BESIDE),
    culprits: frame === null ? [] : [culpritOf(frame, place?.stack ?? [], figures)],
    routes: [],
    evidence: [
      ...threads.slice(0, 8).map(lineOf),
      ...(process?.mainThreadPercent == null
        ? []
        : [
            `the process uses ${Math.round(process.cpuPercent)}% of a core, its main thread ${Math.round(process.mainThreadPercent)}%`,
          ]),
      ...(threads.length > 8 ? [`and ${formatCount(threads.length - 8, 'more thread')}`] : []),
    ],
    remedies: REMEDIES,
  };
}

/** What requests suffer while threads are full; null where they do not. */
function harmOf(view: DiagnosisView): string | null {
  const waitShare = selectWaitShare(view) ?? 0;
  if (waitShare >= STARVED_WAIT_SHARE) {
    return `the main thread was ready to run and waited for a core ${formatShare(waitShare)} of the time`;
  }
  const slow = selectSlowRoutes(view).toSorted((a, b) => b.latencyMs.p50 - a.latencyMs.p50);
  if (slow[0]) {
    const { method, route, latencyMs } = slow[0];
    return `what is posted to it waits, and ${method} ${route} takes ${formatMs(latencyMs.p50)}`;
  }
  return requestsHang(view) ? 'what is posted to it waits, and requests stay open' : null;
}

function lineOf(thread: ThreadFigures): string {
  const cpu = thread.cpuPercent === null ? '' : `, ${Math.round(thread.cpuPercent)}% of a core`;
  const silent = thread.silentMs > 0 ? `, has not answered for ${formatMs(thread.silentMs)}` : '';
  return `${threadName(thread)}: loop ${formatShare(thread.utilization ?? 0)} busy over ${formatMs(thread.seenMs)}${cpu}${silent}`;
}
