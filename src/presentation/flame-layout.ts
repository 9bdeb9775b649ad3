/**
 * A call tree as rows of blocks, an eighth of a cell exact: an icicle, callers above callees.
 *
 *   main 10 (a 6, b 4) on 10 cells -> main 0-80, a 0-48, b 48-80
 *
 * Trees can be thousands of frames deep: nothing here recurses, and rows that are not shown are not laid out.
 */
import type { CallTreeNode } from '../model/call-tree.ts';
import { frameKey, isApplicationFrame } from '../model/code-frame.ts';

/** From the root's child to a frame, by frame key; empty is the root. */
export type FramePath = readonly string[];

export interface FlameBlock {
  readonly node: CallTreeNode;
  readonly path: FramePath;
  /** Row from the root, which is row 0. */
  readonly depth: number;
  /** Edges in eighths of a cell. */
  readonly left: number;
  readonly right: number;
}

export const EIGHTHS = 8;
/** Narrower blocks cannot be seen; their time shows as a gap below their caller. */
const NARROWEST = 4;

/**
 * @param zoom the frame that fills the width; its callers are shown above it as whole rows
 * @param firstDepth the first row that is shown
 */
export function layoutFlame(
  root: CallTreeNode,
  zoom: FramePath,
  columns: number,
  rows: number,
  firstDepth: number,
): readonly FlameBlock[] {
  const blocks: FlameBlock[] = [];
  const width = columns * EIGHTHS;
  let top: FlameBlock = { node: root, path: [], depth: 0, left: 0, right: width };
  for (const key of zoom) {
    const next = top.node.children.find((child) => frameKey(child.frame) === key);
    if (!next) break;
    if (top.depth >= firstDepth) blocks.push(top);
    top = { node: next, path: [...top.path, key], depth: top.depth + 1, left: 0, right: width };
  }
  const waiting = [top];
  for (let block = waiting.pop(); block; block = waiting.pop()) {
    if (block.depth >= firstDepth) blocks.push(block);
    if (block.depth + 1 < firstDepth + rows) waiting.push(...childBlocks(block));
  }
  return blocks;
}

/** The node at the end of a path, or the last one on the way that is still there. */
export function nodeAt(
  root: CallTreeNode,
  path: FramePath,
): { readonly node: CallTreeNode; readonly path: FramePath } {
  let node = root;
  const found: string[] = [];
  for (const key of path) {
    const next = node.children.find((child) => frameKey(child.frame) === key);
    if (!next) break;
    node = next;
    found.push(key);
  }
  return { node, path: found };
}

/** A callee with less than this share of its caller is one of several, not the way on. */
const MAIN_PATH_SHARE = 0.3;

/**
 * Where to look first: down the heaviest callees, as far as one stands out, to the innermost function that
 * somebody could change.
 */
export function heaviestPath(root: CallTreeNode): FramePath {
  const path: string[] = [];
  let best = 0;
  for (let node = root; ;) {
    const next = node.children[0];
    if (!next || next.totalMs < node.totalMs * MAIN_PATH_SHARE) break;
    path.push(frameKey(next.frame));
    if (isApplicationFrame(next.frame)) best = path.length;
    node = next;
  }
  return path.slice(0, Math.max(best, 1));
}

export type FlameDirection = 'up' | 'down' | 'left' | 'right';

/** The frame next to the one at `path`: caller, heaviest callee, or its neighbour under the same caller. */
export function moveInFlame(root: CallTreeNode, path: FramePath, direction: FlameDirection): FramePath {
  const here = nodeAt(root, path);
  if (direction === 'up') return here.path.length > 1 ? here.path.slice(0, -1) : here.path;
  if (direction === 'down') {
    const heaviest = here.node.children[0];
    return heaviest ? [...here.path, frameKey(heaviest.frame)] : here.path;
  }
  const above = here.path.slice(0, -1);
  const siblings = nodeAt(root, above).node.children;
  const index = siblings.indexOf(here.node);
  const next = siblings[index + (direction === 'right' ? 1 : -1)];
  return next && index >= 0 ? [...above, frameKey(next.frame)] : here.path;
}

/** Frames whose function or file holds the text, outermost and heaviest first. */
export function findInFlame(root: CallTreeNode, text: string, limit = 500): readonly FlameBlock[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  const found: FlameBlock[] = [];
  const waiting: FlameBlock[] = [{ node: root, path: [], depth: 0, left: 0, right: 0 }];
  for (let block = waiting.pop(); block && found.length < limit; block = waiting.pop()) {
    if (matchesFrame(block.node, wanted)) found.push(block);
    const { path, depth, node } = block;
    for (const child of node.children.toReversed()) {
      waiting.push({
        node: child,
        path: [...path, frameKey(child.frame)],
        depth: depth + 1,
        left: 0,
        right: 0,
      });
    }
  }
  return found;
}

/** Time of all frames that match, each counted once: matches below a match are part of it. */
export function matchedMs(root: CallTreeNode, text: string): number {
  const wanted = text.toLowerCase();
  let totalMs = 0;
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (matchesFrame(node, wanted)) totalMs += node.totalMs;
    else waiting.push(...node.children);
  }
  return totalMs;
}

/** @param wanted in lower case */
export function matchesFrame(node: CallTreeNode, wanted: string): boolean {
  return wanted !== '' && `${node.frame.function} ${node.frame.file}`.toLowerCase().includes(wanted);
}

function childBlocks(block: FlameBlock): readonly FlameBlock[] {
  const { node, path, depth, left, right } = block;
  const children: FlameBlock[] = [];
  let at = left;
  for (const child of node.children) {
    const end = at + ((right - left) * child.totalMs) / node.totalMs;
    const [from, to] = [Math.round(at), Math.round(end)];
    if (to - from >= NARROWEST) {
      children.push({
        node: child,
        path: [...path, frameKey(child.frame)],
        depth: depth + 1,
        left: from,
        right: to,
      });
    }
    at = end;
  }
  return children;
}
