/**
 * What stays alive grows and does not stop growing: in the heap, in buffers outside of it, or in native memory that
 * neither of the two knows of. A cache that warms up grows, too, but ever slower.
 */
import { frameKey } from '../model/code-frame.ts';
import type { Culprit, Finding, FindingCauses, Severity, Verdict } from '../model/finding.ts';
import { selectSpanProfile } from '../model/span-profile.ts';
import type { AllocationEvent, CodeFrame } from '../model/timeline-event.ts';
import { formatBytes, formatMs, formatShare } from '../shared/quantity.ts';
import { FEWEST_GROWTH_POINTS, selectMemoryGrowth } from '../timeline/memory-growth.ts';
import type { MemoryGrowth } from '../timeline/memory-growth.ts';
import type { Span } from '../timeline/series.ts';
import { applicationFrame, culpritOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { selectHeadroom } from './memory-headroom.ts';
import { sayComparison, sayHolder, selectGrowthHolder } from './growth-holder.ts';
import { blameRoutesOfStack } from './route-blame.ts';
import { climbs, growthSpan, grows, mayGrow, SHORTEST_GROWTH_MS } from './memory-trend.ts';

type GrowthCause = FindingCauses['memory-growth'];

/** Less time than people need to react to a page and roll back. */
const CRITICAL_LEFT_MS = 30 * 60_000;
/**
 * An allocator keeps what was needed at once, so that resident memory climbs to its high-water mark: a service whose
 * requests make native objects by the thousand went from 130 to 260 MB in 12 s and stayed there (measured).
 */
const SETTLED_AFTER_MS = 30_000;
const MOST_CULPRITS = 3;
/** That it grew is certain; that it will go on is not. */
const UNSETTLED_CONFIDENCE = 0.5;
/** A queue of requests that doubles and is long enough to matter beside what a service holds anyway. */
const FEWEST_PILED = 20;
const PILING_RATIO = 2;
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
    if (first && queueGrows(view, span)) {
      return notEnoughSeen('memory grows with the requests that pile up: what stays after them is not known');
    }
    const only = first ?? comparedFinding(view, span);
    return only ? { kind: 'found', findings: [only] } : silence(view, span);
  },
};

/** Requests that wait hold memory, and give it back when they are answered. */
function queueGrows({ timeline }: DiagnosisView, span: Span): boolean {
  const openAt = timeline.requests.between(span.fromMs, span.toMs).map(({ inFlight }) => inFlight);
  const third = Math.ceil(openAt.length / 3);
  const earlier = mean(openAt.slice(0, third));
  const later = mean(openAt.slice(-third));
  return later - earlier >= FEWEST_PILED && later >= earlier * PILING_RATIO;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function silence(view: DiagnosisView, span: Span): Verdict {
  const ofCauses = (['heap', 'external'] as const).flatMap((cause) => {
    const growth = selectMemoryGrowth(view.timeline, span, cause);
    return growth ? [{ growth, cause }] : [];
  });
  const climbing = ofCauses.find(({ growth }) => climbs(growth));
  if (climbing) {
    return notEnoughSeen(
      `memory grows by ${formatBytes(climbing.growth.bytesPerSecond)}/s, and has not grown by enough to tell a leak from warming up`,
    );
  }
  if (ofCauses.some(({ growth, cause }) => mayGrow(growth, cause))) {
    return notEnoughSeen(
      'memory grows unevenly or ever slower: a cache that fills, or a leak under less load',
    );
  }
  const heap = ofCauses.find(({ cause }) => cause === 'heap')?.growth;
  if (heap?.afterCollections && heap.overMs >= SHORTEST_GROWTH_MS) return NOT_FOUND;
  return notEnoughSeen(
    `fewer than ${FEWEST_GROWTH_POINTS} full collections were seen, so the live set is not known`,
  );
}

function findingOf(view: DiagnosisView, span: Span, growth: MemoryGrowth, cause: GrowthCause): Finding {
  const sites = selectGrowingSites(view, span, cause);
  const culprits = sites.map(({ culprit }) => culprit);
  const left = selectHeadroom(view, growth.bytesPerSecond, cause);
  const mayStop = cause === 'native' && growth.overMs < SETTLED_AFTER_MS;
  const rate = `${formatBytes(growth.bytesPerSecond)}/s`;
  const what = { heap: 'the live heap', external: 'memory outside of the heap', native: 'native memory' }[
    cause
  ];
  const by = culprits[0] ? `, allocated by ${nameOf(culprits[0])}` : '';
  return {
    id: `memory-growth:${cause}:${culprits[0]?.function ?? 'unknown'}`,
    kind: 'memory-growth',
    cause,
    severity: mayStop ? 'info' : severityOf(left?.leftMs ?? null),
    confidence: Math.min(confidenceOf(growth), mayStop ? UNSETTLED_CONFIDENCE : 1),
    title: `${what} grows by ${rate}${by}`,
    impact: mayStop
      ? 'a leak if it goes on: what the allocator keeps for the next peak grows, too, and stops'
      : left
        ? `at this rate the ${left.limit} is reached in ${formatMs(left.leftMs)}`
        : 'it ends with the process out of memory',
    culprits,
    routes: sites[0] ? blameRoutesOfStack(view, sites[0].stack) : [],
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
  const sites = selectGrowingSites(view, span, 'heap');
  const culprits = sites.map(({ culprit }) => culprit);
  return {
    id: `memory-growth:heap:${culprits[0]?.function ?? 'unknown'}`,
    kind: 'memory-growth',
    cause: 'heap',
    severity: 'info',
    confidence: UNSETTLED_CONFIDENCE,
    title: `${formatBytes(holder.grownBytes)} more are held by ${holder.name} than ${formatMs(comparison.atMs - comparison.sinceMs)} before`,
    impact: 'a leak if it goes on: a cache that warms up grows, too, and stops',
    culprits,
    routes: sites[0] ? blameRoutesOfStack(view, sites[0].stack) : [],
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
  /** Bytes, or milliseconds where only time tells who makes buffers. */
  weight: number;
}

interface BlamedSite {
  readonly stack: readonly CodeFrame[];
  readonly culprit: Culprit;
}

function selectGrowingSites(view: DiagnosisView, span: Span, cause: GrowthCause): readonly BlamedSite[] {
  const sites = cause === 'heap' ? growingSites(view, span) : cause === 'external' ? bufferSites(view) : [];
  const total = sites.reduce((sum, site) => sum + site.weight, 0);
  return sites
    .toSorted((a, b) => b.weight - a.weight)
    .filter((site) => site.weight >= total * CULPRIT_SHARE)
    .slice(0, MOST_CULPRITS)
    .map(({ frame, stack, weight }) => ({
      stack,
      culprit: culpritOf(frame, stack, {
        share: weight / total,
        selfMs: 0,
        totalMs: 0,
        certainty: 'statistical',
      }),
    }));
}

/** Call sites by what they allocated between two readings and still is alive; by what is alive if there is one. */
function growingSites(view: DiagnosisView, span: Span): readonly GrowingSite[] {
  const readings = view.timeline.allocations.between(span.fromMs, span.toMs).map(({ event }) => event);
  const last = readings.at(-1);
  if (!last) return [];
  const before = readings.length > 1 ? liveBySite(readings[0] as AllocationEvent) : new Map();
  return [...liveBySite(last)].flatMap(([key, site]) => {
    const weight = site.weight - (before.get(key)?.weight ?? 0);
    return weight > 0 ? [{ ...site, weight }] : [];
  });
}

function liveBySite({ sites }: AllocationEvent): ReadonlyMap<string, GrowingSite> {
  return groupSites(sites.map(({ stack, liveBytes }) => ({ stack, weight: liveBytes })));
}

/** V8 does not sample what lies outside of its heap, but filling a buffer takes time that the CPU profile shows. */
function bufferSites(view: DiagnosisView): readonly GrowingSite[] {
  const { stacks } = selectSpanProfile(view.profiles, view.span.fromMs, view.span.toMs);
  const making = stacks.filter(({ frames }) => {
    const user = frames.findIndex(({ origin }) => origin === 'user');
    return frames.slice(0, Math.max(0, user)).some(({ file }) => file === BUFFER_FILE);
  });
  return [...groupSites(making.map(({ frames, ms }) => ({ stack: frames, weight: ms }))).values()];
}

const BUFFER_FILE = 'node:buffer';

function groupSites(
  weighted: readonly { readonly stack: readonly CodeFrame[]; readonly weight: number }[],
): Map<string, GrowingSite> {
  const sites = new Map<string, GrowingSite>();
  for (const { stack, weight } of weighted) {
    const frame = applicationFrame(stack);
    if (!frame) continue;
    // One function may allocate on several lines, and where it begins is not in every stack; but those without a name
    // are told apart by nothing else.
    const key = frame.function.startsWith('(') ? frameKey(frame) : frameKey({ ...frame, line: 0, column: 0 });
    const known = sites.get(key);
    if (known) known.weight += weight;
    else sites.set(key, { frame, stack: stack.slice(stack.indexOf(frame)), weight });
  }
  return sites;
}
