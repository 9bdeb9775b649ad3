/** Allocating call sites: what lives of each, and how much more than at the start of the window. */
import { isApplicationFrame } from '../model/code-frame.ts';
import type { AllocationEvent, CodeFrame } from '../model/timeline-event.ts';
import type { ScreenData } from './screen-data.ts';
import { formatPlace } from './format.ts';

export interface AllocationRow {
  readonly frame: CodeFrame;
  /** Innermost first. */
  readonly stack: readonly CodeFrame[];
  readonly liveBytes: number;
  /** Of everything that was sampled alive, 0 to 1. */
  readonly share: number;
  readonly grownBytes: number;
}

/** The sites of the last reading in the span, largest first. */
export function selectAllocationRows(data: ScreenData, filter: string): readonly AllocationRow[] {
  const rows = data.cached('allocations', 'figures', () => {
    const readings = data.timeline.allocations.between(data.span.fromMs, data.span.toMs);
    const [first, last] = [readings[0]?.event, readings.at(-1)?.event];
    return last ? rowsOf(last, first && first !== last ? first : null) : [];
  });
  const wanted = filter.toLowerCase();
  return rows.filter(({ frame }) => `${frame.function} ${frame.file}`.toLowerCase().includes(wanted));
}

function rowsOf(last: AllocationEvent, first: AllocationEvent | null): readonly AllocationRow[] {
  const before = bySite(first?.sites ?? []);
  const now = bySite(last.sites);
  const total = [...now.values()].reduce((sum, site) => sum + site.liveBytes, 0);
  return [...now]
    .map(([key, site]) => ({
      ...site,
      share: total > 0 ? site.liveBytes / total : 0,
      grownBytes: first ? site.liveBytes - (before.get(key)?.liveBytes ?? 0) : 0,
    }))
    .toSorted((a, b) => b.liveBytes - a.liveBytes);
}

/** Sites by the innermost function that somebody could change. */
function bySite(sites: AllocationEvent['sites']) {
  const grouped = new Map<string, { frame: CodeFrame; stack: readonly CodeFrame[]; liveBytes: number }>();
  for (const { stack, liveBytes } of sites) {
    const frame = stack.find(isApplicationFrame) ?? stack[0];
    if (!frame) continue;
    const key = `${frame.function} ${formatPlace(frame)}`;
    const known = grouped.get(key);
    grouped.set(key, { frame, stack: known?.stack ?? stack, liveBytes: (known?.liveBytes ?? 0) + liveBytes });
  }
  return grouped;
}
