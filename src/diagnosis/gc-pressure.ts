/** The collector takes a noticeable part of the main thread: too much is allocated, or too much is alive. */
import { frameKey, GARBAGE_COLLECTOR_FUNCTION } from '../model/code-frame.ts';
import type { Culprit, FindingCauses } from '../model/finding.ts';
import { selectSpanProfile } from '../model/span-profile.ts';
import type { CodeFrame } from '../model/timeline-event.ts';
import { formatBytes, formatMs, formatShare } from '../shared/quantity.ts';
import { selectGc, selectMemoryReading, selectProcess } from '../timeline/resource-selectors.ts';
import { selectCpuShare } from './cpu-contention.ts';
import { applicationFrame, culpritOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen, SHORTEST_OBSERVATION_MS } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { blameRoutesOfStack } from './route-blame.ts';

/** A healthy service collects 1 to 5% of its time; a tenth is the usual line for alarms on collector overhead. */
const PRESSURE_SHARE = 0.1;
/** A service that is mostly idle, or gets little CPU: a third of what it does is collecting. */
const SHARE_OF_WORK = 1 / 3;
const LEAST_SHARE = 0.05;
const CRITICAL_SHARE = 0.3;
const FEWEST_COLLECTIONS = 5;
/** Full collections walk what is alive: when they take most of the time, the live set is the cause. */
const MAJOR_SHARE = 0.6;
const CULPRIT_SHARE = 0.15;
const MOST_CULPRITS = 3;
/** Ten samples of 10 ms: fewer may be one collection that was hit twice. */
const FEWEST_SAMPLED_MS = 100;

type GcCause = FindingCauses['gc-pressure'];

const REMEDIES: Readonly<Record<GcCause, readonly string[]>> = {
  'allocation-rate': [
    'allocate less where the culprits say: reuse buffers, avoid copies in loops, page or stream large results',
    'give the young generation room: --max-semi-space-size=64 or more',
  ],
  'large-live-set': [
    'bound what is kept: a cache with a limit such as lru-cache with max, or keep it in Redis',
    'keep large data outside of the heap: Buffers, or a database',
    'raise --max-old-space-size if the live set is meant to be this large',
  ],
};

export const gcPressure: Detector = {
  kind: 'gc-pressure',
  detect(view) {
    const gc = selectGc(view.timeline, view.span);
    if (!gc || view.observedMs < SHORTEST_OBSERVATION_MS) {
      return notEnoughSeen('the collector was watched for less than 2 s');
    }
    const sampled = sampleCollections(view);
    const reported = gc.count >= FEWEST_COLLECTIONS ? gc.share : 0;
    const bySamples = sampled.totalMs >= FEWEST_SAMPLED_MS ? sampled.totalMs / view.spanMs : 0;
    // A collection that waits for a CPU takes long, and would take as long if nothing were allocated.
    const share = Math.max(reported, bySamples) * selectCpuShare(view);
    if (share < PRESSURE_SHARE && !isMostOfTheWork(view, share)) return NOT_FOUND;
    const collections = view.timeline.collections
      .between(view.span.fromMs, view.span.toMs)
      .map(({ event }) => event);
    const majorMs = collections
      .filter(({ type }) => type === 'mark-compact' || type === 'incremental')
      .reduce((sum, { durationMs }) => sum + durationMs, 0);
    const cause: GcCause = majorMs >= gc.totalMs * MAJOR_SHARE ? 'large-live-set' : 'allocation-rate';
    const [first] = sampled.allocators;
    const live = selectMemoryReading(view.timeline, view.span)?.liveAfterGcBytes ?? null;
    return {
      kind: 'found',
      findings: [
        {
          id: `gc-pressure:${cause}:${first?.function ?? 'unknown'}`,
          kind: 'gc-pressure',
          cause,
          severity: share >= CRITICAL_SHARE ? 'critical' : 'warning',
          confidence: confidenceOf(gc.count, sampled.totalMs),
          title: `garbage collection takes ${formatShare(share)} of the time${first ? `, most of it while ${nameOf(first)} runs` : ''}`,
          impact: `every request pays for it; the longest pause was ${formatMs(gc.longestMs)}`,
          culprits: sampled.allocators,
          routes: blameRoutesOfStack(view, sampled.stack),
          evidence: [
            `${gc.count} collections took ${formatMs(gc.totalMs)} of ${formatMs(view.spanMs)}, ${gc.majorCount} of them full`,
            ...(sampled.totalMs > 0
              ? [`${formatMs(sampled.totalMs)} of CPU samples are in the collector`]
              : []),
            ...(live === null ? [] : [`${formatBytes(live)} are alive after a full collection`]),
          ],
          remedies: REMEDIES[cause],
        },
      ],
    };
  },
};

function isMostOfTheWork(view: DiagnosisView, share: number): boolean {
  const ranPercent = selectProcess(view.timeline, view.span)?.mainThreadPercent ?? null;
  return ranPercent !== null && share >= LEAST_SHARE && share >= (ranPercent / 100) * SHARE_OF_WORK;
}

/** Either many collections were reported, or many samples were taken in them. */
function confidenceOf(collections: number, sampledMs: number): number {
  const seen = Math.max(collections, sampledMs / 10);
  return Math.round((seen / (seen + 2)) * 95) / 100;
}

interface SampledCollection {
  /** Time in the collector by CPU samples. */
  readonly totalMs: number;
  /** The functions that ran when it set in: they allocate. Most first. */
  readonly allocators: readonly Culprit[];
  /** From the first of them outwards; empty without one. */
  readonly stack: readonly CodeFrame[];
}

/**
 * What CPU samples say of the collector. The service reports its collections from its own loop, so a blocked one
 * reports few; the profiler's thread goes on.
 */
function sampleCollections(view: DiagnosisView): SampledCollection {
  const { stacks } = selectSpanProfile(view.profiles, view.span.fromMs, view.span.toMs);
  const byFunction = new Map<string, { frame: CodeFrame; stack: readonly CodeFrame[]; ms: number }>();
  let totalMs = 0;
  for (const { frames, ms } of stacks) {
    if (frames[0]?.origin !== 'meta' || frames[0].function !== GARBAGE_COLLECTOR_FUNCTION) continue;
    totalMs += ms;
    const frame = applicationFrame(frames);
    if (!frame) continue;
    const known = byFunction.get(frameKey(frame));
    if (known) known.ms += ms;
    else byFunction.set(frameKey(frame), { frame, stack: frames.slice(frames.indexOf(frame)), ms });
  }
  const most = [...byFunction.values()]
    .toSorted((a, b) => b.ms - a.ms)
    .filter(({ ms }) => ms >= totalMs * CULPRIT_SHARE)
    .slice(0, MOST_CULPRITS);
  const allocators = most.map(({ frame, stack, ms }) =>
    culpritOf(frame, stack, { share: ms / totalMs, selfMs: 0, totalMs: ms, certainty: 'statistical' }),
  );
  return { totalMs, allocators, stack: most[0]?.stack ?? [] };
}
