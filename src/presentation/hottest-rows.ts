/** Functions by the CPU time that goes to them. */
import type { FunctionTime } from '../model/call-tree.ts';
import type { CodeFrame } from '../model/timeline-event.ts';
import { selectHottestFunctions } from '../timeline/code-selectors.ts';
import type { ScreenData } from './screen-data.ts';
import { newestProfileMs } from './shown-tree.ts';

export interface HottestRow {
  readonly frame: CodeFrame;
  /** Of all work in the span, 0 to 1; by self or by total time, as asked. */
  readonly share: number;
  readonly selfMs: number;
  readonly totalMs: number;
}

/** More are never scrolled through. */
const MOST_ROWS = 200;

export function selectHottestRows(
  data: ScreenData,
  by: 'self' | 'total',
  filter: string,
): readonly HottestRow[] {
  const functions = data.cached(`hottest ${newestProfileMs(data)}`, 'code', () =>
    selectHottestFunctions(data.timeline, data.span, MOST_ROWS),
  );
  const wanted = filter.toLowerCase();
  return functions
    .filter(({ frame }) => `${frame.function} ${frame.file}`.toLowerCase().includes(wanted))
    .map((time) => ({ ...time, share: by === 'self' ? time.share : totalShare(time) }))
    .toSorted((a, b) => b.share - a.share);
}

function totalShare({ share, selfMs, totalMs }: FunctionTime): number {
  return selfMs > 0 ? Math.min(1, (share * totalMs) / selfMs) : 0;
}
