/** The flame graph, callers above callees, with the selected frame, the zoom and what a search found. */
import {
  EIGHTHS,
  layoutFlame,
  matchedMs,
  matchesFrame,
  type FlameBlock,
} from '../../presentation/flame-layout.ts';
import type { CallTreeNode } from '../../model/call-tree.ts';
import { createShades } from '../../presentation/flame-shades.ts';
import { formatShare } from '../../presentation/format.ts';
import { selectCursor, selectShownTree, whyNoSamples } from '../../presentation/shown-tree.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import type { Colour, StyleId, Theme } from '../terminal/theme.ts';
import { isFocused, type Panel, type View } from '../view.ts';

export const drawFlameGraph: Panel = (surface, view) => {
  const root = selectShownTree(view.data, view.ui.inverted);
  drawLegend(surface, view);
  surface.touch(0, 0, surface.width, surface.height, { kind: 'panel', panel: 'flame' });
  if (root.totalMs === 0) {
    surface.text(2, 2, whyNoSamples(view.data), surface.theme.styleOf('dim'));
    return;
  }
  const rowsEach = view.presenter ? PRESENTED_ROWS : 1;
  const rows = Math.floor((surface.height - 1) / rowsEach);
  const cursor = selectCursor(root, view.ui.cursor);
  const firstDepth = Math.max(0, cursor.length - rows + 3);
  const blocks = laidOut(root, view.ui.zoom, surface.width - 2, rows, firstDepth);
  const wanted = view.ui.filter.toLowerCase();
  const shadeOf = createShades();
  for (const block of blocks) {
    const selected = isFocused(view, 'flame') && samePath(block.path, cursor);
    const look: Look = selected
      ? 'selected'
      : wanted === ''
        ? 'plain'
        : matchesFrame(block.node, wanted)
          ? 'found'
          : 'muted';
    const top = 1 + (block.depth - firstDepth) * rowsEach;
    const colour = colourOf(surface.theme, block, look, shadeOf);
    for (let row = 0; row < rowsEach; row++) drawBlock(surface, 1, top + row, block, look, colour);
    drawName(surface, 1, top, block, look, colour);
    const [left, right] = [Math.floor(block.left / EIGHTHS), Math.ceil(block.right / EIGHTHS)];
    surface.touch(1 + left, top, right - left, rowsEach, { kind: 'frame', path: block.path });
  }
};

/** Across a room, a row of one cell is too thin. */
const PRESENTED_ROWS = 2;

/** A tree stays the same for seconds, and so do its blocks. */
const layouts = new WeakMap<CallTreeNode, { readonly key: string; readonly blocks: readonly FlameBlock[] }>();

function laidOut(...asked: Parameters<typeof layoutFlame>): readonly FlameBlock[] {
  const [root, zoom, columns, rows, firstDepth] = asked;
  const key = `${columns} ${rows} ${firstDepth} ${zoom.join('\0')}`;
  const known = layouts.get(root);
  if (known?.key === key) return known.blocks;
  const blocks = layoutFlame(...asked);
  layouts.set(root, { key, blocks });
  return blocks;
}

type ShadeOf = ReturnType<typeof createShades>;
type Look = 'plain' | 'selected' | 'found' | 'muted';

function drawLegend(surface: Surface, view: View): void {
  const { theme } = surface;
  const dim = theme.styleOf('dim');
  const spans: Span[] = [
    [view.ui.inverted ? 'Callers below ' : 'Flame graph ', theme.style('title', { bold: true })],
  ];
  for (const [origin, label] of [
    ['user', 'your code'],
    ['dependency', 'packages'],
    ['node', 'node:'],
    ['native', 'native'],
    ['meta', 'V8'],
  ] as const) {
    spans.push(
      ['  ', 0],
      ['  ', blockStyle(theme, theme.palette.flame[origin][0] ?? '#bcbcbc')],
      [` ${label}`, dim],
    );
  }
  surface.spans(2, 0, spans);
  if (view.ui.filter === '') return;
  const root = selectShownTree(view.data, view.ui.inverted);
  const share = root.totalMs > 0 ? matchedMs(root, view.ui.filter) / root.totalMs : 0;
  const text = ` /${view.ui.filter} ${formatShare(share)} `;
  surface.textRight(
    0,
    0,
    surface.width - 2,
    text,
    theme.style('onFlame', { background: 'search', bold: true }),
  );
}

function drawBlock(
  surface: Surface,
  x: number,
  y: number,
  block: FlameBlock,
  look: Look,
  colour: Colour,
): void {
  const { theme } = surface;
  const text = textStyle(theme, colour, look);
  const first = Math.floor(block.left / EIGHTHS);
  const end = Math.ceil(block.right / EIGHTHS);
  for (let column = first; column < end; column++) {
    const from = Math.max(0, block.left - column * EIGHTHS);
    const to = Math.min(EIGHTHS, block.right - column * EIGHTHS);
    if (from > 0) {
      // The cell is shared with the block on the left: whoever has more of it gets it.
      if (from < EIGHTHS / 2) surface.set(x + column, y, ' ', text);
    } else if (to < EIGHTHS && theme.depth !== 0) {
      surface.set(x + column, y, theme.glyphs.bars.charAt(to), theme.style(colour));
    } else {
      surface.set(x + column, y, ' ', text);
    }
  }
  const edgeAt = Math.ceil(block.left / EIGHTHS);
  if (block.left === 0 || roomForName(block) === 0 || !theme.glyphs.braille) return;
  const edge = look === 'muted' ? text : theme.style('onFlame', { background: colour });
  surface.set(x + edgeAt, y, theme.glyphs.bars.charAt(1), edge);
}

/** Columns for a block's name; 0 where it would be a letter or two. */
function roomForName({ left, right }: FlameBlock): number {
  const room = Math.floor(right / EIGHTHS) - Math.ceil(left / EIGHTHS);
  return room < 3 ? 0 : room;
}

function drawName(
  surface: Surface,
  x: number,
  y: number,
  block: FlameBlock,
  look: Look,
  colour: Colour,
): void {
  const room = roomForName(block);
  if (room === 0) return;
  const style = textStyle(surface.theme, colour, look);
  const left = x + Math.ceil(block.left / EIGHTHS) + 1;
  surface.text(left, y, block.node.frame.function, style, room - 1 - (room > 6 ? 1 : 0));
}

function textStyle(theme: Theme, colour: Colour, look: Look): StyleId {
  if (look === 'muted') return theme.style('dim', { background: colour });
  if (look === 'selected') return theme.style('onSelected', { background: colour, bold: true });
  return blockStyle(theme, colour, look === 'found');
}

function colourOf(theme: Theme, block: FlameBlock, look: Look, shadeOf: ShadeOf): Colour {
  const { palette } = theme;
  if (look === 'selected') return palette.flameSelected;
  if (look === 'found') return palette.tokens.search.colour ?? '#ffff5f';
  if (look === 'muted') return palette.flameMuted;
  const shades = palette.flame[block.node.frame.origin];
  return shades[shadeOf(block, shades.length)] ?? '#bcbcbc';
}

function blockStyle(theme: Theme, colour: Colour, bold = false) {
  return theme.style('onFlame', { background: colour, bold });
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}
