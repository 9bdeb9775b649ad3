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
import type { DepthFirstOrder, EdgeList } from './depth-first-order.ts';

/**
 * @param walk its `parents` become the result: depth-first numbers in, depth-first numbers out
 * @returns by number, the number of the immediate dominator; the root is its own
 */
export function findDominators(walk: DepthFirstOrder, pool: ColumnPool): Uint32Array {
  const count = walk.order.length;
  const { firsts, predecessors } = gatherPredecessors(count, walk.others);
  pool.give(walk.others.sources, walk.others.targets);
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
    const end = firsts[node + 1]!;
    let edge = firsts[node]!;
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
  pool.give(ancestors, labels, semis);
  return dominators;
}

interface Predecessors {
  /** By number, where its predecessors begin; one more than there are nodes. */
  readonly firsts: Uint32Array;
  /** Numbers of the nodes with an essential edge to it, its parent left out. */
  readonly predecessors: Uint32Array;
}

function gatherPredecessors(nodeCount: number, { count, sources, targets }: EdgeList): Predecessors {
  const firsts = new Uint32Array(nodeCount + 1);
  for (let edge = 0; edge < count; edge++) firsts[targets[edge]!]!++;
  let sum = 0;
  for (let number = 0; number < nodeCount; number++) {
    sum += firsts[number]!;
    firsts[number] = sum;
  }
  firsts[nodeCount] = sum;
  // Filled from the end, so that where a list ends becomes where it begins.
  const predecessors = new Uint32Array(count);
  for (let edge = count - 1; edge >= 0; edge--) predecessors[--firsts[targets[edge]!]!] = sources[edge]!;
  return { firsts, predecessors };
}
