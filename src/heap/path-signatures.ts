/**
 * A number for "what it is and what holds it", the same in two snapshots even when their object ids are not: the
 * constructor and the names on the shortest path. Members of a collection are alike whatever their index, and a
 * list of a thousand nodes has the signature of a list.
 *
 *   tracker.pending['/a'] LeakedRequest, tracker.pending['/b'] LeakedRequest   one signature
 *   head ListNode, head.next ListNode, head.next.next ListNode                 two: the head, and the rest
 */
import { NO_EDGE, parentNodes } from './distances.ts';
import type { HeapGraph } from './heap-graph.ts';
import { hashText, StringHashes } from './text-hash.ts';
import { edgeTypeCodes } from './type-codes.ts';

const MEMBER = 1;

/** @returns by node: its signature; 0 for what no path leads to */
export function signPaths(graph: HeapGraph): Float64Array {
  const { heap, constructors } = graph;
  const { parentEdges } = graph.distances;
  const { element, hidden } = edgeTypeCodes(heap.layout);
  const { edgeTypes, edgeNames, nodeCount } = heap;
  const hashes = new StringHashes(heap.strings);
  const isNumber = new Map<number, boolean>();
  const classes = constructors.names.map(hashText);
  const signatures = new Float64Array(nodeCount);
  /** What a node adds to the signature of its holder. */
  const links = new Uint32Array(nodeCount);
  const parents = parentNodes(heap, graph.distances);
  const way: number[] = [];

  const isMember = (edge: number) => {
    const type = edgeTypes[edge];
    if (type === element || type === hidden) return true;
    const name = edgeNames[edge]!;
    let known = isNumber.get(name);
    // Slots of hash tables, and the two edges to a WeakMap's value, are named by number.
    if (known === undefined)
      isNumber.set(name, (known = /^\d+( \/ part of key |$)/.test(heap.strings.text(name))));
    return known;
  };

  signatures[heap.layout.root] = 1;
  for (let start = 0; start < nodeCount; start++) {
    // Up to the first node that is signed, then back down: no order of the nodes is needed, and no recursion.
    let node = start;
    while (signatures[node] === 0 && parentEdges[node] !== NO_EDGE) {
      way.push(node);
      node = parents[node]!;
    }
    for (let below = way.pop(); below !== undefined; below = way.pop()) {
      const edge = parentEdges[below]!;
      const parent = parents[below]!;
      const label = isMember(edge) ? MEMBER : hashes.of(edgeNames[edge]!);
      const link = (Math.imul(label, 0x9e3779b1) ^ classes[constructors.of[below]!]!) >>> 0;
      links[below] = link;
      const grandparent = parents[parent]!;
      if (link === links[parent]) signatures[below] = signatures[parent]!;
      else if (grandparent !== NO_EDGE && link === links[grandparent])
        signatures[below] = signatures[grandparent]!;
      else signatures[below] = mix(signatures[parent]!, link);
    }
  }
  return signatures;
}

/** 52 bits of both, so that a Map can be keyed by it: a million signatures collide once in four thousand heaps. */
function mix(signature: number, link: number): number {
  const low = signature % 0x100000000;
  const high = Math.floor(signature / 0x100000000);
  const nextLow = (Math.imul(low ^ link, 0x85ebca6b) ^ (high * 31 + (link >>> 7))) >>> 0;
  const nextHigh = (Math.imul(high ^ nextLow, 0xc2b2ae35) ^ low) & 0xfffff;
  return nextHigh * 0x100000000 + nextLow + 2;
}
