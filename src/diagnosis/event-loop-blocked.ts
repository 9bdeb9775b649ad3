/**
 * One callback holds the loop, and everything else waits. Two ways to see it: stalls (the loop did not turn for a
 * while), and a loop that has no time left because each request computes for long, though never long enough for a
 * stall.
 */
import type { Finding, LoopCause, Severity, Verdict } from '../model/finding.ts';
import type { StallEvent } from '../model/timeline-event.ts';
import { formatCount, formatMs, formatShare } from '../shared/quantity.ts';
import { overlapMs } from '../timeline/series.ts';
import { detectBusyLoop } from './busy-loop.ts';
import { selectRunningShare, selectWaitShare, STARVED_WAIT_SHARE } from './cpu-contention.ts';
import { culpritOf, culpritsOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen, SHORTEST_OBSERVATION_MS } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { loopRemedies } from './remedies.ts';
import { blameRoutes, selectRouteStarts } from './route-blame.ts';
import { groupStalls } from './stall-culprits.ts';
import type { StallCulprit } from './stall-culprits.ts';
import { selectOverlappedShare } from './stall-impact.ts';

/** One stall this long is worth a finding: 200 ms is where web.dev's INP stops being "good". */
const LONG_STALL_MS = 200;
/** Several shorter ones (a stall is 50 ms and more, the W3C's long task) when they take this share of the time. */
const BLOCKED_SHARE = 0.02;
const FEWEST_SHORT_STALLS = 2;
/** A quarter of the time blocked: with requests spread evenly, one in four waits before it begins. */
const CRITICAL_SHARE = 0.25;
/** Below this share of the stalls' time a culprit is background, unless it leads stalls of its own. */
const CULPRIT_SHARE = 0.15;
/** A call under 10 ms is not felt by those who wait for it, only by their number. */
const SHORT_CALL_MS = 10;
/** Of one stall that samples must speak for: the profiler begins and ends within stalls, too. */
const COVERED_SHARE = 0.7;
/** Share of the stalls' time that samples must speak for before anyone is blamed. */
const FEWEST_COVERED = 0.3;
/** Node's one function behind `gzipSync`, `brotliCompressSync` and all their like. */
const ZLIB_WRAPPER = 'syncBufferWrapper';
/** Samples at which the confidence reaches half of its ceiling. */
const HALF_CONFIDENCE_SAMPLES = 3;

export const eventLoopBlocked: Detector = {
  kind: 'event-loop-blocked',
  detect(view) {
    const stalls = detectStalls(view);
    if (stalls.kind === 'found') return stalls;
    const busy = detectBusyLoop(view);
    return busy.kind === 'found' || stalls.kind === 'not-found' ? busy : stalls;
  },
};

function detectStalls(view: DiagnosisView): Verdict {
  const { stalls, spanMs } = view;
  const totalMs = sumMs(stalls);
  const longestMs = Math.max(0, ...stalls.map(lengthMs));
  if (view.observedMs < SHORTEST_OBSERVATION_MS && longestMs < LONG_STALL_MS) {
    return notEnoughSeen('the loop was watched for less than 2 s');
  }
  const many = stalls.length >= FEWEST_SHORT_STALLS && totalMs >= spanMs * BLOCKED_SHARE;
  if (longestMs < LONG_STALL_MS && !many) return NOT_FOUND;

  const covered = stalls.filter((stall) => sampledShare(view, stall) >= COVERED_SHARE);
  if (sumMs(covered) < totalMs * FEWEST_COVERED) {
    return notEnoughSeen(
      `${formatCount(stalls.length, 'stall')} seen, but their CPU samples have not arrived`,
    );
  }
  const groups = groupStalls(view.profiles, covered).filter((group) => isGuilty(group, view));
  if (groups.length > 0) {
    return { kind: 'found', findings: groups.map((group) => findingOf(view, group, stalls)) };
  }
  const waitShare = selectWaitShare(view) ?? 0;
  return waitShare >= STARVED_WAIT_SHARE
    ? notEnoughSeen(
        `the service was ready to run and had no CPU for ${formatShare(waitShare)} of the time: what holds the loop cannot be told from that`,
      )
    : NOT_FOUND;
}

function isGuilty(group: StallCulprit, view: DiagnosisView): boolean {
  const { attribution, share, led } = group;
  const ran = selectRunningShare(view, led, attribution.cause);
  const blockedMs = attribution.sampledMs * share * ran;
  const longestMs = Math.max(0, ...led.map(lengthMs)) * ran;
  // V8 and the kernel can hold the loop up without any code of the service; that needs more than one witness.
  if (attribution.frame === null && attribution.cause !== 'gc') {
    return share >= 0.5 && led.length >= FEWEST_SHORT_STALLS && longestMs >= LONG_STALL_MS;
  }
  const leads = led.length >= FEWEST_SHORT_STALLS || longestMs >= LONG_STALL_MS;
  const weighs = blockedMs >= view.spanMs * BLOCKED_SHARE || longestMs >= LONG_STALL_MS;
  const isCulprit = share >= CULPRIT_SHARE || led.length >= FEWEST_SHORT_STALLS;
  return leads && weighs && isCulprit && !isManyShortCalls(view, group, ran);
}

/**
 * One turn of an overloaded loop serves hundreds of requests and is long without any of them being so: that is a
 * process out of CPU, not a function that blocks. Only requests of the routes to blame count: those of others begin
 * in the same turn because they had to wait.
 */
function isManyShortCalls(
  view: DiagnosisView,
  { attribution, led, share }: StallCulprit,
  ran: number,
): boolean {
  const guilty = new Set(blameRoutes(view, led, attribution.frame));
  if (guilty.size === 0) return false;
  const starts = selectRouteStarts(view).filter(({ route }) => guilty.has(route));
  const callsMs = led.map((stall) => {
    const within = starts.filter(({ startMs }) => startMs >= stall.startMs && startMs < stall.endMs).length;
    return (lengthMs(stall) * Math.min(1, share) * ran) / Math.max(1, within);
  });
  return (callsMs.toSorted((a, b) => a - b)[callsMs.length >> 1] ?? SHORT_CALL_MS) < SHORT_CALL_MS;
}

function findingOf(view: DiagnosisView, group: StallCulprit, all: readonly StallEvent[]): Finding {
  const { attribution, helpers, share, led } = group;
  const { frame } = attribution;
  const cause: LoopCause = frame === null && attribution.cause === 'cpu' ? 'native' : attribution.cause;
  const lengths = led.map(lengthMs).toSorted((a, b) => a - b);
  const typicalMs = lengths[lengths.length >> 1] ?? 0;
  const routes = blameRoutes(view, led, frame);
  return {
    id: `event-loop-blocked:${cause}:${frame?.function ?? 'unknown'}`,
    kind: 'event-loop-blocked',
    cause,
    severity: severityOf(view, led, sumMs(all) * share, selectRunningShare(view, led, cause)),
    confidence: confidenceOf(attribution.sampledMs * share, sumMs(led), view),
    title: titleOf(group, cause, typicalMs),
    impact: impactOf(view, all),
    culprits: [
      ...culpritsOf(attribution),
      ...helpers.flatMap((helper) => (helper.frame ? [culpritOf(helper.frame, helper.stack, helper)] : [])),
    ],
    routes,
    evidence: evidenceOf(view, group, lengths),
    remedies: loopRemedies(cause, attribution.via),
  };
}

function titleOf({ attribution, led }: StallCulprit, cause: LoopCause, typicalMs: number): string {
  const name = cause === 'gc' ? 'garbage collection' : nameOf(attribution.frame);
  const inside = cause === 'gc' && attribution.frame ? ` while ${nameOf(attribution.frame)} allocates` : '';
  return led.length > 1
    ? `${name} blocks the event loop for ${formatMs(typicalMs)} at a time${inside}`
    : `${name} blocked the event loop for ${formatMs(typicalMs)}${inside}`;
}

function severityOf(
  view: DiagnosisView,
  led: readonly StallEvent[],
  blockedMs: number,
  ran: number,
): Severity {
  const longestMs = Math.max(0, ...led.map(lengthMs));
  const critical = longestMs * ran >= LONG_STALL_MS || blockedMs * ran >= view.spanMs * CRITICAL_SHARE;
  return critical ? 'critical' : 'warning';
}

/** How well the samples cover what is said, and how many they are: 3 samples give half of it, 30 nine tenths. */
function confidenceOf(sampledMs: number, stalledMs: number, view: DiagnosisView): number {
  const intervalMs = (view.profiles[0]?.samplingIntervalUs ?? 10_000) / 1000;
  const samples = sampledMs / intervalMs;
  const coverage = stalledMs > 0 ? Math.min(1, sampledMs / stalledMs) : 0;
  return round((0.5 + coverage / 2) * (samples / (samples + HALF_CONFIDENCE_SAMPLES)));
}

function impactOf(view: DiagnosisView, stalls: readonly StallEvent[]): string {
  const routes = view.requests?.routes.filter((route) => route.count > 0).length ?? 0;
  const overlapped = selectOverlappedShare(view, stalls);
  const waits =
    routes === 1 ? 'the only route waits' : routes === 2 ? 'both routes wait' : `all ${routes} routes wait`;
  if (routes > 0 && overlapped !== null) {
    return `${waits}: ${formatShare(overlapped)} of the window's requests overlapped a stall`;
  }
  const blocked = `the loop was blocked ${formatShare(Math.min(1, sumMs(stalls) / view.spanMs))} of the time`;
  return routes > 0 ? `${waits}: ${blocked}` : `timers, jobs and connections wait: ${blocked}`;
}

function evidenceOf(view: DiagnosisView, group: StallCulprit, lengths: readonly number[]): readonly string[] {
  const { attribution, share } = group;
  const [shortest, longest] = [lengths[0] ?? 0, lengths.at(-1) ?? 0];
  const lengthsSeen =
    lengths.length > 1
      ? `${lengths.length} stalls of ${Math.round(shortest)}-${Math.round(longest)} ms`
      : `1 stall of ${formatMs(longest)}`;
  const { cause, hotLine, frame, via } = attribution;
  const called = via.findLast((each) => each.origin !== 'meta');
  // Where V8 inlined the function of Node's that was called, only its innards show: nobody called `run`.
  const isInnards =
    called?.function === ZLIB_WRAPPER ||
    (called?.origin === 'native' && cause.startsWith('sync-') && cause !== 'sync-database');
  return [
    `${lengthsSeen} in ${formatMs(view.spanMs)}`,
    `${formatShare(share)} of the samples inside stalls are in ${nameOf(frame)}`,
    ...(called && /^[^(]/.test(called.function) && !isInnards
      ? [`the time goes to ${nameOf(called)}, which it calls`]
      : []),
    ...(hotLine !== null && frame && hotLine !== frame.line ? [`most samples hit line ${hotLine}`] : []),
    ...(attribution.certainty === 'caller' ? ['a function that V8 inlined may be the one that runs'] : []),
  ];
}

/** Windows follow each other without gaps, and end soon after a stall, or in the next one. */
function sampledShare({ profiles }: DiagnosisView, stall: StallEvent): number {
  const span = { fromMs: stall.startMs, toMs: stall.endMs };
  return profiles.reduce((sum, profile) => sum + overlapMs(profile, span), 0) / lengthMs(stall);
}

const lengthMs = (stall: StallEvent): number => stall.endMs - stall.startMs;
const sumMs = (stalls: readonly StallEvent[]): number =>
  stalls.reduce((sum, stall) => sum + lengthMs(stall), 0);
const round = (confidence: number): number => Math.round(Math.min(0.99, confidence) * 100) / 100;
