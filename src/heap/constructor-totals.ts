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

const NONE = 0xffffffff;

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

  // Walks the dominator tree depth first, children linked as first child and next sibling, and keeps for each
  // constructor how many of its instances lie on the way down.
  const { order, dominators, retainedBytes: retained } = tree;
  const firstChildren = pool.take().fill(NONE);
  const siblings = pool.take();
  for (let number = nodeCount - 1; number > 0; number--) {
    const dominator = dominators[number]!;
    siblings[number] = firstChildren[dominator]!;
    firstChildren[dominator] = number;
  }
  const above = new Uint32Array(count);
  let number = 0;
  const enter = () => {
    const node = order[number]!;
    if (sizes[node] === 0) return;
    const constructor = of[node]!;
    if (above[constructor]!++ === 0) retainedBytes[constructor]! += retained[number]!;
  };
  const leave = () => {
    const node = order[number]!;
    if (sizes[node] !== 0) above[of[node]!]!--;
  };
  enter();
  for (;;) {
    const child = firstChildren[number]!;
    if (child !== NONE) {
      firstChildren[number] = siblings[child]!;
      number = child;
      enter();
    } else {
      leave();
      if (number === 0) break;
      number = dominators[number]!;
    }
  }
  pool.give(firstChildren, siblings);
  return { instances, shallowBytes, retainedBytes, distances };
}
