/** Connection pools: who holds what, and who waits. */
import type { PoolState } from '../../model/timeline-event.ts';
import { formatCount, formatMs, formatPlace } from '../../presentation/format.ts';
import { selectPools } from '../../timeline/resource-selectors.ts';
import { drawBar } from '../drawing/bar.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import type { Surface } from '../terminal/surface.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel } from '../view.ts';

const FIGURE = 8;
const BAR = 10;
/** Rows for the holders of the selected pool. */
const HOLDER_ROWS = 4;

export const drawPools: Panel = (surface, view) => {
  const { theme } = surface;
  const focused = isFocused(view, 'pools');
  const pools = view.data.cached('pools', 'figures', () => selectPools(view.data.timeline, view.data.span));
  drawFrame(surface, { title: 'Connection pools', focused });
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    if (pools.length === 0) {
      inside.text(0, 0, 'no pool was found in this service', dim);
      return;
    }
    const headings = ['USED', 'MAX', 'WAIT', 'HELD', 'WAITED'];
    const left = inside.width - headings.length * FIGURE - BAR - 2;
    inside.text(0, 0, 'POOL', dim);
    headings.forEach((heading, i) => inside.textRight(left + i * FIGURE, 0, FIGURE, heading, dim));
    const selected = cursorRow(view.ui, 'pools', pools);
    const room = Math.max(1, inside.height - 1 - (inside.height >= 8 ? HOLDER_ROWS : 0));
    const first = firstShown(pools.length, room, selected);
    pools.slice(first, first + room).forEach((pool, i) => {
      const isSelected = focused && first + i === selected;
      drawPool(inside, 1 + i, pool, left, isSelected);
    });
    const chosen = pools[selected];
    if (chosen && inside.height >= 8) drawHolders(inside, inside.height - HOLDER_ROWS, chosen);
  });
};

function drawPool(inside: Surface, y: number, pool: PoolState, left: number, selected: boolean): void {
  const { theme } = inside;
  const empty = pool.waiting > 0;
  const name = selected ? theme.style('accent', { bold: true, underline: true }) : 0;
  const sign = empty ? theme.glyphs.critical : theme.glyphs.ok;
  inside.text(0, y, sign, theme.styleOf(empty ? 'critical' : 'ok'));
  inside.spans(
    2,
    y,
    [
      [`${pool.driver} `, theme.styleOf('dim')],
      [pool.name, name],
    ],
    left - 3,
  );
  const bad = theme.style('critical', { bold: true });
  const figures: readonly (readonly [string, number])[] = [
    [formatCount(pool.active), empty ? bad : 0],
    [formatCount(pool.max), theme.styleOf('dim')],
    [formatCount(pool.waiting), empty ? bad : theme.styleOf('dim')],
    [formatMs(pool.longestHeldMs), 0],
    [formatMs(pool.longestWaitMs), empty ? bad : theme.styleOf('dim')],
  ];
  figures.forEach(([text, style], i) => inside.textRight(left + i * FIGURE, y, FIGURE, text, style));
  const share = pool.max === null || pool.max === 0 ? 0 : pool.active / pool.max;
  drawBar(inside, inside.width - BAR, y, BAR, share, theme.styleOf(empty ? 'critical' : 'series'));
}

function drawHolders(inside: Surface, top: number, pool: PoolState): void {
  const { theme } = inside;
  const dim = theme.styleOf('dim');
  if (pool.holders.length === 0) {
    inside.text(0, top + 1, 'nobody is known to hold a connection of this pool', dim);
    return;
  }
  pool.holders.slice(0, HOLDER_ROWS - 1).forEach((holder, i) => {
    const taker = holder.takenBy[0];
    inside.spans(0, top + 1 + i, [
      ['held ', dim],
      [formatMs(holder.heldMs), theme.style('strong', { bold: true })],
      [holder.busy === false ? ' idle, taken by ' : ' taken by ', dim],
      [taker ? `${taker.function} ${formatPlace(taker)}` : 'unknown', theme.styleOf('accent')],
      [holder.route === null ? '' : `  ${holder.route}`, dim],
    ]);
  });
}
