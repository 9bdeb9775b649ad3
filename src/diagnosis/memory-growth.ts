/**
 * What stays alive grows and does not stop growing: in the heap, in buffers outside of it, or in native memory that
 * neither of the two knows of. A cache that warms up grows, too, but ever slower.
 */
import { frameKey } from '../model/code-frame.ts';
import type { Culprit, Finding, FindingCauses, Severity, Verdict } from '../model/finding.ts';
import type { AllocationEvent, CodeFrame } from '../model/timeline-event.ts';
import { formatBytes, formatMs, formatShare } from '../shared/quantity.ts';
import { selectMemoryGrowth } from '../timeline/memory-growth.ts';
import type { MemoryGrowth } from '../timeline/memory-growth.ts';
import type { Span } from '../timeline/series.ts';
import { applicationFrame, culpritOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { selectHeadroom } from './memory-headroom.ts';
import { sayComparison, sayHolder, selectGrowthHolder } from './growth-holder.ts';
import { growthSpan, grows, SHORTEST_GROWTH_MS } from './memory-trend.ts';

type GrowthCause = FindingCauses['memory-growth'];

/** Less time than people need to react to a page and roll back. */
const CRITICAL_LEFT_MS = 30 * 60_000;
const MOST_CULPRITS = 3;
/** What is new and alive is certain; that it will not be released is not. */
const COMPARED_CONFIDENCE = 0.5;
/** A call site with less of the growth than this is noise of the sampling (one sample per 128 KB). */
const CULPRIT_SHARE = 0.1;

const REMEDIES: Readonly<Record<GrowthCause, readonly string[]>> = {
  heap: [
    'bound what collects there: a cache with a limit such as lru-cache with max and ttl, a WeakMap for data about objects',
    'remove listeners, timers and map entries when the request or connection ends',
    'compare two snapshots (loopscope heap BEFORE AFTER) to see what keeps it alive',
  ],
  external: [
    'release Buffers: a small slice keeps the whole of its parent alive, copy it with Buffer.from',
    'stream uploads and downloads with stream.pipeline instead of collecting chunks',
  ],
  native: [
    'look at native addons and at what allocates outside of V8 (image, zlib and TLS contexts); close what was opened',
    'if it is fragmentation, try jemalloc or MALLOC_ARENA_MAX=2',
  ],
};

export const memoryGrowth: Detector = {
  kind: 'memory-growth',
  detect(view) {
    const span = growthSpan(view);
    const findings = (['heap', 'external', 'native'] as const).flatMap((cause) => {
      const growth = selectMemoryGrowth(view.timeline, span, cause);
      return growth && grows(growth, cause) ? [findingOf(view, span, growth, cause)] : [];
    });
    // Resident memory follows heap and buffers with a delay: native growth next to theirs is their echo.
    const [first] = findings;
    const only = first ?? comparedFinding(view, span);
    return only ? { kind: 'found', findings: [only] } : silence(view, span);
  },
};

function silence(view: DiagnosisView, span: Span): Verdict {
  const heap = selectMemoryGrowth(view.timeline, span, 'heap');
  if (heap?.afterCollections && heap.overMs >= SHORTEST_GROWTH_MS) return NOT_FOUND;
  return notEnoughSeen('fewer than four full collections were seen, so the live set is not known');
}

function findingOf(view: DiagnosisView, span: Span, growth: MemoryGrowth, cause: GrowthCause): Finding {
  const culprits = cause === 'native' ? [] : selectGrowingSites(view, span);
  const left = selectHeadroom(view, growth.bytesPerSecond, cause);
  const rate = `${formatBytes(growth.bytesPerSecond)}/s`;
  const what = { heap: 'the live heap', external: 'memory outside of the heap', native: 'native memory' }[
    cause
  ];
  const by = culprits[0] ? `, allocated by ${nameOf(culprits[0])}` : '';
  return {
    id: `memory-growth:${cause}:${culprits[0]?.function ?? 'unknown'}`,
    kind: 'memory-growth',
    cause,
    severity: severityOf(left?.leftMs ?? null),
    confidence: confidenceOf(growth),
    title: `${what} grows by ${rate}${by}`,
    impact: left
      ? `at this rate the ${left.limit} is reached in ${formatMs(left.leftMs)}`
      : 'it ends with the process out of memory',
    culprits,
    routes: [],
    evidence: [
      ...(cause === 'native' ? [] : heldEvidence(view, span)),
      `${formatBytes(growth.firstBytes)} to ${formatBytes(growth.lastBytes)} in ${formatMs(growth.overMs)}`,
      cause === 'native'
        ? `heap and buffers do not explain it (${growth.points} points of the lower envelope)`
        : `${growth.points} points after full collections, ${formatShare(growth.risingShare)} of the steps upwards`,
      `the later half grows by ${formatBytes(growth.recentBytesPerSecond)}/s`,
    ],
    remedies: REMEDIES[cause],
  };
}

function heldEvidence({ timeline }: DiagnosisView, span: Span): readonly string[] {
  const held = selectGrowthHolder(timeline, span);
  return held ? [sayHolder(held.holder), sayComparison(held.comparison)] : [];
}

/** Two snapshots show what grew also where the trend is not known yet; whether it stops, they do not show. */
function comparedFinding(view: DiagnosisView, span: Span): Finding | null {
  const held = selectGrowthHolder(view.timeline, span);
  if (!held) return null;
  const { comparison, holder } = held;
  const culprits = selectGrowingSites(view, span);
  return {
    id: `memory-growth:heap:${culprits[0]?.function ?? 'unknown'}`,
    kind: 'memory-growth',
    cause: 'heap',
    severity: 'info',
    confidence: COMPARED_CONFIDENCE,
    title: `${formatBytes(holder.grownBytes)} more are held by ${holder.name} than ${formatMs(comparison.atMs - comparison.sinceMs)} before`,
    impact: 'a leak if it goes on: a cache that warms up grows, too, and stops',
    culprits,
    routes: [],
    evidence: heldEvidence(view, span),
    remedies: REMEDIES.heap,
  };
}

function severityOf(leftMs: number | null): Severity {
  return leftMs !== null && leftMs <= CRITICAL_LEFT_MS ? 'critical' : 'warning';
}

function confidenceOf(growth: MemoryGrowth): number {
  const pointsShare = growth.points / (growth.points + 2);
  return Math.round(Math.min(0.97, pointsShare * (0.5 + growth.risingShare / 2)) * 100) / 100;
}

interface GrowingSite {
  readonly frame: CodeFrame;
  readonly stack: readonly CodeFrame[];
  bytes: number;
}

/** Call sites by what they allocated between two readings and still is alive; by what is alive if there is one. */
function selectGrowingSites(view: DiagnosisView, span: Span): readonly Culprit[] {
  const readings = view.timeline.allocations.between(span.fromMs, span.toMs).map(({ event }) => event);
  const last = readings.at(-1);
  if (!last) return [];
  const before = readings.length > 1 ? liveBySite(readings[0] as AllocationEvent) : new Map();
  const grown = [...liveBySite(last)].flatMap(([key, site]) => {
    const bytes = site.bytes - (before.get(key)?.bytes ?? 0);
    return bytes > 0 ? [{ ...site, bytes }] : [];
  });
  const total = grown.reduce((sum, site) => sum + site.bytes, 0);
  return grown
    .toSorted((a, b) => b.bytes - a.bytes)
    .filter((site) => site.bytes >= total * CULPRIT_SHARE)
    .slice(0, MOST_CULPRITS)
    .map((site) =>
      culpritOf(site.frame, site.stack, {
        share: site.bytes / total,
        selfMs: 0,
        totalMs: 0,
        certainty: 'statistical',
      }),
    );
}

function liveBySite(reading: AllocationEvent): Map<string, GrowingSite> {
  const sites = new Map<string, GrowingSite>();
  for (const { stack, liveBytes } of reading.sites) {
    const frame = applicationFrame(stack);
    if (!frame) continue;
    const key = frameKey(frame);
    const known = sites.get(key);
    if (known) known.bytes += liveBytes;
    else sites.set(key, { frame, stack: stack.slice(stack.indexOf(frame)), bytes: liveBytes });
  }
  return sites;
}
