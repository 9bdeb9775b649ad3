/**
 * When a finding's fault was there: the moments that prove it, for marks on a time line.
 *
 *   stalls of 200 ms at 1, 2 and 3 s, all in derivePassword -> [1-1.2, 2-2.2, 3-3.2 s] for its finding
 */
import type { SpanAttribution } from '../model/cause-attribution.ts';
import type { Finding } from '../model/finding.ts';
import type { Covered } from '../shared/bounded-history.ts';
import { assertNever } from '../shared/result.ts';
import { selectBlockedPeriods } from '../timeline/loop-selectors.ts';
import type { Span } from '../timeline/series.ts';
import type { ScreenData } from './screen-data.ts';
import { selectStallRows, selectStallSamples } from './stall-rows.ts';

/** A queue of the thread pool that several tasks wait in; one file or hash takes a few milliseconds. */
const THREAD_POOL_WAIT_MS = 20;
/** Marks that are closer than this share of what is shown look like one. */
const JOINED_SHARE = 1 / 400;

/** Oldest first, not overlapping. What has no moments of its own (growth, a verdict on the whole) lasts all the span. */
export function selectFindingSpans(data: ScreenData, finding: Finding): readonly Span[] {
  const moments = momentsOf(data, finding).map(({ startMs, endMs }) => ({
    fromMs: Math.max(startMs, data.span.fromMs),
    toMs: Math.min(endMs, data.span.toMs),
  }));
  return moments.length === 0 ? [data.span] : joined(moments, data.span);
}

function momentsOf(data: ScreenData, finding: Finding): readonly Covered[] {
  const { timeline, span } = data;
  switch (finding.kind) {
    case 'event-loop-blocked':
      return stallsOf(data, finding);
    case 'event-loop-frozen':
      return selectBlockedPeriods(timeline, span);
    case 'pool-exhausted':
      return sinceTheOneBefore(timeline.pools.between(span.fromMs, span.toMs), ({ event }) =>
        event.pools.some(({ waiting }) => waiting > 0),
      );
    case 'threadpool-saturated':
      return sinceTheOneBefore(
        timeline.threadPool.between(span.fromMs, span.toMs),
        ({ event }) => event.queueDelayMs >= THREAD_POOL_WAIT_MS,
      );
    case 'gc-pressure':
      return timeline.gcWindows.between(span.fromMs, span.toMs);
    case 'background-work':
    case 'process-saturated':
    case 'memory-growth':
    case 'memory-limit':
    case 'large-responses':
    case 'slow-dependency':
      return [];
    default:
      return assertNever(finding.kind);
  }
}

/** The stalls that the finding's culprit is the strongest of; all of them where samples do not tell. */
function stallsOf(data: ScreenData, finding: Finding): readonly Covered[] {
  const stalls = selectStallRows(data).toReversed();
  const own = stalls.filter((stall) => {
    const [strongest] = selectStallSamples(data, stall).attributions;
    return strongest !== undefined && isCulprit(finding, strongest);
  });
  return (own.length > 0 ? own : stalls).map(({ startMs, durationMs }) => ({
    startMs,
    endMs: startMs + durationMs,
  }));
}

function isCulprit({ culprits, cause }: Finding, { frame, cause: seen }: SpanAttribution): boolean {
  return frame === null
    ? seen === cause
    : culprits.some((culprit) => culprit.function === frame.function && culprit.file === frame.file);
}

/** A reading that shows the fault speaks for the time since the one before it. */
function sinceTheOneBefore<T extends Covered>(
  readings: readonly T[],
  shows: (reading: T) => boolean,
): readonly Covered[] {
  return readings.flatMap((reading, index) =>
    shows(reading) ? [{ startMs: readings[index - 1]?.endMs ?? reading.startMs, endMs: reading.endMs }] : [],
  );
}

function joined(spans: readonly Span[], shown: Span): readonly Span[] {
  const reachMs = (shown.toMs - shown.fromMs) * JOINED_SHARE;
  const result: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = result.at(-1);
    if (last && fromMs - last.toMs <= reachMs) last.toMs = Math.max(last.toMs, toMs);
    else result.push({ fromMs, toMs });
  }
  return result;
}
