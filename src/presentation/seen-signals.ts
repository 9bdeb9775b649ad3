/** What was looked at and what was not: each signal with how much of it there is, and every gap with its reason. */
import { formatBytes, formatCount, formatMs, formatPercent } from './format.ts';
import type { ScreenData } from './screen-data.ts';
import { selectProfiles } from '../timeline/code-selectors.ts';
import { selectStallFigures } from '../timeline/loop-selectors.ts';
import { selectRequests } from '../timeline/request-selectors.ts';
import { selectGc, selectPools } from '../timeline/resource-selectors.ts';
import { overlapMs } from '../timeline/series.ts';
import { selectGaps } from '../timeline/session-selectors.ts';

export interface SeenSignal {
  readonly signal: string;
  /** How much of it: `101 readings, 98% of the time`. Null when there is nothing. */
  readonly seen: string | null;
  /** Why there is nothing, or what is to be known about it; '' when nothing is. */
  readonly remark: string;
}

export function selectSeenSignals(data: ScreenData): readonly SeenSignal[] {
  return [loopSignal(data), samplesSignal(data), requestsSignal(data), ...readingSignals(data)];
}

function loopSignal({ timeline, span }: ScreenData): SeenSignal {
  const windows = timeline.loop.between(span.fromMs, span.toMs);
  const coveredMs = windows.reduce((sum, window) => sum + overlapMs(window, span), 0);
  const share = Math.min(1, coveredMs / Math.max(1, span.toMs - span.fromMs));
  const stalls = selectStallFigures(timeline, span);
  return {
    signal: 'event loop',
    seen:
      windows.length === 0
        ? null
        : `${formatCount(windows.length)} readings over ${formatPercent(share)} of the time`,
    remark: windows.length === 0 ? 'it was never read' : `${formatCount(stalls.count)} stalls`,
  };
}

function samplesSignal({ timeline, span }: ScreenData): SeenSignal {
  const profiles = selectProfiles(timeline, span);
  const samples = profiles.reduce((sum, { sampleNodes }) => sum + sampleNodes.length, 0);
  const intervalUs = profiles.at(-1)?.samplingIntervalUs ?? 0;
  return {
    signal: 'CPU samples',
    seen:
      samples === 0 ? null : `${formatCount(samples)} samples in ${formatCount(profiles.length)} profiles`,
    remark:
      samples === 0
        ? 'no profile was cut'
        : `one each ${formatMs(intervalUs / 1000)}; the last ten minutes are kept`,
  };
}

function requestsSignal({ timeline, span }: ScreenData): SeenSignal {
  const requests = selectRequests(timeline, span);
  const any = requests !== null && (requests.count > 0 || requests.routes.length > 0);
  return {
    signal: 'requests',
    seen: any ? `${formatCount(requests.count)} on ${formatCount(requests.routes.length)} routes` : null,
    remark: any
      ? requests.aborted > 0
        ? `${formatCount(requests.aborted)} were aborted`
        : ''
      : 'none finished meanwhile',
  };
}

function readingSignals({ timeline, span }: ScreenData): readonly SeenSignal[] {
  const { fromMs, toMs } = span;
  const gc = selectGc(timeline, span);
  const pools = selectPools(timeline, span).length;
  const contexts = timeline.contextSamples.between(fromMs, toMs).flatMap(({ event }) => event.samples);
  const comparison = timeline.heapComparisons.between(fromMs, toMs).at(-1)?.event ?? null;
  const counted = (signal: string, count: number, noun: string, otherwise: string): SeenSignal => ({
    signal,
    seen: count === 0 ? null : `${formatCount(count)} ${noun}`,
    remark: count === 0 ? otherwise : '',
  });
  return [
    counted('collector', gc?.count ?? 0, 'collections', gc === null ? 'it was never read' : 'none ran'),
    counted('memory', timeline.memory.between(fromMs, toMs).length, 'readings', 'it was never read'),
    counted(
      'process',
      timeline.process.between(fromMs, toMs).length,
      'readings from outside',
      'not on this machine',
    ),
    counted('thread pool', timeline.threadPool.between(fromMs, toMs).length, 'probes', 'it was never probed'),
    counted('pools', pools, 'found', 'none was found'),
    counted(
      'outgoing calls',
      timeline.outgoing.between(fromMs, toMs).length,
      'readings',
      'none ended meanwhile',
    ),
    counted(
      'allocations by call site',
      timeline.allocations.between(fromMs, toMs).length,
      'readings',
      'reading them forces a collection; not read in this window',
    ),
    counted('whose work runs', contexts.length, 'samples', 'asked for only where a finding needs it'),
    {
      signal: 'heap snapshots',
      seen:
        comparison === null
          ? null
          : `two compared, ${formatBytes(comparison.beforeBytes)} and ${formatBytes(comparison.afterBytes)}`,
      remark: comparison === null ? 'none: the service would stand still for each' : '',
    },
  ];
}

export interface SeenGap {
  readonly signal: string;
  readonly reason: string;
  readonly times: number;
  /** Readings or samples that were lost, where that is known. */
  readonly lost: number | null;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Gaps of one kind together, the most frequent first. */
export function selectSeenGaps({ timeline, span }: ScreenData): readonly SeenGap[] {
  const gaps = new Map<string, SeenGap>();
  for (const { signal, reason, lost, atMs } of selectGaps(timeline, span)) {
    const key = `${signal} ${reason}`;
    const known = gaps.get(key);
    gaps.set(key, {
      signal,
      reason,
      times: (known?.times ?? 0) + 1,
      lost: lost === null ? (known?.lost ?? null) : lost + (known?.lost ?? 0),
      firstMs: known?.firstMs ?? atMs,
      lastMs: atMs,
    });
  }
  return [...gaps.values()].toSorted((a, b) => b.times - a.times);
}
