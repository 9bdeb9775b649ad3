/** Calls to other services and databases. */
import { formatCount, formatMs, formatShare } from '../../presentation/format.ts';
import { selectPeerRows } from '../../presentation/peer-rows.ts';
import { LATENCY_MS, levelOf } from '../../presentation/symptoms.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import { LEVEL_TOKENS } from '../drawing/severity-sign.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel } from '../view.ts';

const HEADINGS = ['RPS', 'OPEN', 'p50', 'p99', 'ERR'];
/** Below it, the figures stand closer and how it is called is left out, for the sake of the names. */
const ROOMY = 66;

export const drawPeers: Panel = (surface, view) => {
  const { theme } = surface;
  const focused = isFocused(view, 'peers');
  drawFrame(surface, { title: 'Calls to others', focused, panel: 'peers' });
  const rows = selectPeerRows(view.data);
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    if (rows.length === 0) {
      inside.text(0, 0, 'no outgoing call was seen in this window', dim);
      return;
    }
    const roomy = inside.width >= ROOMY;
    const figureColumns = roomy ? 8 : 6;
    const left = inside.width - HEADINGS.length * figureColumns;
    inside.text(0, 0, 'PEER', dim);
    HEADINGS.forEach((heading, i) =>
      inside.textRight(left + i * figureColumns, 0, figureColumns, heading, dim),
    );
    const selected = cursorRow(view.ui, 'peers', rows);
    const first = firstShown(rows.length, inside.height - 1, selected);
    rows.slice(first, first + inside.height - 1).forEach((row, i) => {
      const isSelected = focused && first + i === selected;
      inside.touch(0, 1 + i, inside.width, 1, { kind: 'row', panel: 'peers', row: first + i });
      const name = isSelected ? theme.style('accent', { bold: true, underline: true }) : 0;
      inside.spans(
        0,
        1 + i,
        [
          [roomy ? `${row.via} ` : '', dim],
          [row.peer, name],
        ],
        left - 1,
      );
      const level = levelOf(row.p99Ms, LATENCY_MS);
      const figures: readonly (readonly [string, number])[] = [
        [formatCount(row.perSecond), 0],
        [formatCount(row.inFlight), 0],
        [formatMs(row.p50Ms), 0],
        [formatMs(row.p99Ms), level === 'plain' ? 0 : theme.style(LEVEL_TOKENS[level], { bold: true })],
        [formatShare(row.errorShare), row.errorShare > 0 ? theme.styleOf('warning') : dim],
      ];
      figures.forEach(([text, style], column) =>
        inside.textRight(left + column * figureColumns, 1 + i, figureColumns, text, style),
      );
    });
  });
};
