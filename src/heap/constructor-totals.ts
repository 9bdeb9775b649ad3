/**
 * Sums by constructor: instances, their own bytes, and what they retain together. A node below another of the same
 * constructor in the dominator tree is retained by it already and is not counted again.
 */
import type { ColumnPool } from './column-pool.ts';
import type { ConstructorTable } from './constructors.ts';
import type { DominatorTree } from './dominator-tree.ts';
import type { HeapColumns } from './snapshot-columns.ts';

export interface ConstructorTotals {
  readonly instances: Uint32Array;
  readonly shallowBytes: Float64Array;
  readonly retainedBytes: Float64Array;
  /** The shortest of its instances'. */
  readonly distances: Int32Array;
}

export function sumByConstructor(
  heap: HeapColumns,
  constructors: ConstructorTable,
  tree: DominatorTree,
  nodeDistances: Int32Array,
  pool: ColumnPool,
): ConstructorTotals {
  const { nodeCount, shallowBytes: sizes } = heap;
  const of = constructors.of;
  const count = constructors.names.length;
  const instances = new Uint32Array(count);
  const shallowBytes = new Float64Array(count);
  const retainedBytes = new Float64Array(count);
  const distances = new Int32Array(count).fill(0x7fffffff);
  for (let node = 0; node < nodeCount; node++) {
    const size = sizes[node]!;
    // Nodes without a size of their own are V8's bookkeeping, or gave it to their owner.
    if (size === 0) continue;
    const constructor = of[node]!;
    instances[constructor]!++;
    shallowBytes[constructor]! += size;
    if (nodeDistances[node]! < distances[constructor]!) distances[constructor] = nodeDistances[node]!;
  }

  const { order, retainedBytes: retained } = tree;
  const { sizes: subtrees, positions } = layOutTree(tree, pool);
  const inOrder = pool.take();
  for (let number = 0; number < nodeCount; number++) inOrder[positions[number]!] = number;
  // By constructor, the position at which the subtree of its last counted instance ends.
  const ends = new Uint32Array(count);
  for (let position = 0; position < nodeCount; position++) {
    const number = inOrder[position]!;
    const node = order[number]!;
    const constructor = of[node]!;
    if (position < ends[constructor]! || sizes[node] === 0) continue;
    ends[constructor] = position + subtrees[number]!;
    retainedBytes[constructor]! += retained[number]!;
  }
  pool.give(subtrees, positions, inOrder);
  return { instances, shallowBytes, retainedBytes, distances };
}

interface TreeLayout {
  /** By number: how many nodes its subtree has, itself included. */
  readonly sizes: Uint32Array;
  /** By number: its place when each subtree stands in one piece, the dominator first. */
  readonly positions: Uint32Array;
}

function layOutTree({ dominators }: DominatorTree, pool: ColumnPool): TreeLayout {
  const count = dominators.length;
  const sizes = pool.take().fill(1);
  for (let number = count - 1; number > 0; number--) sizes[dominators[number]!]! += sizes[number]!;
  const positions = pool.take();
  // Where the next subtree below each node goes.
  const next = pool.take();
  positions[0] = 0;
  next[0] = 1;
  for (let number = 1; number < count; number++) {
    const dominator = dominators[number]!;
    const position = next[dominator]!;
    next[dominator] = position + sizes[number]!;
    positions[number] = position;
    next[number] = position + 1;
  }
  pool.give(next);
  return { sizes, positions };
}
