/**
 * A worker of a queue inside a process that answers requests: its jobs and the requests share one loop, so that each
 * delays the other. Where jobs are all that a process does, they compete with nobody.
 */
import type { Finding } from '../model/finding.ts';
import { JOB_METHOD } from '../model/timeline-event.ts';
import { formatMs, formatShare } from '../shared/quantity.ts';
import { selectCpuShare } from './cpu-contention.ts';
import { nameOf } from './culprit.ts';
import type { DiagnosisView } from './detector.ts';
import { FEWEST_SAMPLES, functionsOf, groupBy, sampledCulprits } from './sampled-work.ts';
import type { ContextSample } from './sampled-work.ts';

/** Health checks come every few seconds, and have time. */
const FEWEST_REQUESTS_PER_SECOND = 1;
/** A tenth of the loop lengthens the wait of every request by about as much (M/M/1 below half load). */
const LOOP_SHARE = 0.1;
/** As for work after responses: almost half of the work, on a loop that has little room left. */
const CRITICAL_SHARE = 0.4;
const LITTLE_HEADROOM = 0.7;

/** One finding for each kind of job that takes a considerable share of the loop; none without requests beside it. */
export function findQueueWorkers(view: DiagnosisView, samples: readonly ContextSample[]): readonly Finding[] {
  if ((view.requests?.perSecond ?? 0) < FEWEST_REQUESTS_PER_SECOND) return [];
  if (samples.length < FEWEST_SAMPLES) return [];
  const busy = (view.loop.utilization ?? 0) * selectCpuShare(view);
  const jobs = samples.filter(({ route }) => route?.startsWith(`${JOB_METHOD} `));
  return [...groupBy(jobs, ({ route }) => route ?? '')]
    .filter(([, own]) => (own.length / samples.length) * busy >= LOOP_SHARE)
    .map(([route, own]) => findingOf(view, route, own, samples.length));
}

function findingOf(
  view: DiagnosisView,
  route: string,
  own: readonly ContextSample[],
  sampled: number,
): Finding {
  const share = own.length / sampled;
  const utilization = view.loop.utilization ?? 0;
  const functions = functionsOf(own);
  const frame = functions[0]?.frame ?? null;
  const loopMs = share * utilization * view.spanMs;
  return {
    id: `background-work:queue-worker:${frame?.function ?? route}`,
    kind: 'background-work',
    cause: 'queue-worker',
    severity: share >= CRITICAL_SHARE && utilization >= LITTLE_HEADROOM ? 'critical' : 'warning',
    confidence: Math.round((own.length / (own.length + 5)) * 100) / 100,
    title: `${route} works in the process that answers requests${frame ? `, in ${nameOf(frame)}` : ''}`,
    impact: `${formatShare(share)} of the samples are work of queue jobs: open requests compete with them`,
    culprits: sampledCulprits(functions, own.length, loopMs),
    routes: [route],
    evidence: [
      `${own.length} of ${sampled} samples ran in ${route}`,
      `about ${formatMs(loopMs)} of loop time in ${formatMs(view.spanMs)}`,
      `event-loop utilization ${formatShare(utilization)}`,
    ],
    remedies: [
      'start the queue worker as a process of its own, without the web server',
      'if both must stay together, run the job in a sandboxed processor or a worker-thread pool such as piscina',
      'lower the concurrency of the worker, so that fewer jobs run at once',
    ],
  };
}
