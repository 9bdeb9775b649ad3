/**
 * Which edges keep their target alive, by the rules of Chrome DevTools, so that retained sizes agree with it. Not
 * counted: weak edges, edges to oneself, shortcuts (except the root's, which mark the global objects), edges from
 * outside into what the program owns (else a debugger's handle would share in everything), and a WeakMap table's
 * edge to its values.
 */
import type { ColumnPool } from './column-pool.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { edgeTypeCodes } from './type-codes.ts';
import type { WeakMapEdges } from './weak-map-edges.ts';

export interface EssentialEdges {
  /** One bit an edge, the lowest bit of a byte first; the hot loops read it in place. */
  readonly bits: Uint8Array;
  readonly count: number;
}

export function markEssentialEdges(
  heap: HeapColumns,
  weakMaps: WeakMapEdges,
  pool: ColumnPool,
): EssentialEdges {
  const { edgeTypes, edgeNames, edgeTargets, firstEdges, nodeIds, nodeCount, edgeCount } = heap;
  const { weak, shortcut, internal } = edgeTypeCodes(heap.layout);
  const root = heap.layout.root;
  const owned = markProgramOwned(heap, pool);
  const bits = new Uint8Array((edgeCount >>> 3) + 1);
  let count = 0;
  for (let node = 0; node < nodeCount; node++) {
    const end = firstEdges[node + 1]!;
    const outside = owned[node] === 0 && node !== root;
    for (let edge = firstEdges[node]!; edge < end; edge++) {
      const type = edgeTypes[edge]!;
      const target = edgeTargets[edge]!;
      if (type === weak || target === node) continue;
      if (type === shortcut && node !== root) continue;
      if (outside && owned[target] !== 0) continue;
      if (type === internal) {
        const name = edgeNames[edge]!;
        if (weakMaps.isPair[name] === 1 && weakMaps.tables.get(name) === nodeIds[node]) continue;
      }
      bits[edge >>> 3]! |= 1 << (edge & 7);
      count++;
    }
  }
  return { bits, count };
}

/** Everything that the global objects reach over edges that are not weak. */
function markProgramOwned(heap: HeapColumns, pool: ColumnPool): Uint8Array {
  const { edgeTypes, edgeTargets, firstEdges, nodeNames, nodeCount } = heap;
  const { weak, shortcut, element } = edgeTypeCodes(heap.layout);
  const root = heap.layout.root;
  const domTrees = heap.strings.indexOf('(Document DOM trees)');
  const owned = new Uint8Array(nodeCount);
  const stack = pool.take();
  let height = 0;
  for (let edge = firstEdges[root]!; edge < firstEdges[root + 1]!; edge++) {
    const target = edgeTargets[edge]!;
    const isDomTrees = edgeTypes[edge] === element && nodeNames[target] === domTrees;
    if ((edgeTypes[edge] === shortcut || isDomTrees) && owned[target] === 0) {
      owned[target] = 1;
      stack[height++] = target;
    }
  }
  while (height > 0) {
    const node = stack[--height]!;
    const end = firstEdges[node + 1]!;
    for (let edge = firstEdges[node]!; edge < end; edge++) {
      const target = edgeTargets[edge]!;
      if (owned[target] === 0 && edgeTypes[edge] !== weak) {
        owned[target] = 1;
        stack[height++] = target;
      }
    }
  }
  pool.give(stack);
  return owned;
}
