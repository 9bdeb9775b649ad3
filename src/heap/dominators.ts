/**
 * The immediate dominator of every node: the last node that all paths from the root go through. What a node
 * dominates is freed with it.
 *
 * SEMI-NCA (Georgiadis: "Linear-Time Algorithms for Dominators and Related Problems", 2005): semidominators as in
 * Lengauer-Tarjan with simple path compression, then each dominator is the nearest common ancestor, in the tree so
 * far, of the parent and the semidominator. No recursion: a linked list of a million nodes is a path of a million.
 * The iterative method of Cooper, Harvey and Kennedy takes 15 to 100 times longer on such lists.
 */
import { doubled } from './doubled-column.ts';
import type { ColumnPool } from './column-pool.ts';
import { SOURCE_MARK } from './depth-first-order.ts';
import type { DepthFirstOrder } from './depth-first-order.ts';

/**
 * @param walk its `parents` become the result: depth-first numbers in, depth-first numbers out
 * @returns by number, the number of the immediate dominator; the root is its own
 */
export function findDominators(walk: DepthFirstOrder, pool: ColumnPool): Uint32Array {
  const count = walk.order.length;
  const { ends, predecessors } = gatherPredecessors(walk.otherEdges, pool);
  pool.give(walk.otherEdges);
  const dominators = walk.parents;
  const ancestors = pool.take();
  const labels = pool.take();
  const semis = pool.take();
  ancestors.set(dominators);
  for (let node = 0; node < count; node++) {
    labels[node] = node;
    semis[node] = node;
  }
  let path = new Uint32Array(1 << 12);
  for (let node = count - 1; node >= 1; node--) {
    const end = ends[node]!;
    let edge = ends[node - 1]!;
    let semi = ancestors[node]!;
    for (; edge < end; edge++) {
      const predecessor = predecessors[edge]!;
      let candidate = predecessor;
      if (predecessor > node) {
        // Nodes above `node` are linked into a forest; the label of one is the node with the smallest
        // semidominator on its way up. The way is compressed as it is climbed.
        if (ancestors[predecessor]! > node) {
          let depth = 0;
          let top = predecessor;
          while (ancestors[top]! > node) {
            if (depth === path.length) path = doubled(path);
            path[depth++] = top;
            top = ancestors[top]!;
          }
          let best = labels[top]!;
          const above = ancestors[top]!;
          while (depth > 0) {
            const below = path[--depth]!;
            if (semis[labels[below]!]! > semis[best]!) labels[below] = best;
            else best = labels[below]!;
            ancestors[below] = above;
          }
        }
        candidate = semis[labels[predecessor]!]!;
      }
      if (candidate < semi) semi = candidate;
    }
    semis[node] = semi;
  }
  for (let node = 1; node < count; node++) {
    const semi = semis[node]!;
    let dominator = dominators[node]!;
    while (dominator > semi) dominator = dominators[dominator]!;
    dominators[node] = dominator;
  }
  pool.give(ancestors, labels, semis, ends, predecessors);
  return dominators;
}

interface Predecessors {
  /** By number, where the list of its predecessors ends, and that of the next begins. */
  readonly ends: Uint32Array;
  /** Numbers of the nodes with an essential edge to it, its parent left out. */
  readonly predecessors: Uint32Array;
}

function gatherPredecessors(edges: Uint32Array, pool: ColumnPool): Predecessors {
  const ends = pool.takeZeroed();
  let count = 0;
  for (let at = 0; at < edges.length; at++) {
    if (edges[at]! >= SOURCE_MARK) continue;
    ends[edges[at]!]!++;
    count++;
  }
  // Where each list begins; filling it moves that on to its end.
  let begin = 0;
  for (let number = 0; number < ends.length; number++) {
    const length = ends[number]!;
    ends[number] = begin;
    begin += length;
  }
  const predecessors = new Uint32Array(count);
  let source = 0;
  for (let at = 0; at < edges.length; at++) {
    const entry = edges[at]!;
    if (entry >= SOURCE_MARK) source = entry - SOURCE_MARK;
    else predecessors[ends[entry]!++] = source;
  }
  return { ends, predecessors };
}
