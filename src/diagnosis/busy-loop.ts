/**
 * A loop without a free moment although no callback is long enough for a stall: 25 requests a second with 40 ms of
 * computing each. A loop that is full of short requests is something else (`process-saturated`): there no function
 * stands out, or none costs a request much.
 */
import { attributeSpans } from '../model/cause-attribution.ts';
import type { SpanAttribution } from '../model/cause-attribution.ts';
import type { Finding, Verdict } from '../model/finding.ts';
import { routeKey } from '../model/route-pattern.ts';
import { formatMs, formatShare } from '../shared/quantity.ts';
import { selectRunningShare } from './cpu-contention.ts';
import { culpritsOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen, SHORTEST_OBSERVATION_MS } from './detector.ts';
import type { DiagnosisView } from './detector.ts';
import { LOOP_REMEDIES } from './remedies.ts';
import { routesRunning } from './route-blame.ts';

/** From here on queues grow: at 0.85 an M/M/1 queue holds more than five times what is being served. */
const BUSY_UTILIZATION = 0.85;
const CRITICAL_UTILIZATION = 0.95;
/** A request that computes longer than this is not a web request but a job: 100 of them a second fill half a loop. */
const HEAVY_REQUEST_MS = 5;
/** Without requests (a worker of a queue): the loop's typical turn, twice what is felt as smooth (60 Hz: 16 ms). */
const HEAVY_TURN_MS = 30;
/** One function that takes this share of all work stands out. */
const CULPRIT_SHARE = 0.25;
/** The profile must speak for this share of the span; less is a look at one corner of it. */
const FEWEST_PROFILED = 0.2;

export function detectBusyLoop(view: DiagnosisView): Verdict {
  const { utilization, delayMs } = view.loop;
  if (utilization === null || view.observedMs < SHORTEST_OBSERVATION_MS) {
    return notEnoughSeen('the loop was watched for less than 2 s');
  }
  if (utilization < BUSY_UTILIZATION) return NOT_FOUND;
  const requests = view.requests?.count ?? 0;
  const whole = { startMs: view.span.fromMs, endMs: view.span.toMs };
  const ranMs = utilization * view.spanMs * selectRunningShare(view, [whole], 'cpu');
  const perRequestMs = requests > 0 ? ranMs / requests : null;
  const heavy =
    perRequestMs === null ? (delayMs?.p50 ?? 0) >= HEAVY_TURN_MS : perRequestMs >= HEAVY_REQUEST_MS;
  if (!heavy) return NOT_FOUND;
  const attributions = attributeSpans(view.profiles, [whole]);
  const sampledMs = attributions[0]?.sampledMs ?? 0;
  if (sampledMs < view.spanMs * FEWEST_PROFILED) {
    return notEnoughSeen(
      `the loop is ${formatShare(utilization)} busy, but its CPU samples have not arrived`,
    );
  }
  const guilty = attributions.filter(({ frame, share }) => frame !== null && share >= CULPRIT_SHARE);
  return guilty.length > 0
    ? { kind: 'found', findings: guilty.map((each) => findingOf(view, each, utilization, perRequestMs)) }
    : NOT_FOUND;
}

function findingOf(
  view: DiagnosisView,
  attribution: SpanAttribution,
  utilization: number,
  perRequestMs: number | null,
): Finding {
  const { cause, frame, share } = attribution;
  const name = nameOf(frame);
  const byCode = frame ? routesRunning(view, frame) : [];
  const served = view.requests?.routes.filter((route) => route.count > 0) ?? [];
  const [only] = served.length === 1 ? served : [];
  const cost = perRequestMs === null ? '' : `: ${formatMs(perRequestMs * share)} of each request on average`;
  return {
    id: `event-loop-blocked:${cause}:${frame?.function ?? 'unknown'}`,
    kind: 'event-loop-blocked',
    cause,
    severity: utilization >= CRITICAL_UTILIZATION ? 'critical' : 'warning',
    confidence: Math.round(Math.min(0.95, 0.5 + share / 2) * 100) / 100,
    title: `${name} takes ${formatShare(share)} of a loop that is ${formatShare(utilization)} busy`,
    impact:
      served.length > 0 ? `all requests queue behind it${cost}` : `all other work queues behind it${cost}`,
    culprits: culpritsOf(attribution),
    routes: byCode.length > 0 || !only ? byCode : [routeKey(only)],
    evidence: [
      `event-loop utilization ${formatShare(utilization)} over ${formatMs(view.spanMs)}`,
      `${formatShare(share)} of all CPU samples are in ${name}`,
      ...(perRequestMs === null ? [] : [`${formatMs(perRequestMs)} of loop time per request`]),
      ...(view.loop.delayMs ? [`loop delay p99 ${formatMs(view.loop.delayMs.p99)}`] : []),
    ],
    remedies: LOOP_REMEDIES[cause],
  };
}
