/**
 * Selecting a span of time on the Loop screen: it begins with the selected stall, the arrows move one end, the same
 * key again takes the other end, enter makes every screen show just that span.
 */
import type { ScreenData } from '../presentation/screen-data.ts';
import { selectStallRows } from '../presentation/stall-rows.ts';
import type { Span } from '../timeline/series.ts';
import { cursorRow } from './list-cursor.ts';
import type { UiAction, UiState } from './ui-state.ts';

/** An arrow moves an end by this share of what is shown: two columns of a chart at 120 columns. */
const STEP_SHARE = 1 / 60;
/** Figures are read two to four times a second: a shorter span would be made of one reading or none. */
const SHORTEST_MS = 1_000;

export function selectSpan(ui: UiState, data: ScreenData): readonly UiAction[] {
  const heldAtMs = data.span.toMs;
  if (ui.selecting) {
    const { anchorMs, movingMs } = ui.selecting;
    return [{ kind: 'selecting', span: { anchorMs: movingMs, movingMs: anchorMs }, heldAtMs }];
  }
  const stalls = selectStallRows(data);
  const stall = stalls[cursorRow(ui, 'stalls', stalls)];
  const { fromMs, toMs } = data.span;
  const span = stall
    ? { anchorMs: stall.startMs, movingMs: stall.startMs + stall.durationMs }
    : { anchorMs: (fromMs + toMs) / 2, movingMs: toMs };
  return [{ kind: 'selecting', span, heldAtMs }];
}

export function moveSpan(ui: UiState, data: ScreenData, direction: 1 | -1): readonly UiAction[] {
  if (!ui.selecting) return [];
  const { fromMs, toMs } = data.plotSpan;
  const movedMs = ui.selecting.movingMs + direction * (toMs - fromMs) * STEP_SHARE;
  const movingMs = Math.min(toMs, Math.max(fromMs, movedMs));
  return [{ kind: 'selecting', span: { ...ui.selecting, movingMs }, heldAtMs: data.span.toMs }];
}

export function chooseSpan(ui: UiState): readonly UiAction[] {
  const span = selectedSpan(ui);
  if (!span) return [];
  const missingMs = Math.max(0, SHORTEST_MS - (span.toMs - span.fromMs));
  const wide = { fromMs: span.fromMs - missingMs / 2, toMs: span.toMs + missingMs / 2 };
  return [{ kind: 'choose-span', span: wide }];
}

/** The span that is being selected, its ends in order. */
export function selectedSpan({ selecting }: UiState): Span | null {
  if (!selecting) return null;
  const { anchorMs, movingMs } = selecting;
  return { fromMs: Math.min(anchorMs, movingMs), toMs: Math.max(anchorMs, movingMs) };
}
