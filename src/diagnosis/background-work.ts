/**
 * Work that a request started and that goes on after its response: nobody waits for it, but everybody's requests
 * compete with it. Seen by sampling whose work runs at random moments.
 */
import type { Finding, Verdict } from '../model/finding.ts';
import type { CodeFrame } from '../model/timeline-event.ts';
import { frameKey } from '../model/code-frame.ts';
import { formatMs, formatShare } from '../shared/quantity.ts';
import { selectCpuShare } from './cpu-contention.ts';
import { applicationFrame, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { findQueueWorkers } from './queue-workers.ts';
import { FEWEST_SAMPLES, functionsOf, groupBy, leastShare, sampledCulprits } from './sampled-work.ts';
import type { ContextSample, SampledFunction } from './sampled-work.ts';

const RESPONSE_FILES: ReadonlySet<string> = new Set(['node:_http_outgoing', 'node:internal/http2/compat']);
/** Logging and clean-up after a response is normal; a tenth of all work is not. */
const AFTER_RESPONSE_SHARE = 0.1;
/** So many of fewer than 40 samples are more than a quarter of all work, chance taken into account. */
const FEWEST_FINISHED = 15;
/** A twentieth of the loop is noticed by nobody. */
const LOOP_SHARE = 0.05;
/** Almost half of the work, on a loop that has little room left. */
const CRITICAL_SHARE = 0.4;
const LITTLE_HEADROOM = 0.7;
/** A route that causes less of it is not named in a finding of its own. */
const ROUTE_SHARE = 0.2;

export const backgroundWork: Detector = {
  kind: 'background-work',
  detect(view) {
    const samples = view.timeline.contextSamples
      .between(view.span.fromMs, view.span.toMs)
      .flatMap(({ event }) => event.samples);
    if (samples.length === 0) return notEnoughSeen('whose work runs was not sampled');
    const workers = findQueueWorkers(view, samples);
    const verdict = detectAfterResponse(view, samples);
    if (workers.length === 0) return verdict;
    return { kind: 'found', findings: [...workers, ...(verdict.kind === 'found' ? verdict.findings : [])] };
  },
};

function detectAfterResponse(view: DiagnosisView, samples: readonly ContextSample[]): Verdict {
  const finished = samples.filter(isAfterResponse);
  if (samples.length < FEWEST_SAMPLES && finished.length < FEWEST_FINISHED) return tooFew(samples.length);
  if (finished.length < samples.length * AFTER_RESPONSE_SHARE) return NOT_FOUND;
  if (leastShare(finished.length, samples.length) < AFTER_RESPONSE_SHARE) {
    return notEnoughSeen(
      `${finished.length} of ${samples.length} samples are work of answered requests: chance may make them so many`,
    );
  }
  // What a handler does after its last line of response is in such samples, too; on a quiet loop it is most of them.
  const loopShare = (finished.length / samples.length) * (view.loop.utilization ?? 0) * selectCpuShare(view);
  if (loopShare < LOOP_SHARE) return NOT_FOUND;
  const jobs = groupByJob(finished).filter((job) => job.samples.length >= finished.length * ROUTE_SHARE);
  return { kind: 'found', findings: jobs.map((job) => findingOf(view, job, samples.length)) };
}

/**
 * Of an answered request, and the application's: what Node does itself behind a response is no background work, and is a
 * third of all work where handlers do little. Nor is the call that ends the response, which counts as answered before
 * it returns; the samples that were due while the socket was written are taken there.
 */
function isAfterResponse({ finished, route, stack }: ContextSample): boolean {
  return finished && route !== null && applicationFrame(stack) !== null && !stack.some(endsResponse);
}

function endsResponse({ file, function: name }: CodeFrame): boolean {
  return RESPONSE_FILES.has(file) && /(?:^|\.)end(?: \[as \w+\])?$/.test(name);
}

const tooFew = (count: number) =>
  notEnoughSeen(`${count} samples of whose work runs, ${FEWEST_SAMPLES} are needed`);

interface Job {
  readonly routes: readonly string[];
  readonly samples: readonly ContextSample[];
  /** Functions that the samples were in, most first. */
  readonly functions: readonly SampledFunction[];
}

/** One job for each route; routes that start the same function share one. */
function groupByJob(finished: readonly ContextSample[]): readonly Job[] {
  const byFunction = new Map<string, Job>();
  for (const [route, samples] of groupBy(finished, (sample) => sample.route ?? '')) {
    const own = functionsOf(samples);
    const key = own[0] ? frameKey(own[0].frame) : route;
    const known = byFunction.get(key);
    const all = [...(known?.samples ?? []), ...samples];
    byFunction.set(key, {
      routes: [...(known?.routes ?? []), route],
      samples: all,
      functions: functionsOf(all),
    });
  }
  return [...byFunction.values()].toSorted((a, b) => b.samples.length - a.samples.length);
}

function findingOf(view: DiagnosisView, job: Job, sampled: number): Finding {
  const share = job.samples.length / sampled;
  const utilization = view.loop.utilization ?? 0;
  const frame = job.functions[0]?.frame ?? null;
  const loopMs = share * utilization * view.spanMs;
  const critical = share >= CRITICAL_SHARE && utilization >= LITTLE_HEADROOM;
  return {
    id: `background-work:after-response:${frame?.function ?? job.routes[0] ?? 'unknown'}`,
    kind: 'background-work',
    cause: 'after-response',
    severity: critical ? 'critical' : 'warning',
    confidence: Math.round((job.samples.length / (job.samples.length + 5)) * 100) / 100,
    title: `${job.routes[0]} goes on working after its response${frame ? `, in ${nameOf(frame)}` : ''}`,
    impact: `${formatShare(share)} of the samples are work of answered requests: open requests compete with it`,
    culprits: sampledCulprits(job.functions, job.samples.length, loopMs),
    routes: job.routes,
    evidence: [
      `${job.samples.length} of ${sampled} samples ran after the response of their request had been sent`,
      `about ${formatMs(loopMs)} of loop time in ${formatMs(view.spanMs)}`,
      `event-loop utilization ${formatShare(utilization)}`,
    ],
    remedies: [
      'hand the work to a job queue such as BullMQ or pg-boss, and run its worker in a process of its own',
      'if it computes, move it to a worker-thread pool such as piscina and bound how many run at once',
      'answer with 202 and a status URL, so that callers slow down when the queue is long',
    ],
  };
}
