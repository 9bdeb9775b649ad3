/**
 * Latency over rising rates, and the rate at which the service breaks.
 *
 *   100/s p99 12 ms, 200/s p99 14 ms, 400/s p99 900 ms  ->  sustains 200/s, breaks at 400/s
 */
import { runLoad, type LoadContext } from './run-load.ts';
import type { LoadPlan } from './load-plan.ts';
import { failedCount, type LoadResult } from './load-result.ts';

export interface LoadCurve {
  readonly steps: readonly LoadResult[];
  /** The highest rate before it broke; null when the first one broke it. */
  readonly sustainedPerSecond: number | null;
  readonly breaks: { readonly perSecond: number; readonly because: string } | null;
}

/** Below 95 % of what was asked the service no longer keeps up; the rest is the grain of short steps. */
const THROUGHPUT_FLOOR = 0.95;
/** The last requests of a step are answered after it; at a few requests a second those alone are 5 %. */
const FEWEST_MISSING = 5;
/** 1 %: the usual error budget of an alert; a healthy service under load has none. */
const FAILED_SHARE_CEILING = 0.01;
/**
 * The knee of a queueing curve: at 90 % utilisation the mean wait of an M/M/1 queue is ten times the service time.
 * Below 100 ms no user notices (Nielsen, "Response times: the 3 important limits"), and on a quiet service ten
 * times very little is still nothing.
 */
const LATENCY_RISE = 10;
const NOTICED_MS = 100;

/**
 * Runs the plan at each rate in turn, the plan's own pace aside, and stops at the first that breaks the service:
 * a service that is down says nothing more. Ends early, with the steps so far, when the signal is aborted.
 */
export async function runLoadCurve(
  plan: LoadPlan,
  rates: readonly number[],
  context: LoadContext,
): Promise<LoadCurve> {
  const steps: LoadResult[] = [];
  let sustainedPerSecond: number | null = null;
  for (const perSecond of rates) {
    // eslint-disable-next-line no-await-in-loop -- each step has the service for itself
    const step = await runLoad({ ...plan, pace: { kind: 'rate', perSecond } }, context);
    steps.push(step);
    if (step.interrupted) break;
    const because = breakage(step, perSecond, steps[0] ?? step);
    if (because !== null) return { steps, sustainedPerSecond, breaks: { perSecond, because } };
    sustainedPerSecond = perSecond;
  }
  return { steps, sustainedPerSecond, breaks: null };
}

/** Why the service did not carry this step; null when it did. */
function breakage(step: LoadResult, perSecond: number, first: LoadResult): string | null {
  const failedShare = step.sent === 0 ? 0 : failedCount(step) / step.sent;
  if (failedShare > FAILED_SHARE_CEILING) return `${Math.round(failedShare * 100)}% of the requests failed`;
  const missing = (perSecond - step.answeredPerSecond) * (step.window.durationMs / 1000);
  if (step.answeredPerSecond < perSecond * THROUGHPUT_FLOOR && missing >= FEWEST_MISSING) {
    return `it answered ${Math.round(step.answeredPerSecond)} of ${perSecond} requests a second`;
  }
  const [p99, firstP99] = [step.latencyMs?.p99 ?? 0, first.latencyMs?.p99 ?? 0];
  if (p99 > NOTICED_MS && p99 > firstP99 * LATENCY_RISE) {
    return `p99 rose from ${Math.round(firstP99)} to ${Math.round(p99)} ms`;
  }
  return null;
}
