/**
 * `check --load`: rising load beside the diagnosis, and what it adds to the report: the latency curve, the rate at
 * which the service breaks, and a readiness check that was tried instead of guessed.
 */
import { runLoadCurve, type LoadCurve } from '../load/load-curve.ts';
import {
  DEFAULT_TIMEOUT_MS,
  loadTarget,
  parseWeightedUrl,
  type LoadPlan,
  type LoadTarget,
} from '../load/load-plan.ts';
import { failedCount } from '../load/load-result.ts';
import type { ReadinessCheck } from '../model/finding.ts';
import type { LoadStep, Report } from '../model/report.ts';
import { formatMs } from '../presentation/format.ts';
import type { Clock } from '../shared/clock.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

export interface CheckedLoad {
  readonly targets: readonly LoadTarget[];
  /** Rising. */
  readonly ratesPerSecond: readonly number[];
}

/** Doubling finds the knee to a factor of two in six steps, from a quiet service to a busy one. */
const DEFAULT_RATES = [25, 50, 100, 200, 400, 800] as const;
/** A p99 wants some hundred requests: below this a step says little. */
const SHORTEST_STEP_MS = 1_000;

/** What `--load` and `--rate` mean. */
export function parseCheckedLoad(
  urls: readonly string[],
  rates: string | undefined,
  durationMs: number,
): Result<CheckedLoad, CodedError> {
  const targets: LoadTarget[] = [];
  for (const text of urls) {
    const parsed = parseWeightedUrl(text);
    if (!parsed.ok) return parsed;
    targets.push(loadTarget(parsed.value.url, { weight: parsed.value.weight }));
  }
  const ratesPerSecond = rates === undefined ? DEFAULT_RATES : rates.split(',').map(Number);
  const rising = ratesPerSecond.every((rate, step) => rate > (ratesPerSecond[step - 1] ?? 0));
  if (!rising)
    return usage(`--rate is not a list of rising rates: ${JSON.stringify(rates)}`, '--rate 50,100,200');
  if (durationMs / ratesPerSecond.length < SHORTEST_STEP_MS) {
    return usage(
      `${ratesPerSecond.length} rates do not fit into ${durationMs / 1000} s`,
      `--duration ${(ratesPerSecond.length * SHORTEST_STEP_MS) / 1000}s or longer`,
    );
  }
  return ok({ targets, ratesPerSecond });
}

/** Runs the steps, each for its part of the time; ends at the first that breaks the service. */
export function runCheckedLoad(
  { targets, ratesPerSecond }: CheckedLoad,
  durationMs: number,
  context: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<LoadCurve> {
  const plan: LoadPlan = {
    pace: { kind: 'rate', perSecond: ratesPerSecond[0] ?? 0 },
    targets,
    durationMs: durationMs / ratesPerSecond.length,
    warmupMs: 0,
    timeoutMs: DEFAULT_TIMEOUT_MS,
  };
  return runLoadCurve(plan, ratesPerSecond, context);
}

/** The report with the curve, and `behaviour-under-load` decided by it where it was not failed already. */
export function withLoadCurve(report: Report, curve: LoadCurve): Report {
  const steps = curve.steps.map((step): LoadStep => ({
    perSecond: step.pace.kind === 'rate' ? step.pace.perSecond : null,
    answeredPerSecond: step.answeredPerSecond,
    failed: failedCount(step),
    latencyMs: step.latencyMs,
  }));
  const { sustainedPerSecond, breaks } = curve;
  return {
    ...report,
    load: { steps, sustainedPerSecond, breaks },
    readiness: report.readiness.map((check) => decideByLoad(check, curve)),
  };
}

function decideByLoad(
  check: ReadinessCheck,
  { steps, breaks, sustainedPerSecond }: LoadCurve,
): ReadinessCheck {
  if (check.check !== 'behaviour-under-load' || steps.length === 0) return check;
  if (breaks !== null) {
    const sustained = sustainedPerSecond === null ? '' : `, sustains ${sustainedPerSecond}/s`;
    return {
      ...check,
      verdict: check.verdict === 'fail' ? 'fail' : 'warn',
      because: `breaks at ${breaks.perSecond}/s: ${breaks.because}${sustained}`,
    };
  }
  if (check.verdict !== 'pass' && check.verdict !== 'unknown') return check;
  const p99 = formatMs(steps.at(-1)?.latencyMs?.p99);
  return { ...check, verdict: 'pass', because: `carried ${sustainedPerSecond}/s with p99 ${p99}` };
}

/** The curve as lines of text, for below the report. */
export function formatLoadCurve(curve: LoadCurve): string {
  const rows = curve.steps.map((step) => {
    const asked = step.pace.kind === 'rate' ? step.pace.perSecond : 0;
    const cells = [
      `${asked}/s`.padStart(8),
      `answered ${Math.round(step.answeredPerSecond)}/s`.padEnd(18),
      `p50 ${formatMs(step.latencyMs?.p50)}`.padEnd(11),
      `p99 ${formatMs(step.latencyMs?.p99)}`.padEnd(11),
      `${failedCount(step)} failed`,
    ];
    return `  ${cells.join('  ')}`;
  });
  const { breaks, sustainedPerSecond } = curve;
  const end =
    breaks === null
      ? `carried every rate up to ${sustainedPerSecond}/s`
      : `breaks at ${breaks.perSecond}/s: ${breaks.because}`;
  return ['', `Load: ${end}`, ...rows, ''].join('\n');
}

function usage(message: string, hint: string): Result<never, CodedError> {
  return fail({ code: 'usage-load', message, hint: `for example ${hint}`, exitCode: 2 });
}
