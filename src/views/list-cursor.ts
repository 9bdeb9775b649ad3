/**
 * Which row of a list the cursor is on. Lists sort themselves anew while they are looked at: the cursor stays on the
 * row that the user chose for as long as it is there, and else at its place.
 */
import { frameKey } from '../model/code-frame.ts';
import type { Finding } from '../model/finding.ts';
import type { PoolState } from '../model/timeline-event.ts';
import type { AllocationRow } from '../presentation/allocation-rows.ts';
import type { HottestRow } from '../presentation/hottest-rows.ts';
import type { PeerRow } from '../presentation/peer-rows.ts';
import type { RouteRow } from '../presentation/route-rows.ts';
import type { OutputLine } from '../presentation/service-output.ts';
import type { StallRow } from '../presentation/stall-rows.ts';
import { clampRow } from './drawing/list-window.ts';
import type { UiState } from './ui-state.ts';

interface ListRows {
  readonly findings: Finding;
  readonly routes: RouteRow;
  readonly hottest: HottestRow;
  readonly sites: AllocationRow;
  readonly stalls: StallRow;
  readonly pools: PoolState;
  readonly peers: PeerRow;
}

type List = keyof ListRows;

const KEY_OF: { readonly [L in List]: (row: ListRows[L]) => string } = {
  findings: ({ id }) => id,
  routes: ({ key }) => key,
  hottest: ({ frame }) => frameKey(frame),
  sites: ({ frame }) => frameKey(frame),
  stalls: ({ startMs }) => String(startMs),
  pools: ({ id }) => id,
  peers: ({ via, peer }) => `${via} ${peer}`,
};

/** What tells the rows of a list apart, in their order. */
export function rowKeys<L extends List>(list: L, rows: readonly ListRows[L][]): readonly string[] {
  return rows.map((row) => KEY_OF[list](row));
}

/** Index of the row under the cursor; -1 in an empty list. */
export function cursorRow<L extends List>(ui: UiState, list: L, rows: readonly ListRows[L][]): number {
  const { row, key } = ui.selected[list];
  const found = key === null ? -1 : rows.findIndex((each) => KEY_OF[list](each) === key);
  return found === -1 ? clampRow(row, rows.length) : found;
}

/** Index of the last line that is shown of what a service prints: the newest, unless the user went back to another. */
export function outputCursor(ui: UiState, lines: readonly OutputLine[]): number {
  const { key } = ui.selected.output;
  return key === null ? lines.length - 1 : lines.findIndex(({ number }) => number >= Number(key));
}
