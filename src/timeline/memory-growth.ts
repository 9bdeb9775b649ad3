/**
 * Growth of what stays alive, not of the saw-tooth. Heap is read after collections; memory outside of the heap has
 * no such moments, so its lower envelope is taken.
 *
 *   heap used 50 90 | 52 95 | 54 …  with collections at |  ->  live 50, 52, 54: +2 per collection
 *
 * The slope is Theil-Sen's (the median of the slopes between all pairs; Sen 1968): it stands up to 29% of wild
 * points, such as one large request that was alive during a collection.
 */
import type { MemoryEvent } from '../model/timeline-event.ts';
import { countRequests } from './request-selectors.ts';
import type { Span } from './series.ts';
import type { Timeline } from './timeline.ts';

/** `native` is what the process holds beyond heap and buffers: addons, threads, malloc's own fragmentation. */
export type GrowthOf = 'heap' | 'external' | 'native';

export interface LivePoint {
  readonly atMs: number;
  readonly bytes: number;
}

export interface MemoryGrowth {
  /** Robust slope over the whole span. */
  readonly bytesPerSecond: number;
  /** The same over the last half of the points: near zero when a cache has warmed up. */
  readonly recentBytesPerSecond: number;
  /**
   * Growth in the last third of the time as a share of the first third's, or the same by requests where that is more:
   * 1 in a leak, also when the traffic ebbs, and less in what fills up.
   */
  readonly keptPace: number;
  readonly firstBytes: number;
  readonly lastBytes: number;
  readonly overMs: number;
  readonly points: number;
  /** Whether the points were taken after full collections; otherwise what rises may yet be collected. */
  readonly afterCollections: boolean;
  /** Share of steps between neighbouring points that went up, 0 to 1: a leak climbs steadily. */
  readonly risingShare: number;
}

/** Four full collections, each leaving more than the one before: chance does that in one of 24 cases. */
export const FEWEST_GROWTH_POINTS = 4;

/** All pairs of more points than this cost too much to compare; they are thinned out evenly. */
const MOST_GROWTH_POINTS = 120;

/** Null when fewer than four points of live memory were seen in the span. */
export function selectMemoryGrowth(timeline: Timeline, span: Span, of: GrowthOf): MemoryGrowth | null {
  const { points, afterCollections } = selectLivePoints(timeline, span, of);
  const [first, last] = [points[0], points.at(-1)];
  if (points.length < FEWEST_GROWTH_POINTS || !first || !last) return null;
  const rises = points.slice(1).filter((point, i) => point.bytes > (points[i] as LivePoint).bytes).length;
  return {
    bytesPerSecond: theilSenSlope(points.map(graphPoint)) * 1000,
    recentBytesPerSecond:
      theilSenSlope(points.slice(-Math.ceil((points.length + 1) / 2)).map(graphPoint)) * 1000,
    keptPace: keptPace(points, requestsUntil(timeline, span, points)),
    firstBytes: first.bytes,
    lastBytes: last.bytes,
    overMs: last.atMs - first.atMs,
    points: points.length,
    afterCollections,
    risingShare: rises / (points.length - 1),
  };
}

function keptPace(points: readonly LivePoint[], requests: readonly number[]): number {
  const byRequests = points.map(({ bytes }, index): GraphPoint => [requests[index]!, bytes]);
  return Math.max(paceOf(points.map(graphPoint)), paceOf(byRequests));
}

/** Infinity where nothing was added at first; 0 where there is no pace, such as by requests where there are none. */
function paceOf(points: readonly GraphPoint[]): number {
  const [first, last] = [points[0], points.at(-1)] as [GraphPoint, GraphPoint];
  const third = (last[0] - first[0]) / 3;
  const early = heightAt(points, first[0] + third) - first[1];
  const late = last[1] - heightAt(points, last[0] - third);
  if (third <= 0 || late <= 0) return 0;
  return early > 0 ? late / early : Infinity;
}

/** On the straight lines from point to point. */
function heightAt(points: readonly GraphPoint[], x: number): number {
  const next = points.findIndex((point) => point[0] >= x);
  const [toX, toY] = points.at(next) as GraphPoint;
  const [fromX, fromY] = points[next - 1] ?? [toX, toY];
  return toX === fromX ? toY : fromY + ((toY - fromY) * (x - fromX)) / (toX - fromX);
}

/** How many requests were answered from the span's beginning to each point, in one pass through both. */
function requestsUntil(
  { requests }: Timeline,
  { fromMs, toMs }: Span,
  points: readonly LivePoint[],
): number[] {
  const windows = requests.between(fromMs, toMs);
  let next = 0;
  let before = 0;
  return points.map(({ atMs }) => {
    for (; next < windows.length && windows[next]!.endMs <= atMs; next++) {
      before += countRequests(windows[next]!, null);
    }
    const cut = windows[next];
    if (!cut || cut.startMs >= atMs) return before;
    return before + (countRequests(cut, null) * (atMs - cut.startMs)) / (cut.endMs - cut.startMs);
  });
}

export interface LivePoints {
  /** Oldest first. */
  readonly points: readonly LivePoint[];
  readonly afterCollections: boolean;
}

/** Live bytes at the moments where they can be told. */
function selectLivePoints(timeline: Timeline, span: Span, of: GrowthOf): LivePoints {
  if (of === 'native')
    return { points: thinOut(lowerEnvelope(nativePoints(timeline, span))), afterCollections: true };
  const readings = timeline.memory.between(span.fromMs, span.toMs).map(({ event }) => event);
  const bytesOf = (event: MemoryEvent): number =>
    of === 'external' ? event.externalBytes : (event.liveAfterGcBytes ?? event.heapUsedBytes);
  // The figure repeats until the next full collection: where it changes there was one.
  const collected = readings.filter(
    ({ liveAfterGcBytes }, index) =>
      liveAfterGcBytes !== null && liveAfterGcBytes !== readings[index - 1]?.liveAfterGcBytes,
  );
  const afterCollections = collected.length >= FEWEST_GROWTH_POINTS;
  const points = afterCollections
    ? collected.map((event) => ({ atMs: momentOf(event, of), bytes: bytesOf(event) }))
    : readings.map((event) => ({
        atMs: event.atMs,
        bytes: of === 'heap' ? event.heapUsedBytes : event.externalBytes,
      }));
  const kept = !afterCollections ? lowerEnvelope(points) : of === 'heap' ? lowestOfSecond(points) : points;
  return { points: thinOut(kept), afterCollections };
}

/**
 * What was allocated while V8 marked outlives that collection (floating garbage): of two within a second, the one
 * that left less tells what lives.
 */
function lowestOfSecond(points: readonly LivePoint[]): readonly LivePoint[] {
  const kept: LivePoint[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (last && point.atMs - last.atMs < 1000) kept.splice(-1, 1, last.bytes < point.bytes ? last : point);
    else kept.push(point);
  }
  return kept;
}

/** Buffers are counted when memory is read, what lives in the heap when it was collected. */
function momentOf({ atMs, liveAtMs }: MemoryEvent, of: GrowthOf): number {
  return of === 'heap' ? (liveAtMs ?? atMs) : atMs;
}

/** Resident size less what the last memory reading knew of: heap and external memory. */
function nativePoints(timeline: Timeline, span: Span): readonly LivePoint[] {
  const readings = timeline.memory.between(span.fromMs, span.toMs).map(({ event }) => event);
  let next = 0;
  return timeline.process.between(span.fromMs, span.toMs).flatMap(({ endMs, rssBytes }) => {
    while (next + 1 < readings.length && (readings[next + 1] as MemoryEvent).atMs <= endMs) next++;
    const known = readings[next];
    if (!known) return [];
    return [{ atMs: endMs, bytes: Math.max(0, rssBytes - known.heapTotalBytes - known.externalBytes) }];
  });
}

function thinOut(points: readonly LivePoint[]): readonly LivePoint[] {
  const every = Math.max(1, Math.ceil(points.length / MOST_GROWTH_POINTS));
  return points.filter((_, index) => (points.length - 1 - index) % every === 0);
}

/**
 * The lowest reading of each of eight equal parts of the time: below it nothing was collected, so what rises
 * there is alive or has not been collected in an eighth of the time.
 */
function lowerEnvelope(readings: readonly LivePoint[]): readonly LivePoint[] {
  const parts = 8;
  const [first, last] = [readings[0], readings.at(-1)];
  if (!first || !last || readings.length < parts * 2) return [];
  const partMs = (last.atMs - first.atMs) / parts;
  const lowest = new Map<number, LivePoint>();
  for (const reading of readings) {
    const part = Math.min(parts - 1, Math.floor((reading.atMs - first.atMs) / partMs));
    const known = lowest.get(part);
    if (!known || reading.bytes < known.bytes) lowest.set(part, reading);
  }
  return [...lowest.values()];
}

/** `x` and `y`; here milliseconds or requests, and bytes. */
export type GraphPoint = readonly [x: number, y: number];

const graphPoint = ({ atMs, bytes }: LivePoint): GraphPoint => [atMs, bytes];

/** Median of the slopes between all pairs. */
export function theilSenSlope(points: readonly GraphPoint[]): number {
  const slopes: number[] = [];
  for (const [index, [fromX, fromY]] of points.entries()) {
    for (const [x, y] of points.slice(index + 1)) {
      if (x > fromX) slopes.push((y - fromY) / (x - fromX));
    }
  }
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  if (slopes.length === 0) return 0;
  if (slopes.length % 2 === 1) return slopes[middle] as number;
  return ((slopes[middle - 1] as number) + (slopes[middle] as number)) / 2;
}
