/**
 * The call tree upside down: below the root stand the functions that the time is spent in, below each its callers.
 *
 *   main > a > hash 5 ms, main > b > hash 3 ms  ->  hash 8: [ a 5: [ main 5 ], b 3: [ main 3 ] ]
 */
import type { CallTreeNode } from '../model/call-tree.ts';
import { frameKey } from '../model/code-frame.ts';

interface GrowingNode {
  readonly frame: CallTreeNode['frame'];
  selfMs: number;
  totalMs: number;
  readonly byKey: Map<string, GrowingNode>;
}

/** Callers further away than this say nothing about a function any more. */
const DEEPEST = 64;

export function invertTree(root: CallTreeNode): CallTreeNode {
  const inverted: GrowingNode = growing(root.frame);
  // Each entry carries its callers, innermost first.
  const waiting: { readonly node: CallTreeNode; readonly callers: readonly CallTreeNode[] }[] =
    root.children.map((node) => ({ node, callers: [] }));
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    const { node, callers } = entry;
    if (node.selfMs > 0) addStack(inverted, [node, ...callers], node.selfMs);
    const below = [node, ...callers].slice(0, DEEPEST);
    for (const child of node.children.toReversed()) waiting.push({ node: child, callers: below });
  }
  return finished(inverted);
}

function addStack(root: GrowingNode, stack: readonly CallTreeNode[], ms: number): void {
  let node = root;
  node.totalMs += ms;
  for (const { frame } of stack) {
    const key = frameKey(frame);
    let next = node.byKey.get(key);
    if (!next) {
      next = growing(frame);
      node.byKey.set(key, next);
    }
    next.totalMs += ms;
    node = next;
  }
  node.selfMs += ms;
}

function growing(frame: CallTreeNode['frame']): GrowingNode {
  return { frame, selfMs: 0, totalMs: 0, byKey: new Map() };
}

/** At most `DEEPEST` levels deep, so this recursion is bounded. */
function finished(node: GrowingNode): CallTreeNode {
  const children = [...node.byKey.values()].map(finished).toSorted((a, b) => b.totalMs - a.totalMs);
  return { frame: node.frame, selfMs: node.selfMs, totalMs: node.totalMs, children };
}
