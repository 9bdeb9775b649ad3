/** Stalls of the span, each with who held the loop, as far as samples tell. */
import { attributeSpans, type SpanAttribution } from '../model/cause-attribution.ts';
import type { StallEvent } from '../model/timeline-event.ts';
import { selectProfiles } from '../timeline/code-selectors.ts';
import { selectBlockedPeriods, selectStalls } from '../timeline/loop-selectors.ts';
import type { BlockedPeriod } from '../timeline/timeline-windows.ts';
import type { ScreenData } from './screen-data.ts';

export interface StallRow {
  readonly startMs: number;
  readonly durationMs: number;
  /** Back from the end of the span. */
  readonly agoMs: number;
}

export interface StallSamples {
  /** Strongest first; empty until the profile that covers the stall is cut, or where the loop was blocked natively. */
  readonly attributions: readonly SpanAttribution[];
  /** Readings taken while it was blocked, when it lasted long enough. */
  readonly blocked: BlockedPeriod | null;
}

/** More are never scrolled through. */
const MOST_ROWS = 500;

/** The newest first. */
export function selectStallRows(data: ScreenData): readonly StallRow[] {
  return data.cached('stall rows', 'figures', () =>
    selectStalls(data.timeline, data.span)
      .slice(-MOST_ROWS)
      .toReversed()
      .map(({ startMs, endMs }: StallEvent) => ({
        startMs,
        durationMs: endMs - startMs,
        agoMs: data.span.toMs - endMs,
      })),
  );
}

/** Who held the loop during one stall. */
export function selectStallSamples(data: ScreenData, stall: StallRow): StallSamples {
  return data.cached(`stall ${stall.startMs}`, 'figures', () => {
    const span = { startMs: stall.startMs, endMs: stall.startMs + stall.durationMs };
    const profiles = selectProfiles(data.timeline, { fromMs: span.startMs, toMs: span.endMs });
    const blocked = selectBlockedPeriods(data.timeline, { fromMs: span.startMs, toMs: span.endMs });
    return { attributions: attributeSpans(profiles, [span]), blocked: blocked[0] ?? null };
  });
}
