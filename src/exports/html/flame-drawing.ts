/**
 * The flame graph's blocks as elements, callers above callees. Blocks are as wide as their share of the page; their
 * text is cut off where they end.
 */
import type { CallTreeNode } from '../../model/call-tree.ts';
import { EIGHTHS, layoutFlame, type FlameBlock, type FramePath } from '../../presentation/flame-layout.ts';
import { createShades } from '../../presentation/flame-shades.ts';
import { formatMs, formatPlace, formatShare } from '../../presentation/format.ts';
import type { SvgNode } from './svg-node.ts';

const ROW_HEIGHT = 21;
/** Deeper rows are reached by zooming in. */
const MOST_ROWS = 60;
/** Of the callers of a frame that fills the width, these are shown above it. */
const CALLERS_SHOWN = 12;
/** The layout's narrowest block, half a column, is then two or three pixels of a desktop's screen. */
const COLUMNS = 240;
/** In percent of the width: from here on a few letters fit. */
const ROOM_FOR_TEXT = 1.6;
const SHADES = 3;

export interface FlameDrawing {
  readonly height: number;
  readonly blocks: readonly {
    readonly path: FramePath;
    readonly depth: number;
    readonly node: SvgNode;
  }[];
}

/** @param zoom the frame that fills the width */
export function drawFlame(root: CallTreeNode, zoom: FramePath): FlameDrawing {
  const shadeOf = createShades();
  const firstDepth = Math.max(0, zoom.length - CALLERS_SHOWN);
  const laidOut = layoutFlame(root, zoom, COLUMNS, MOST_ROWS, firstDepth);
  const blocks = laidOut.map((block) => ({
    path: block.path,
    depth: block.depth,
    node: blockNode(block, block.depth - firstDepth, root.totalMs, shadeOf(block, SHADES)),
  }));
  const rows = laidOut.reduce((most, { depth }) => Math.max(most, depth - firstDepth + 1), 1);
  return { height: rows * ROW_HEIGHT, blocks };
}

function blockNode({ node, left, right }: FlameBlock, row: number, allMs: number, shade: number): SvgNode {
  const width = ((right - left) * 100) / (COLUMNS * EIGHTHS);
  const { frame } = node;
  const label: SvgNode = { tag: 'text', attributes: { x: 5, y: 15 }, content: frame.function };
  return {
    tag: 'svg',
    attributes: {
      class: `block ${frame.origin}-${frame.origin === 'meta' ? 0 : shade}`,
      x: `${((left * 100) / (COLUMNS * EIGHTHS)).toFixed(3)}%`,
      y: row * ROW_HEIGHT,
      width: `${width.toFixed(3)}%`,
      height: ROW_HEIGHT,
    },
    content: [
      { tag: 'title', attributes: {}, content: describeFrame(node, allMs) },
      { tag: 'rect', attributes: { width: '100%', height: ROW_HEIGHT - 1 }, content: [] },
      ...(width >= ROOM_FOR_TEXT ? [label] : []),
    ],
  };
}

/** `hash src/auth.js:12: total 38.1% 1.40s, self 0.3% 10ms`. */
export function describeFrame({ frame, totalMs, selfMs }: CallTreeNode, allMs: number): string {
  const place = frame.file === '' ? '' : ` ${formatPlace(frame)}`;
  const share = (ms: number): string => `${formatShare(allMs > 0 ? ms / allMs : 0)} ${formatMs(ms)}`;
  return `${frame.function}${place}: total ${share(totalMs)}, self ${share(selfMs)}`;
}
