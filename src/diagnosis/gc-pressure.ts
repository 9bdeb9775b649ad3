/** The collector takes a noticeable part of the main thread: too much is allocated, or too much is alive. */
import { attributeSpans } from '../model/cause-attribution.ts';
import type { FindingCauses } from '../model/finding.ts';
import { formatBytes, formatMs, formatShare } from '../shared/quantity.ts';
import { selectGc, selectMemoryReading } from '../timeline/resource-selectors.ts';
import { culpritsOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen, SHORTEST_OBSERVATION_MS } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';

/** A healthy service collects 1 to 5% of its time; a tenth is the usual line for alarms on collector overhead. */
const PRESSURE_SHARE = 0.1;
const CRITICAL_SHARE = 0.3;
const FEWEST_COLLECTIONS = 5;
/** Full collections walk what is alive: when they take most of the time, the live set is the cause. */
const MAJOR_SHARE = 0.6;
const MOST_COLLECTIONS = 200;
const CULPRIT_SHARE = 0.15;

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
    if (gc.share < PRESSURE_SHARE || gc.count < FEWEST_COLLECTIONS) return NOT_FOUND;
    const collections = view.timeline.collections
      .between(view.span.fromMs, view.span.toMs)
      .map(({ event }) => event);
    const majorMs = collections
      .filter(({ type }) => type === 'mark-compact' || type === 'incremental')
      .reduce((sum, { durationMs }) => sum + durationMs, 0);
    const cause: GcCause = majorMs >= gc.totalMs * MAJOR_SHARE ? 'large-live-set' : 'allocation-rate';
    const allocators = selectAllocators(view);
    const name = allocators[0] ? nameOf(allocators[0].frame) : null;
    const live = selectMemoryReading(view.timeline, view.span)?.liveAfterGcBytes ?? null;
    return {
      kind: 'found',
      findings: [
        {
          id: `gc-pressure:${cause}:${allocators[0]?.frame?.function ?? 'unknown'}`,
          kind: 'gc-pressure',
          cause,
          severity: gc.share >= CRITICAL_SHARE ? 'critical' : 'warning',
          confidence: Math.round((gc.count / (gc.count + 2)) * 95) / 100,
          title: `garbage collection takes ${formatShare(gc.share)} of the time${name ? `, most of it while ${name} runs` : ''}`,
          impact: `every request pays for it; the longest pause was ${formatMs(gc.longestMs)}`,
          culprits: allocators.flatMap((allocator) => culpritsOf(allocator).slice(0, 1)),
          routes: [],
          evidence: [
            `${gc.count} collections took ${formatMs(gc.totalMs)} of ${formatMs(view.spanMs)}, ${gc.majorCount} of them full`,
            ...(live === null ? [] : [`${formatBytes(live)} are alive after a full collection`]),
          ],
          remedies: REMEDIES[cause],
        },
      ],
    };
  },
};

/** The functions that ran when the collector set in: they allocate. */
function selectAllocators(view: DiagnosisView) {
  const longest = view.timeline.collections
    .between(view.span.fromMs, view.span.toMs)
    .toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))
    .slice(0, MOST_COLLECTIONS);
  return attributeSpans(view.profiles, longest)
    .filter(({ frame, share }) => frame !== null && share >= CULPRIT_SHARE)
    .slice(0, 3);
}
