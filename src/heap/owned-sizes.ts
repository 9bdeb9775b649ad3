/**
 * Moves the size of V8's own innards to the one object that they belong to, as DevTools does: the table of a Map,
 * the elements of an array, the bytes of an external string. Who reads "Map, 4 MB" means the table too.
 *
 *   Map 32 bytes -> (array) 4096 bytes, held by the Map only      becomes  Map 4128, (array) 0
 */
import type { ColumnPool } from './column-pool.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { edgeTypeCodes, nodeTypeCodes } from './type-codes.ts';

const UNVISITED = 0xffffffff;
const SEVERAL = 0xfffffffe;

/** Changes `heap.shallowBytes` in place. A snapshot taken with internals exposed has no user roots and stays as it is. */
export function moveOwnedSizes(heap: HeapColumns, pool: ColumnPool): void {
  if (!hasUserRoots(heap)) return;
  const { nodeCount, nodeTypes, nodeNames, shallowBytes, edgeTypes, edgeTargets, firstEdges } = heap;
  const types = nodeTypeCodes(heap.layout);
  const { weak } = edgeTypeCodes(heap.layout);
  const externalString = heap.strings.indexOf('system / ExternalStringData');
  const owners = pool.take();
  // One bit a node, asked for every edge: a thirtieth of the owners stays in the processor's cache.
  const ownable = new Uint32Array((nodeCount >>> 5) + 1);
  for (let node = 0; node < nodeCount; node++) {
    const type = nodeTypes[node]!;
    const mayBeOwned =
      type === types.hidden ||
      type === types.array ||
      (type === types.native && nodeNames[node] === externalString);
    owners[node] = mayBeOwned ? UNVISITED : node;
    if (mayBeOwned) ownable[node >>> 5]! |= 1 << node;
  }
  // Spreads from each owner in turn; a node comes up again when it gets its first owner and when it gets a second.
  const pending: number[] = [];
  for (let start = 0; start < nodeCount; start++) {
    if (owners[start] === start) pending.push(start);
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      const owner = owners[node]!;
      const end = firstEdges[node + 1]!;
      for (let edge = firstEdges[node]!; edge < end; edge++) {
        const target = edgeTargets[edge]!;
        if (((ownable[target >>> 5]! >>> target) & 1) === 0) continue;
        const present = owners[target]!;
        if (present === owner || present === SEVERAL) continue;
        if (edgeTypes[edge] === weak) continue;
        owners[target] = present === UNVISITED ? owner : SEVERAL;
        pending.push(target);
      }
    }
  }
  for (let node = 0; node < nodeCount; node++) {
    const owner = owners[node]!;
    if (owner >= SEVERAL || owner === node) continue;
    if (nodeTypes[owner] === types.synthetic || owner === heap.layout.root) continue;
    shallowBytes[owner]! += shallowBytes[node]!;
    shallowBytes[node] = 0;
  }
  pool.give(owners);
}

/** Whether the root leads to a global object. */
export function hasUserRoots(heap: HeapColumns): boolean {
  const { synthetic } = nodeTypeCodes(heap.layout);
  const root = heap.layout.root;
  const targets = heap.edgeTargets.subarray(heap.firstEdges[root], heap.firstEdges[root + 1]);
  return targets.some((target) => heap.nodeTypes[target] !== synthetic);
}
