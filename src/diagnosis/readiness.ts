/**
 * The readiness card: six checks that a team looks at before it scales. Each says pass, warn, fail or, where the
 * window cannot tell, unknown, and always why.
 */
import { READINESS_CHECKS } from '../model/finding.ts';
import type { Finding, FindingKind, ReadinessCheck, Verdict } from '../model/finding.ts';
import { formatCount, formatMs, formatShare } from '../shared/quantity.ts';
import { selectCluster, selectPools } from '../timeline/resource-selectors.ts';
import { selectCpuShare, selectWaitShare, STARVED_WAIT_SHARE } from './cpu-contention.ts';
import { FEWEST_REQUESTS, selectUnseen } from './detector.ts';
import type { DiagnosisView } from './detector.ts';

type CheckName = ReadinessCheck['check'];
type Answer = Pick<ReadinessCheck, 'verdict' | 'because'>;
type Verdicts = ReadonlyMap<FindingKind, Verdict>;

/** Above 70% utilization an M/M/1 queue waits more than twice its service time: no headroom for a peak. */
const LITTLE_HEADROOM = 0.7;
/** One request in a hundred failing is the error budget of a 99% objective. */
const ERROR_SHARE = 0.01;
/** A tail ten times the median, and long enough to be felt (100 ms; Nielsen 1993). */
const TAIL_RATIO = 10;
const FELT_MS = 100;
/** A second breaks the flow of thought (Nielsen 1993). */
const SLOW_MS = 1_000;
/** Loop time without any request in flight, from which on the work belongs to something else. */
const UNOWNED_UTILIZATION = 0.1;

/** Kinds of findings that decide a check by themselves. */
const DECIDED_BY: Readonly<Record<CheckName, readonly FindingKind[]>> = {
  'async-correctness': ['event-loop-frozen', 'event-loop-blocked'],
  'connection-pools': ['pool-exhausted'],
  'worker-strategy': ['process-saturated'],
  'background-work': ['background-work'],
  'behaviour-under-load': [
    'event-loop-frozen',
    'event-loop-blocked',
    'pool-exhausted',
    'process-saturated',
    'threadpool-saturated',
    'memory-growth',
    'memory-limit',
    'gc-pressure',
    'background-work',
  ],
  'latency-tracking': ['slow-dependency'],
};

const ANSWERS: Readonly<Record<CheckName, (view: DiagnosisView, verdicts: Verdicts) => Answer>> = {
  'async-correctness': asyncCorrectness,
  'connection-pools': connectionPools,
  'worker-strategy': workerStrategy,
  'background-work': backgroundWork,
  'behaviour-under-load': behaviourUnderLoad,
  'latency-tracking': latencyTracking,
};

/** Always all six, in the contract's order. */
export function assessReadiness(
  view: DiagnosisView,
  findings: readonly Finding[],
  verdicts: Verdicts,
): readonly ReadinessCheck[] {
  return READINESS_CHECKS.map((check) => {
    const against = findings.filter(
      ({ kind, severity }) => severity !== 'info' && DECIDED_BY[check].includes(kind),
    );
    const worst = against.find((finding) => finding.severity === 'critical') ?? against[0];
    if (!worst) return { check, ...answer(check, view, verdicts), findings: [] };
    return {
      check,
      verdict: worst.severity === 'critical' ? 'fail' : 'warn',
      because: worst.title,
      findings: against.map((finding) => finding.id),
    };
  });
}

/** What was hardly watched is not passed. */
function answer(check: CheckName, view: DiagnosisView, verdicts: Verdicts): Answer {
  const given = ANSWERS[check](view, verdicts);
  const unseen = given.verdict === 'pass' ? selectUnseen(view) : null;
  return unseen === null ? given : unknown(unseen);
}

const pass = (because: string): Answer => ({ verdict: 'pass', because });
const warn = (because: string): Answer => ({ verdict: 'warn', because });
const unknown = (because: string): Answer => ({ verdict: 'unknown', because });

const servedCount = (view: DiagnosisView): number => view.requests?.count ?? 0;

function asyncCorrectness(view: DiagnosisView, verdicts: Verdicts): Answer {
  if (servedCount(view) === 0) return unknown('no requests were seen, so no handler ran');
  const verdict = verdicts.get('event-loop-blocked');
  if (verdict?.kind === 'not-enough-seen') return unknown(verdict.because);
  const longestMs = Math.max(0, ...view.stalls.map((stall) => stall.endMs - stall.startMs));
  const requests = formatCount(servedCount(view), 'request');
  return pass(
    longestMs > 0
      ? `${requests}, the longest stall was ${formatMs(longestMs)}`
      : `${requests} without a stall of the event loop`,
  );
}

function connectionPools(view: DiagnosisView, verdicts: Verdicts): Answer {
  const pools = selectPools(view.timeline, view.span);
  if (pools.length === 0) return unknown('no connection pool was found');
  const verdict = verdicts.get('pool-exhausted');
  if (verdict?.kind === 'not-enough-seen') return unknown(verdict.because);
  const waiting = pools.find((pool) => pool.waiting > 0);
  if (waiting) return warn(`${formatCount(waiting.waiting, 'caller')} wait for ${waiting.name} now and then`);
  const used = pools.map((pool) => `${pool.name} ${pool.active}/${pool.max ?? 'no limit'}`);
  return pass(`nobody waits: ${used.slice(0, 3).join(', ')}`);
}

function workerStrategy(view: DiagnosisView): Answer {
  const { utilization } = view.loop;
  if (utilization === null) return unknown('the event loop was not read');
  if (servedCount(view) === 0)
    return unknown('no requests were seen, so the need for workers cannot be told');
  const cluster = selectCluster(view.timeline, view.span);
  if (cluster && cluster.workers.length > 1) {
    return pass(`${cluster.workers.length} workers share the load evenly`);
  }
  const cores = view.target?.cores ?? 1;
  // A loop that waits for a CPU looks busy and is not.
  const working = utilization * selectCpuShare(view);
  const busy = `one process, its loop ${formatShare(working)} busy on ${formatCount(cores, 'core')}`;
  if (working >= LITTLE_HEADROOM && cores >= 2) {
    return warn(`${busy}: little headroom for a peak, run one process per core`);
  }
  const waitShare = selectWaitShare(view) ?? 0;
  return waitShare >= STARVED_WAIT_SHARE
    ? warn(`${busy}, but ready to run and without a CPU for ${formatShare(waitShare)} of the time`)
    : pass(busy);
}

function backgroundWork(view: DiagnosisView): Answer {
  const { timeline, span } = view;
  if (servedCount(view) === 0) return unknown('no requests were seen');
  const sampled = timeline.contextSamples
    .between(span.fromMs, span.toMs)
    .flatMap(({ event }) => event.samples);
  if (sampled.length > 0)
    return pass(`${formatCount(sampled.length, 'sample')}, hardly any after a response`);
  const quiet = timeline.requests
    .between(span.fromMs, span.toMs)
    .filter((window) => window.inFlight === 0 && window.routes.size === 0);
  const quietMs = quiet.reduce((sum, window) => sum + window.endMs - window.startMs, 0);
  if (quietMs < view.spanMs * UNOWNED_UTILIZATION) {
    return unknown('requests were always open, and whose work ran was not sampled');
  }
  const busyMs = quiet
    .flatMap((window) => timeline.loop.between(window.startMs + 1, window.endMs))
    .reduce((sum, window) => sum + window.busyMs, 0);
  return busyMs < quietMs * UNOWNED_UTILIZATION
    ? pass('the loop rests when no request is open')
    : unknown('the loop works while no request is open; whose work it is was not sampled');
}

function behaviourUnderLoad(view: DiagnosisView): Answer {
  const { requests } = view;
  if (!requests || requests.count < FEWEST_REQUESTS) {
    return unknown(`too little traffic to tell: ${formatCount(requests?.count ?? 0, 'request')}`);
  }
  const failed = requests.errors / requests.count;
  const rate = `${Math.round(requests.perSecond)} requests/s`;
  if (failed > ERROR_SHARE) return warn(`${formatShare(failed)} of the requests failed at ${rate}`);
  return pass(`${rate}, p99 ${formatMs(requests.latencyMs?.p99 ?? 0)}, ${formatShare(failed)} failed`);
}

function latencyTracking(view: DiagnosisView): Answer {
  const { requests } = view;
  if (!requests || requests.count < FEWEST_REQUESTS || !requests.latencyMs) {
    return unknown(`percentiles need ${FEWEST_REQUESTS} requests, ${requests?.count ?? 0} were seen`);
  }
  const { p50, p99 } = requests.latencyMs;
  const figures = `p50 ${formatMs(p50)}, p99 ${formatMs(p99)} on ${formatCount(requests.routes.length, 'route')}`;
  if (p99 >= SLOW_MS) return warn(`${figures}: one request in a hundred takes over a second`);
  if (p99 >= FELT_MS && p99 >= p50 * TAIL_RATIO) return warn(`${figures}: a long tail`);
  return pass(figures);
}
