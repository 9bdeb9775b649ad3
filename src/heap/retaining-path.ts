/**
 * What holds an object: the shortest way from the root to it, in the program's words. V8's tables between a Map and
 * its values are one step, named by the key.
 *
 *   globalThis -tracker-> RequestTracker -pending-> Map -table-> (array) -14-> LeakedRequest
 *   becomes  globalThis .tracker  RequestTracker .pending  Map ['/leak/3']  LeakedRequest
 */
import { sanitise } from '../shared/sanitiser.ts';
import type { HeapEdgeKind, RetainingStep } from '../model/heap-snapshot.ts';
import { NO_EDGE } from './distances.ts';
import type { HeapGraph } from './heap-graph.ts';
import { describeNode } from './node-description.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { edgeTypeCodes, nodeTypeCodes } from './type-codes.ts';

/** A linked list of a million nodes has a path of a million steps; nobody reads more than the ends. */
const LONGEST_PATH = 40;
const LONGEST_EDGE_NAME = 60;

/** The node that an edge leads away from. */
function sourceOf(heap: HeapColumns, edge: number): number {
  let low = 0;
  let high = heap.nodeCount;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (heap.firstEdges[middle]! <= edge) low = middle;
    else high = middle;
  }
  return low;
}

/** Whether a node is V8's own: tables, element stores, code; a person thinks of the object behind it. */
export function isInternalNode(heap: HeapColumns, node: number): boolean {
  const types = nodeTypeCodes(heap.layout);
  const type = heap.nodeTypes[node];
  if (type === types.array || type === types.code) return true;
  return type === types.hidden && !heap.strings.text(heap.nodeNames[node]!).startsWith('system / Context');
}

/**
 * The steps from `from` (an ancestor on the shortest path, the root by default) down to the object that holds
 * `node`. Steps in the middle of a very long path are left out.
 */
export function retainingPath(
  graph: HeapGraph,
  node: number,
  from = graph.heap.layout.root,
): RetainingStep[] {
  const { heap, distances } = graph;
  const edges: number[] = [];
  for (
    let at = node;
    at !== from && distances.parentEdges[at] !== NO_EDGE && edges.length < heap.nodeCount;
  ) {
    const edge = distances.parentEdges[at]!;
    edges.push(edge);
    at = sourceOf(heap, edge);
  }
  edges.reverse();
  const half = LONGEST_PATH / 2;
  const kept = edges.length <= LONGEST_PATH ? edges : [...edges.slice(0, half), ...edges.slice(-half)];
  const steps: RetainingStep[] = [];
  kept.forEach((edge, index) => {
    const source = sourceOf(heap, edge);
    if (source === heap.layout.root) return;
    // The step into an internal node and the one out of it are told as one, by its owner.
    if (isInternalNode(heap, source) && index > 0) {
      const last = steps.at(-1);
      if (last !== undefined) steps[steps.length - 1] = { ...last, ...entryName(heap, edge, source, last) };
      return;
    }
    steps.push({ object: describeNode(graph, source), ...edgeName(heap, edge) });
  });
  return steps;
}

function edgeName(heap: HeapColumns, edge: number): { edge: HeapEdgeKind; name: string } {
  const types = edgeTypeCodes(heap.layout);
  const type = heap.edgeTypes[edge];
  const value = heap.edgeNames[edge]!;
  if (type === types.element || type === types.hidden) return { edge: 'element', name: String(value) };
  const name = sanitise(heap.strings.text(value), LONGEST_EDGE_NAME);
  if (type === types.property || type === types.shortcut) return { edge: 'property', name };
  if (type === types.context) return { edge: 'variable', name };
  return { edge: 'internal', name };
}

/** How an object holds something through its table: by key where the table tells, else by what led into it. */
function entryName(
  heap: HeapColumns,
  edge: number,
  table: number,
  into: RetainingStep,
): { edge: HeapEdgeKind; name: string } {
  if (into.name !== 'table')
    return into.edge === 'internal' ? edgeName(heap, edge) : { edge: into.edge, name: into.name };
  // Hash tables of Map and Set keep key, value and chain side by side: a value's key is in the slot before it.
  // Slots are compared by the index of their name: a table may have millions.
  const slot = Number(heap.strings.text(heap.edgeNames[edge]!));
  const keySlot = heap.strings.indexOf(String(slot - 1));
  const { internal } = edgeTypeCodes(heap.layout);
  const { string, consString } = nodeTypeCodes(heap.layout);
  for (let other = heap.firstEdges[table]!; other < heap.firstEdges[table + 1]!; other++) {
    if (heap.edgeNames[other] !== keySlot || heap.edgeTypes[other] !== internal) continue;
    const key = heap.edgeTargets[other]!;
    const type = heap.nodeTypes[key];
    if (type !== string && type !== consString) break;
    return { edge: 'entry', name: sanitise(heap.strings.text(heap.nodeNames[key]!), LONGEST_EDGE_NAME) };
  }
  return { edge: 'entry', name: '' };
}
