/** What a person asks of one snapshot: the overview, and the way from a number to the objects behind it. */
import { sanitise } from '../shared/sanitiser.ts';
import type { HeapConstructor, HeapObject, HeapSummary } from '../model/heap-snapshot.ts';
import { findDetachedNodes } from './detached-nodes.ts';
import { findDuplicateStrings } from './duplicate-strings.ts';
import type { HeapGraph } from './heap-graph.ts';
import { asDistance, describeNode, scriptName } from './node-description.ts';
import { isInternalNode, retainingPath } from './retaining-path.ts';
import type { HeapColumns } from './snapshot-columns.ts';

/** A screen shows some fifty rows; what comes after these has no weight. */
const MOST_CONSTRUCTORS = 200;
const MOST_RETAINERS = 20;
const MOST_DUPLICATES = 20;

export function summariseHeap(graph: HeapGraph): HeapSummary {
  const { heap, tree } = graph;
  const detached = findDetachedNodes(heap);
  const unreachable = tree.order.subarray(tree.reachable);
  return {
    jsonBytes: heap.jsonBytes,
    objects: heap.nodeCount,
    edges: heap.edgeCount,
    shallowBytes: tree.retainedBytes[0]!,
    unreachable: { objects: unreachable.length, shallowBytes: sumSizes(heap, unreachable) },
    detached: { objects: detached.size, shallowBytes: sumSizes(heap, detached) },
    constructors: listConstructors(graph, MOST_CONSTRUCTORS),
    retainers: findRetainers(graph).map((node) => ({
      ...describeNode(graph, node),
      path: retainingPath(graph, node),
    })),
    duplicateStrings: findDuplicateStrings(heap, MOST_DUPLICATES),
  };
}

/** Constructors by what their instances retain, the most first. */
function listConstructors({ heap, constructors, totals }: HeapGraph, limit: number): HeapConstructor[] {
  return Array.from(constructors.names.keys())
    .filter((index) => totals.instances[index]! > 0)
    .toSorted((a, b) => totals.retainedBytes[b]! - totals.retainedBytes[a]!)
    .slice(0, limit)
    .map((index) => ({
      name: sanitise(constructors.names[index]),
      place: placeOfKey(heap, constructors.keys[index]!),
      key: sanitise(constructors.keys[index]),
      instances: totals.instances[index]!,
      shallowBytes: totals.shallowBytes[index]!,
      retainedBytes: totals.retainedBytes[index]!,
      distance: asDistance(totals.distances[index]!),
    }));
}

/** Instances of the constructor with this key, those that retain the most first. */
export function listInstances(graph: HeapGraph, key: string, limit: number): HeapObject[] {
  const { heap, constructors } = graph;
  const wanted = constructors.keys.findIndex((candidate) => sanitise(candidate) === key);
  return largest(graph, (node) => constructors.of[node] === wanted && heap.shallowBytes[node]! > 0, limit);
}

/** What this object dominates directly: the next level of the dominator tree. */
export function listDominated(graph: HeapGraph, node: number, limit: number): HeapObject[] {
  const { tree } = graph;
  const dominator = tree.numbers[node]!;
  const isChild = (child: number) => child !== node && tree.dominators[tree.numbers[child]!] === dominator;
  return largest(graph, isChild, limit);
}

/** Objects whose name or constructor holds this text, or with this id (`@4711`), those that retain the most first. */
export function searchObjects(graph: HeapGraph, text: string, limit: number): HeapObject[] {
  const { heap, constructors } = graph;
  if (/^@\d+$/.test(text)) {
    const node = nodeWithId(heap, Number(text.slice(1)));
    return node === null ? [] : [describeNode(graph, node)];
  }
  const wanted = text.toLowerCase();
  const matches = new Map<number, boolean>();
  const classes = constructors.names.map((name) => name.toLowerCase().includes(wanted));
  return largest(
    graph,
    (node) => {
      if (heap.shallowBytes[node] === 0) return false;
      if (classes[constructors.of[node]!]) return true;
      const name = heap.nodeNames[node]!;
      let match = matches.get(name);
      if (match === undefined)
        matches.set(name, (match = heap.strings.text(name).toLowerCase().includes(wanted)));
      return match;
    },
    limit,
  );
}

export function nodeWithId(heap: HeapColumns, id: number): number | null {
  const node = heap.nodeIds.indexOf(id);
  return node === -1 ? null : node;
}

/**
 * Single objects that retain much, each counted where it gathers: an object is left out when one that it dominates
 * retains nearly all of what it does, or when it is V8's own.
 */
function findRetainers(graph: HeapGraph): number[] {
  const { heap, tree } = graph;
  const { order, dominators, retainedBytes } = tree;
  const largestChild = new Float64Array(heap.nodeCount);
  for (let number = heap.nodeCount - 1; number > 0; number--) {
    // What is V8's own stands for its owner: look through it at what it holds.
    const size = isInternalNode(heap, order[number]!) ? largestChild[number]! : retainedBytes[number]!;
    const dominator = dominators[number]!;
    if (size > largestChild[dominator]!) largestChild[dominator] = size;
  }
  const gathers = (node: number) => {
    const number = tree.numbers[node]!;
    // The root and the global objects hold everything.
    if (number === 0 || graph.distances.distances[node]! <= 1) return false;
    return largestChild[number]! < GATHERED_SHARE * retainedBytes[number]! && !isInternalNode(heap, node);
  };
  return largestNodes(graph, gathers, MOST_RETAINERS);
}

/** Eclipse MAT calls a drop to below about this share an accumulation point. */
const GATHERED_SHARE = 0.5;

function largest(graph: HeapGraph, isWanted: (node: number) => boolean, limit: number): HeapObject[] {
  return largestNodes(graph, isWanted, limit).map((node) => describeNode(graph, node));
}

/** The nodes with the largest retained sizes. Keeps a short sorted list: sorting millions takes seconds. */
function largestNodes(
  { heap, tree }: HeapGraph,
  isWanted: (node: number) => boolean,
  limit: number,
): number[] {
  const best: number[] = [];
  const retained = (node: number) => tree.retainedBytes[tree.numbers[node]!]!;
  let least = -1;
  for (let node = 0; node < heap.nodeCount; node++) {
    const size = retained(node);
    if (size <= least || !isWanted(node)) continue;
    const at = best.findIndex((other) => retained(other) < size);
    best.splice(at === -1 ? best.length : at, 0, node);
    if (best.length > limit) best.pop();
    if (best.length === limit) least = retained(best[limit - 1]!);
  }
  return best;
}

/** `12,40,9,User` says script 12, line 41. */
function placeOfKey(heap: HeapColumns, key: string): string | null {
  const match = /^(\d+),(\d+),\d+,/.exec(key);
  if (match === null) return null;
  const file = scriptName(heap, Number(match[1]));
  return file === null ? null : sanitise(`${file}:${Number(match[2]) + 1}`);
}

function sumSizes(heap: HeapColumns, nodes: Iterable<number>): number {
  let sum = 0;
  for (const node of nodes) sum += heap.shallowBytes[node]!;
  return sum;
}
