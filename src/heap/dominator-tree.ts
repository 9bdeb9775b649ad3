/**
 * Who keeps whom alive, and how much goes with whom. Kept in depth-first numbers, in which a dominator always comes
 * before what it dominates: sums over the tree are one loop backwards.
 *
 *   root -> cache -> [a, b], root -> c      cache dominates a and b: it retains its own size and theirs
 */
import type { ColumnPool } from './column-pool.ts';
import { numberDepthFirst } from './depth-first-order.ts';
import { findDominators } from './dominators.ts';
import { markEssentialEdges } from './essential-edges.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { findWeakMapEdges } from './weak-map-edges.ts';

export interface Dominance {
  /** By number: the node. */
  readonly order: Uint32Array;
  /** By node: its number. */
  readonly numbers: Uint32Array;
  /** By number: the number of the immediate dominator; the root's is its own. */
  readonly dominators: Uint32Array;
  /** Numbers from this one on are nodes that the root does not reach. */
  readonly reachable: number;
}

export interface DominatorTree extends Dominance {
  /** By number: its own bytes and those of all that it dominates. */
  readonly retainedBytes: Float64Array;
}

export function findDominance(heap: HeapColumns, pool: ColumnPool): Dominance {
  const essential = markEssentialEdges(heap, findWeakMapEdges(heap.strings), pool);
  const walk = numberDepthFirst(heap, essential, pool);
  const dominators = findDominators(walk, pool);
  const { order, numbers, reachable } = walk;
  return { order, numbers, dominators, reachable };
}

/** `heap.shallowBytes` must be final: see owned-sizes.ts. */
export function weighDominance(heap: HeapColumns, dominance: Dominance): DominatorTree {
  const { order, dominators } = dominance;
  const { nodeCount, shallowBytes } = heap;
  const retainedBytes = new Float64Array(nodeCount);
  for (let number = 0; number < nodeCount; number++) retainedBytes[number] = shallowBytes[order[number]!]!;
  for (let number = nodeCount - 1; number > 0; number--) {
    retainedBytes[dominators[number]!]! += retainedBytes[number]!;
  }
  return { ...dominance, retainedBytes };
}
