/**
 * Numbers the nodes in the order in which a depth-first walk over essential edges first meets them. Dominators are
 * found in these numbers: relatives lie close together in memory, and an ancestor always has the smaller one.
 *
 *   root -> a -> c, root -> b      order [root, a, c, b], numbers of [root, a, b, c] are [0, 1, 3, 2]
 */
import type { ColumnPool } from './column-pool.ts';
import type { EssentialEdges } from './essential-edges.ts';
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
  /**
   * The essential edges that did not lead to a new node, in numbers: a source with `SOURCE_MARK`, then its targets,
   * then the next source. Each is written as the walk comes by, so that a source may come several times.
   */
  readonly otherEdges: Uint32Array;
}

/** Above all numbers of nodes. */
export const SOURCE_MARK = 0x80000000;

const UNSEEN = 0xffffffff;

/**
 * Walks from the root, then from nodes that only weak edges lead to, then takes what is left (rings that hold only
 * each other) one by one, in node order: DevTools' order, on which the dominators of such nodes depend.
 */
export function numberDepthFirst(
  heap: HeapColumns,
  { bits: essential, count: essentialCount }: EssentialEdges,
  pool: ColumnPool,
): DepthFirstOrder {
  const { nodeCount, edgeTargets, firstEdges } = heap;
  const root = heap.layout.root;
  const numbers = new Uint32Array(nodeCount).fill(UNSEEN);
  const order = new Uint32Array(nodeCount);
  const parents = new Uint32Array(nodeCount);
  const nextEdges = pool.take();
  // Untouched pages of a large allocation take no memory, so an upper bound costs nothing.
  const otherEdges = new Uint32Array(essentialCount * 2);
  let written = 0;
  let lastSource = UNSEEN;
  let lastTarget = UNSEEN;
  let count = 0;

  const writeOther = (source: number, target: number) => {
    if (source !== lastSource) {
      otherEdges[written++] = source + SOURCE_MARK;
      lastSource = source;
    } else if (target === lastTarget) {
      // Arrays hold the same thing many times over.
      return;
    }
    otherEdges[written++] = target;
    lastTarget = target;
  };

  const walk = (start: number) => {
    let node = start;
    let number = count++;
    numbers[start] = number;
    order[number] = start;
    parents[number] = 0;
    nextEdges[number] = firstEdges[start]!;
    for (;;) {
      const end = firstEdges[node + 1]!;
      let edge = nextEdges[number]!;
      let child = UNSEEN;
      while (edge < end) {
        const isEssential = (essential[edge >>> 3]! >>> (edge & 7)) & 1;
        const target = edgeTargets[edge++]!;
        if (isEssential === 0) continue;
        const known = numbers[target]!;
        if (known === UNSEEN) {
          child = target;
          break;
        }
        writeOther(number, known);
      }
      if (child !== UNSEEN) {
        nextEdges[number] = edge;
        parents[count] = number;
        number = count++;
        numbers[child] = number;
        order[number] = child;
        nextEdges[number] = firstEdges[child]!;
        node = child;
      } else if (node === start) {
        return;
      } else {
        number = parents[number]!;
        node = order[number]!;
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
    const walked = count;
    for (let node = 0; node < nodeCount; node++) {
      if (numbers[node] !== UNSEEN) continue;
      numbers[node] = count;
      order[count] = node;
      parents[count++] = 0;
    }
    for (let number = walked; number < count; number++) {
      const node = order[number]!;
      for (let edge = firstEdges[node]!, end = firstEdges[node + 1]!; edge < end; edge++) {
        if (((essential[edge >>> 3]! >>> (edge & 7)) & 1) === 0) continue;
        writeOther(number, numbers[edgeTargets[edge]!]!);
      }
    }
  }
  pool.give(nextEdges);
  return { order, numbers, parents, reachable, otherEdges: otherEdges.subarray(0, written) };
}

function markRetained({ nodeCount, edgeCount, edgeTargets }: HeapColumns, essential: Uint8Array): Uint8Array {
  const retained = new Uint8Array(nodeCount);
  for (let edge = 0; edge < edgeCount; edge++) {
    if ((essential[edge >>> 3]! >>> (edge & 7)) & 1) retained[edgeTargets[edge]!] = 1;
  }
  return retained;
}
