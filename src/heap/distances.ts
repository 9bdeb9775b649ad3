/**
 * How far each node is from the global objects, and over which edge it was first reached: the shortest way by which
 * something is held. Breadth first, from the globals; then from the root for what only the engine holds, with
 * distances from `SYSTEM_DISTANCE` on. DevTools' numbers and its exceptions.
 */
import type { ColumnPool } from './column-pool.ts';
import { hasUserRoots } from './owned-sizes.ts';
import { sharedColumn } from './shared-column.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { edgeTypeCodes, nodeTypeCodes } from './type-codes.ts';
import type { WeakMapEdges } from './weak-map-edges.ts';

/** What is reached from V8's own roots only is this far away and farther. */
export const SYSTEM_DISTANCE = 100_000_000;
const UNREACHED = -5;
/** For nodes that nothing leads to, and the root. */
export const NO_EDGE = 0xffffffff;

export interface Distances {
  readonly distances: Int32Array;
  /** The edge over which a node was first reached. */
  readonly parentEdges: Uint32Array;
}

export function measureDistances(heap: HeapColumns, weakMaps: WeakMapEdges, pool: ColumnPool): Distances {
  const { nodeTypes, nodeNames, edgeTypes, edgeNames, edgeTargets, firstEdges, strings } = heap;
  const { synthetic, hidden, array } = nodeTypeCodes(heap.layout);
  const edges = edgeTypeCodes(heap.layout);
  const root = heap.layout.root;
  const nativeContext = strings.indexOf('system / NativeContext');
  const sloppyMap = strings.indexOf('sloppy_function_map');
  const mapDescriptors = strings.indexOf('(map descriptors)');
  const distances = new Int32Array(sharedColumn(heap.nodeCount).buffer).fill(UNREACHED);
  const parentEdges = sharedColumn(heap.nodeCount).fill(NO_EDGE);
  const queue = pool.take();
  const seenPairs = new Set<string>();
  // One bit a node: asked for every edge, and a thirtieth of the distances stays in the processor's cache.
  const reached = new Uint32Array((heap.nodeCount >>> 5) + 1);

  /** Edges that would give a distance that says nothing about the program. */
  const isMisleading = (node: number, edge: number): boolean => {
    const name = edgeNames[edge]!;
    const type = edgeTypes[edge]!;
    if (nodeTypes[node] === hidden && nodeNames[node] === nativeContext && name === sloppyMap) return true;
    if (nodeTypes[node] === array && nodeNames[node] === mapDescriptors) {
      // Maps share these arrays; a third of their entries are descriptors of other maps.
      const isNumbered = type === edges.element || type === edges.hidden;
      const position = isNumbered ? name : Number.parseInt(strings.text(name), 10);
      return position >= 2 && position % 3 === 1;
    }
    if (type === edges.internal && weakMaps.isPair[name] === 1) {
      // The first of the two edges of a pair is skipped, so that the farther of table and key counts.
      const pair = weakMaps.pairs.get(name)!;
      if (!seenPairs.delete(pair)) {
        seenPairs.add(pair);
        return true;
      }
    }
    return false;
  };

  const spread = (seeds: number) => {
    let tail = seeds;
    for (let head = 0; head < tail; head++) {
      const node = queue[head]!;
      const distance = distances[node]! + 1;
      const end = firstEdges[node + 1]!;
      const nodeMayMislead = nodeNames[node] === nativeContext || nodeNames[node] === mapDescriptors;
      for (let edge = firstEdges[node]!; edge < end; edge++) {
        const target = edgeTargets[edge]!;
        const type = edgeTypes[edge]!;
        if (((reached[target >>> 5]! >>> target) & 1) === 1 || type === edges.weak) continue;
        const isPair = type === edges.internal && weakMaps.isPair[edgeNames[edge]!] === 1;
        if ((nodeMayMislead || isPair) && isMisleading(node, edge)) continue;
        reached[target >>> 5]! |= 1 << target;
        distances[target] = distance;
        parentEdges[target] = edge;
        queue[tail++] = target;
      }
    }
  };

  let found = 0;
  for (let edge = firstEdges[root]!; edge < firstEdges[root + 1]!; edge++) {
    const target = edgeTargets[edge]!;
    if (nodeTypes[target] === synthetic) continue;
    if (distances[target] === UNREACHED) queue[found++] = target;
    reached[target >>> 5]! |= 1 << target;
    distances[target] = 1;
    parentEdges[target] = edge;
  }
  spread(found);
  distances[root] = hasUserRoots(heap) ? SYSTEM_DISTANCE : 0;
  parentEdges[root] = NO_EDGE;
  reached[root >>> 5]! |= 1 << root;
  queue[0] = root;
  spread(1);
  pool.give(queue);
  return { distances, parentEdges };
}

/** By node, the node it was first reached from; `NO_EDGE` where there is none. */
export function parentNodes(heap: HeapColumns, { parentEdges }: Distances): Uint32Array {
  const { nodeCount, firstEdges, edgeTargets } = heap;
  const parents = new Uint32Array(nodeCount).fill(NO_EDGE);
  for (let node = 0; node < nodeCount; node++) {
    const end = firstEdges[node + 1]!;
    for (let edge = firstEdges[node]!; edge < end; edge++) {
      if (parentEdges[edgeTargets[edge]!] === edge) parents[edgeTargets[edge]!] = node;
    }
  }
  return parents;
}
