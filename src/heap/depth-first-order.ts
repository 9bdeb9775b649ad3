/**
 * Numbers the nodes in the order in which a depth-first walk over essential edges first meets them. Dominators are
 * found in these numbers: relatives lie close together in memory, and an ancestor always has the smaller one.
 *
 *   root -> a -> c, root -> b      order [root, a, c, b], numbers of [root, a, b, c] are [0, 1, 3, 2]
 */
import type { ColumnPool } from './column-pool.ts';
import type { HeapColumns } from './snapshot-columns.ts';

export interface DepthFirstOrder {
  /** The node with each number. */
  readonly order: Uint32Array;
  /** The number of each node. */
  readonly numbers: Uint32Array;
  /** By number: the number of the node it was met from; 0 for the root and for what nothing reaches. */
  readonly parents: Uint32Array;
  /** How many nodes the root reaches; those with higher numbers hang on the root by our decree. */
  readonly reachable: number;
}

const UNSEEN = 0xffffffff;

/**
 * Walks from the root, then from nodes that only weak edges lead to, then takes what is left (rings that hold only
 * each other) one by one, in node order: DevTools' order, on which the dominators of such nodes depend.
 */
export function numberDepthFirst(
  heap: HeapColumns,
  essential: Uint8Array,
  pool: ColumnPool,
): DepthFirstOrder {
  const { nodeCount, edgeTargets, firstEdges } = heap;
  const root = heap.layout.root;
  const numbers = new Uint32Array(nodeCount).fill(UNSEEN);
  const order = new Uint32Array(nodeCount);
  const parents = new Uint32Array(nodeCount);
  const nextEdges = pool.take();
  let count = 0;

  const walk = (start: number) => {
    numbers[start] = count;
    order[count] = start;
    parents[count++] = 0;
    nextEdges[start] = firstEdges[start]!;
    let node = start;
    for (;;) {
      const end = firstEdges[node + 1]!;
      let edge = nextEdges[node]!;
      let child = UNSEEN;
      while (edge < end) {
        const isEssential = (essential[edge >>> 3]! >>> (edge & 7)) & 1;
        const target = edgeTargets[edge++]!;
        if (isEssential === 1 && numbers[target] === UNSEEN) {
          child = target;
          break;
        }
      }
      nextEdges[node] = edge;
      if (child !== UNSEEN) {
        parents[count] = numbers[node]!;
        numbers[child] = count;
        order[count++] = child;
        nextEdges[child] = firstEdges[child]!;
        node = child;
      } else if (node === start) {
        return;
      } else {
        node = order[parents[numbers[node]!]!]!;
      }
    }
  };

  walk(root);
  const reachable = count;
  if (count < nodeCount) {
    const hasRetainer = markRetained(heap, essential);
    for (let node = 0; node < nodeCount; node++) {
      if (numbers[node] === UNSEEN && hasRetainer[node] === 0) walk(node);
    }
    for (let node = 0; node < nodeCount; node++) {
      if (numbers[node] !== UNSEEN) continue;
      numbers[node] = count;
      order[count] = node;
      parents[count++] = 0;
    }
  }
  pool.give(nextEdges);
  return { order, numbers, parents, reachable };
}

function markRetained({ nodeCount, edgeCount, edgeTargets }: HeapColumns, essential: Uint8Array): Uint8Array {
  const retained = new Uint8Array(nodeCount);
  for (let edge = 0; edge < edgeCount; edge++) {
    if ((essential[edge >>> 3]! >>> (edge & 7)) & 1) retained[edgeTargets[edge]!] = 1;
  }
  return retained;
}
