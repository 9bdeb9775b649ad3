/**
 * The process is out of CPU: one process on a machine with idle cores, no core left at all, workers that share the
 * load badly, or workers that die and come back.
 */
import type { Finding, FindingCauses, Severity } from '../model/finding.ts';
import type { WorkersEvent } from '../model/timeline-event.ts';
import { formatCount, formatMs, formatShare } from '../shared/quantity.ts';
import { selectCluster, selectProcess } from '../timeline/resource-selectors.ts';
import type { ClusterFigures } from '../timeline/resource-selectors.ts';
import type { ProcessFigures } from '../timeline/timeline-windows.ts';
import { busyWorkerThreads } from './busy-worker-threads.ts';
import { selectWaitShare } from './cpu-contention.ts';
import { NOT_FOUND, notEnoughSeen, SHORTEST_OBSERVATION_MS } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';

/** What the process as a whole lacks; a thread of its own is looked at in busy-worker-threads.ts. */
type SaturationCause = Exclude<FindingCauses['process-saturated'], 'worker-thread'>;

/** From here on the queue before the loop is ten times what is being served (M/M/1). */
const FULL_UTILIZATION = 0.9;
/** The main thread itself must run: a loop that waits for something else looks busy, too. */
const FULL_THREAD_PERCENT = 85;
/** On a machine without a free core a loop that never rests is out of CPU, however little of it it gets. */
const STARVED_UTILIZATION = 0.97;
/** Nothing to spare: what is left is the scheduler's. */
const MACHINE_FULL = 0.95;
/** From here on as many requests wait as are served (M/M/1): below, nothing is short of anything. */
const TRIED_UTILIZATION = 0.5;
/** Waiting more than running or resting: a note, because no change to the service mends it. */
const STARVED_BY_OTHERS = 0.5;
/** The service's own part of all cores from which on it is the one that fills them. */
const FILLS_CORES = 0.8;
/** A worker that does three times what the others do, and that keeps a core busy, is a hot spot and not chance. */
const UNBALANCED_RATIO = 3;
const HOT_WORKER_PERCENT = 40;
/** Two exits are a pattern; one may be a deployment. */
const FEWEST_EXITS = 2;
const CRITICAL_EXITS = 3;

const REMEDIES: Readonly<Record<SaturationCause, readonly string[]>> = {
  'single-process': [
    'run one process per core: node:cluster, pm2 -i max, or more replicas behind the load balancer',
    'first look at the hottest functions: a cheaper request is better than a second process',
  ],
  'all-cores': [
    'add machines or raise the CPU quota; more processes on these cores do not help',
    'make the hottest functions cheaper, and shed load before queues grow (@fastify/under-pressure)',
  ],
  'unbalanced-workers': [
    'use round-robin scheduling (cluster.schedulingPolicy = SCHED_RR), and check sticky sessions in the load balancer',
    'close long keep-alive connections now and then, so that clients spread again',
  ],
  'worker-restarts': [
    'read why they exit: the exit code and the last lines of the log; 134 is a full heap, 137 the OOM killer',
    'restart with back-off, and drain connections before a worker ends (SIGTERM handler with server.close)',
  ],
};

export const processSaturated: Detector = {
  kind: 'process-saturated',
  detect(view) {
    const process = selectProcess(view.timeline, view.span);
    const cluster = selectCluster(view.timeline, view.span);
    if (!process || (view.observedMs < SHORTEST_OBSERVATION_MS && !cluster)) {
      return notEnoughSeen('CPU was watched for less than 2 s');
    }
    const findings = [
      cluster && workerRestarts(view, cluster),
      cluster && unbalancedWorkers(view, cluster),
      (cluster && fullWorkers(view, process, cluster)) ??
        fullProcess(view, process, cluster) ??
        starvedProcess(view, process),
      ...busyWorkerThreads(view),
    ].filter((finding) => finding !== null);
    if (findings.length > 0) return { kind: 'found', findings };
    return wasTried(view, cluster)
      ? NOT_FOUND
      : notEnoughSeen('the process had little to do: what becomes of it under load was not seen');
  },
};

function wasTried({ loop }: DiagnosisView, cluster: ClusterFigures | null): boolean {
  const percents = (cluster?.workers ?? []).map(({ cpuPercent }) => cpuPercent);
  return (loop.utilization ?? 0) >= TRIED_UTILIZATION || Math.max(0, ...percents) >= HOT_WORKER_PERCENT;
}

function fullProcess(
  view: DiagnosisView,
  process: ProcessFigures,
  cluster: ClusterFigures | null,
): Finding | null {
  const utilization = view.loop.utilization ?? 0;
  const threadPercent = process.mainThreadPercent ?? process.cpuPercent;
  const machineFull = process.machineBusy !== null && process.machineBusy >= MACHINE_FULL;
  const runs = utilization >= FULL_UTILIZATION && threadPercent >= FULL_THREAD_PERCENT;
  const waitsForCore = machineFull && utilization >= STARVED_UTILIZATION;
  if (!runs && !waitsForCore) return null;
  const cores = view.target?.cores ?? 1;
  const workers = cluster?.workers ?? [];
  const ownPercent = Math.max(
    process.cpuPercent,
    workers.reduce((sum, worker) => sum + worker.cpuPercent, 0),
  );
  const fillsCores = ownPercent >= cores * 100 * FILLS_CORES;
  const cause: SaturationCause =
    machineFull || fillsCores || cores < 2 || workers.length >= cores ? 'all-cores' : 'single-process';
  const { listenQueue } = process;
  const queued = listenQueue !== null && listenQueue.length > 0;
  return findingFrom(cause, {
    severity: queued || utilization >= MACHINE_FULL ? 'critical' : 'warning',
    confidence: process.mainThreadPercent === null || !runs ? 0.7 : 0.9,
    title:
      cause === 'single-process'
        ? `one process uses one core to the full while ${formatCount(Math.floor(cores) - 1, 'other core')} could work`
        : 'no core is left: the process is out of CPU',
    impact: queued
      ? `${formatCount(listenQueue.length, 'connection')} wait in the kernel's queue to be accepted`
      : 'more requests make every request slower, none faster',
    evidence: [
      `event-loop utilization ${formatShare(utilization)}, main thread ${Math.round(threadPercent)}% of a core`,
      `${Math.round(ownPercent)}% CPU in all on ${formatCount(cores, 'core')}`,
      ...(process.machineBusy === null
        ? []
        : [`all cores of the machine ${formatShare(process.machineBusy)} busy`]),
      ...(view.requests ? [`${Math.round(view.requests.perSecond)} requests/s`] : []),
    ],
  });
}

/** Every worker is full. The primary that is watched shows nothing of it: it only hands out connections. */
function fullWorkers(
  view: DiagnosisView,
  { machineBusy }: ProcessFigures,
  { workers }: ClusterFigures,
): Finding | null {
  if (workers.length === 0 || workers.some(({ cpuPercent }) => cpuPercent < FULL_THREAD_PERCENT)) return null;
  const cores = view.target?.cores ?? 1;
  const idleCores = Math.floor(cores) - workers.length;
  const machineFull = machineBusy !== null && machineBusy >= MACHINE_FULL;
  const cause: SaturationCause = machineFull || idleCores <= 0 ? 'all-cores' : 'single-process';
  return findingFrom(cause, {
    severity: 'warning',
    confidence: 0.8,
    title:
      cause === 'single-process'
        ? `${formatCount(workers.length, 'worker')} and no idle one, while ${formatCount(idleCores, 'core')} could work`
        : `no core is left: ${formatCount(workers.length, 'worker')} and no idle one`,
    impact: 'more requests make every request slower, none faster',
    evidence: [...workers.slice(0, 8).map(workerLine), `${formatCount(cores, 'core')} in all`],
  });
}

/** Others fill the machine: nothing in the service is wrong, and everything in it is late. */
function starvedProcess(view: DiagnosisView, process: ProcessFigures): Finding | null {
  const waitShare = selectWaitShare(view) ?? 0;
  if (waitShare < STARVED_BY_OTHERS) return null;
  return findingFrom('all-cores', {
    severity: 'info',
    confidence: 0.9,
    title: `the machine leaves the service no CPU: it was ready to run and waited ${formatShare(waitShare)} of the time`,
    impact: 'every request is late, whatever its code does',
    evidence: [
      `main thread ${Math.round(process.mainThreadPercent ?? process.cpuPercent)}% of a core`,
      ...(process.machineBusy === null
        ? []
        : [`all cores of the machine ${formatShare(process.machineBusy)} busy`]),
    ],
  });
}

function unbalancedWorkers(view: DiagnosisView, { workers }: ClusterFigures): Finding | null {
  if (workers.length < 2) return null;
  const byLoad = workers.toSorted((a, b) => b.cpuPercent - a.cpuPercent);
  const busiest = byLoad[0] as WorkersEvent['workers'][number];
  const others = byLoad.slice(1);
  const othersPercent = others.reduce((sum, worker) => sum + worker.cpuPercent, 0) / others.length;
  if (busiest.cpuPercent < HOT_WORKER_PERCENT) return null;
  if (busiest.cpuPercent < othersPercent * UNBALANCED_RATIO) return null;
  return findingFrom('unbalanced-workers', {
    severity: busiest.cpuPercent >= FULL_THREAD_PERCENT ? 'critical' : 'warning',
    confidence: 0.8,
    title: `worker ${busiest.pid} does most of the work: ${Math.round(busiest.cpuPercent)}% CPU, the others ${Math.round(othersPercent)}%`,
    impact: 'its clients wait while other workers are idle',
    evidence: [
      ...byLoad.slice(0, 8).map((worker) => workerLine(worker)),
      `seen over ${formatMs(view.spanMs)}`,
    ],
  });
}

function workerLine({ pid, cpuPercent, requestsPerSecond }: WorkersEvent['workers'][number]): string {
  const rate = requestsPerSecond === null ? '' : `, ${Math.round(requestsPerSecond)} requests/s`;
  return `worker ${pid}: ${Math.round(cpuPercent)}% CPU${rate}`;
}

function workerRestarts(view: DiagnosisView, { exits }: ClusterFigures): Finding | null {
  if (exits.length < FEWEST_EXITS) return null;
  const ways = new Map<string, number>();
  for (const { how } of exits) ways.set(how, (ways.get(how) ?? 0) + 1);
  return findingFrom('worker-restarts', {
    severity: exits.length >= CRITICAL_EXITS ? 'critical' : 'warning',
    confidence: 0.9,
    title: `${exits.length} workers ended in ${formatMs(view.spanMs)}`,
    impact: 'each takes its open requests with it, and its successor starts cold',
    evidence: [...ways].map(([how, count]) =>
      how === 'unseen'
        ? `${count} times: between two readings, so that how is not known`
        : `${count} times: ${how}`,
    ),
  });
}

function findingFrom(
  cause: SaturationCause,
  words: {
    readonly severity: Severity;
    readonly confidence: number;
    readonly title: string;
    readonly impact: string;
    readonly evidence: readonly string[];
  },
): Finding {
  return {
    id: `process-saturated:${cause}:${cause}`,
    kind: 'process-saturated',
    cause,
    ...words,
    culprits: [],
    routes: [],
    remedies: REMEDIES[cause],
  };
}
