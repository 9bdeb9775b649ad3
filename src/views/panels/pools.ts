/** Connection pools: who holds what, and who waits. */
import type { PoolState } from '../../model/timeline-event.ts';
import { formatCount, formatMs, formatPlace } from '../../presentation/format.ts';
import { selectPools } from '../../timeline/resource-selectors.ts';
import { drawBar } from '../drawing/bar.ts';
import type { ScreenData } from '../../presentation/screen-data.ts';
import { heldSeriesFrom } from '../../timeline/series.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import { drawSparkline } from '../drawing/sparkline.ts';
import { VALUE_AXIS_COLUMNS } from '../drawing/time-axis.ts';
import type { Surface } from '../terminal/surface.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel } from '../view.ts';

interface Figure {
  readonly title: string;
  readonly text: (pool: PoolState) => string;
  /** How it is drawn while nobody waits. */
  readonly calm: 'plain' | 'dim';
  /** Whether it accuses when somebody does. */
  readonly accuses: boolean;
}

const USED: Figure = {
  title: 'USED',
  text: ({ active }) => formatCount(active),
  calm: 'plain',
  accuses: true,
};
const MAX: Figure = { title: 'MAX', text: ({ max }) => formatCount(max), calm: 'dim', accuses: false };
const WAIT: Figure = {
  title: 'WAIT',
  text: ({ waiting }) => formatCount(waiting),
  calm: 'dim',
  accuses: true,
};
const HELD: Figure = {
  title: 'HELD',
  text: ({ longestHeldMs }) => formatMs(longestHeldMs),
  calm: 'plain',
  accuses: false,
};
const WAITED: Figure = {
  title: 'WAITED',
  text: ({ longestWaitMs }) => formatMs(longestWaitMs),
  calm: 'dim',
  accuses: true,
};

interface Columns {
  readonly figures: readonly Figure[];
  readonly figureColumns: number;
  readonly bar: number;
}

const WIDE: Columns = { figures: [USED, MAX, WAIT, HELD, WAITED], figureColumns: 8, bar: 10 };
/** The name of a pool comes before its driver and before how long it was waited for. */
const NARROW: Columns = { figures: [USED, MAX, WAIT, HELD], figureColumns: 7, bar: 0 };
/** With less, a name of a dozen letters would be cut. */
const ROOM_FOR_ALL = 66;

/** Rows for the holders of the selected pool. */
const HOLDER_ROWS = 4;
/** From here on the past of the selected pool stands above its holders. */
const ROOM_FOR_PAST = 16;
const PAST_ROWS = 6;
/** Pools are read every second; a longer silence is a gap. */
const HOLD_MS = 4_000;

export const drawPools: Panel = (surface, view) => {
  const { theme } = surface;
  const focused = isFocused(view, 'pools');
  const pools = view.data.cached('pools', 'figures', () => selectPools(view.data.timeline, view.data.span));
  drawFrame(surface, { title: 'Connection pools', focused, panel: 'pools' });
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    if (pools.length === 0) {
      inside.text(0, 0, 'no pool was found in this service', dim);
      return;
    }
    const columns = inside.width >= ROOM_FOR_ALL ? WIDE : NARROW;
    const { figures, figureColumns, bar } = columns;
    const left = inside.width - figures.length * figureColumns - (bar > 0 ? bar + 2 : 0);
    inside.text(0, 0, 'POOL', dim);
    figures.forEach(({ title }, i) =>
      inside.textRight(left + i * figureColumns, 0, figureColumns, title, dim),
    );
    const selected = cursorRow(view.ui, 'pools', pools);
    const holderRows = inside.height >= 8 ? HOLDER_ROWS : 0;
    const pastRows = inside.height >= ROOM_FOR_PAST ? PAST_ROWS : 0;
    const room = Math.max(1, inside.height - 1 - holderRows - pastRows);
    const first = firstShown(pools.length, room, selected);
    pools.slice(first, first + room).forEach((pool, i) => {
      const isSelected = focused && first + i === selected;
      inside.touch(0, 1 + i, inside.width, 1, { kind: 'row', panel: 'pools', row: first + i });
      drawPool(inside, 1 + i, pool, columns, left, isSelected);
    });
    const chosen = pools[selected];
    if (!chosen) return;
    if (pastRows > 0) {
      const top = inside.height - holderRows - pastRows;
      inside.inset(0, top, inside.width, pastRows, (past) => drawPast(past, view.data, chosen));
    }
    if (holderRows > 0) drawHolders(inside, inside.height - holderRows, chosen);
  });
};

function drawPool(
  inside: Surface,
  y: number,
  pool: PoolState,
  { figures, figureColumns, bar }: Columns,
  left: number,
  selected: boolean,
): void {
  const { theme } = inside;
  const empty = pool.waiting > 0;
  const name = selected ? theme.style('accent', { bold: true, underline: true }) : 0;
  const sign = empty ? theme.glyphs.critical : theme.glyphs.ok;
  inside.text(0, y, sign, theme.styleOf(empty ? 'critical' : 'ok'));
  inside.spans(
    2,
    y,
    [
      [bar > 0 ? `${pool.driver} ` : '', theme.styleOf('dim')],
      [pool.name, name],
    ],
    left - 3,
  );
  const bad = theme.style('critical', { bold: true });
  figures.forEach(({ text, calm, accuses }, i) => {
    const style = empty && accuses ? bad : calm === 'dim' ? theme.styleOf('dim') : 0;
    inside.textRight(left + i * figureColumns, y, figureColumns, text(pool), style);
  });
  const share = pool.max === null || pool.max === 0 ? 0 : pool.active / pool.max;
  drawBar(inside, inside.width - bar, y, bar, share, theme.styleOf(empty ? 'critical' : 'series'));
}

/** How many connections of the selected pool were out over the window, and how many callers waited for one. */
function drawPast(past: Surface, data: ScreenData, pool: PoolState): void {
  const { theme, width } = past;
  const dim = theme.styleOf('dim');
  const columns = width - VALUE_AXIS_COLUMNS;
  const seriesOf = (what: 'active' | 'waiting') =>
    data.series(`pool ${what} ${pool.id}`, columns, (timeline, span, stepMs) =>
      heldSeriesFrom(
        timeline.pools.between(span.fromMs - HOLD_MS, span.toMs),
        span,
        stepMs,
        HOLD_MS,
        ({ event }) => event.pools.find(({ id }) => id === pool.id)?.[what] ?? null,
      ),
    );
  const [used, waiting] = [seriesOf('active'), seriesOf('waiting')];
  const place = { x: VALUE_AXIS_COLUMNS, width: columns, height: 2 };
  past.text(0, 1, 'used', dim);
  drawSparkline(past, used, {
    ...place,
    y: 0,
    max: Math.max(pool.max ?? 0, ...used.map((value) => value ?? 0)),
    styleOf: (value) => theme.styleOf(pool.max !== null && value >= pool.max ? 'warning' : 'series'),
  });
  past.text(0, 4, 'wait', dim);
  drawSparkline(past, waiting, { ...place, y: 3, styleOf: () => theme.styleOf('critical') });
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
