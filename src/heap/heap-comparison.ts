/**
 * What grew between two snapshots, and what holds it. New objects that are still alive are followed to the nearest
 * object that was there before: that one holds the growth, whatever the growth consists of.
 *
 *   before  tracker.pending Map(50)      after  tracker.pending Map(5050)
 *   -> Map at globalThis.tracker.pending, +4.1 MB, 5000 x LeakedRequest
 *
 * A cache that replaces its entries makes new objects and does not grow. So new bytes count by the share of their
 * constructor that is growth: with 600 new orders and 600 gone, nothing.
 */
import type { ConstructorGrowth, GrowthHolder, GrownGroup, HeapComparison } from '../model/heap-snapshot.ts';
import { sanitise } from '../shared/sanitiser.ts';
import { NO_EDGE, parentNodes } from './distances.ts';
import { markNewNodes } from './heap-baseline.ts';
import type { HeapBaseline } from './heap-baseline.ts';
import type { HeapGraph } from './heap-graph.ts';
import { describeNode } from './node-description.ts';
import { isInternalNode, retainingPath } from './retaining-path.ts';
import { nodeTypeCodes } from './type-codes.ts';

/** What a screen shows and a person reads. */
const MOST_HOLDERS = 20;
const MOST_GROUPS = 5;
const MOST_CONSTRUCTORS = 30;

/** Third mark beside old (0) and new (1): V8's own, new, and part of something old. */
const REPLACED = 2;

interface Holding {
  grownBytes: number;
  newBytes: number;
  newObjects: number;
  /** By constructor of what hangs on the holder. */
  readonly groups: Map<number, { objects: number; bytes: number; example: number; exampleBytes: number }>;
}

/** @param baseline of the earlier snapshot, kept by `keepBaseline` */
export function compareHeaps(baseline: HeapBaseline, graph: HeapGraph): HeapComparison {
  const { heap, tree, totals, constructors } = graph;
  const { isNew, matchedBy } = markNewNodes(baseline, graph);
  markReplacedTables(graph, isNew);
  let newObjects = 0;
  let newBytes = 0;
  const newInstances = new Uint32Array(constructors.names.length);
  const newShallow = new Float64Array(constructors.names.length);
  for (let number = 0; number < tree.reachable; number++) {
    const node = tree.order[number]!;
    if (isNew[node] === 0 || heap.shallowBytes[node] === 0) continue;
    newObjects++;
    newBytes += heap.shallowBytes[node]!;
    newInstances[constructors.of[node]!]!++;
    newShallow[constructors.of[node]!]! += heap.shallowBytes[node]!;
  }
  const growth = growthByConstructor(baseline, graph, newInstances);
  const shares = constructors.keys.map((key, index) => {
    const before = baseline.constructors.get(key)?.shallowBytes ?? 0;
    const delta = totals.shallowBytes[index]! - before;
    return newShallow[index] === 0 ? 0 : Math.min(1, Math.max(0, delta / newShallow[index]!));
  });
  const holdings = attribute(graph, isNew, shares);
  const holders = [...holdings]
    .toSorted(([, a], [, b]) => b.grownBytes - a.grownBytes)
    .slice(0, MOST_HOLDERS)
    .filter(([, holding]) => holding.grownBytes > 0)
    .map(([holder, holding]) => describeHolder(graph, holder, holding));
  return {
    matchedBy,
    before: { objects: baseline.objects, shallowBytes: baseline.shallowBytes },
    after: { objects: heap.nodeCount, shallowBytes: tree.retainedBytes[0]! },
    newObjects,
    newBytes,
    holders,
    constructors: growth,
  };
}

/**
 * A Map that grows gets a new table, which then stands between it and everything old in it. What is V8's own counts
 * as old where its owner is: the Map holds the growth, not its table.
 */
function markReplacedTables({ heap, tree }: HeapGraph, isNew: Uint8Array): void {
  for (let number = 1; number < tree.reachable; number++) {
    const node = tree.order[number]!;
    const dominator = tree.order[tree.dominators[number]!]!;
    if (isNew[node] === 1 && isNew[dominator] !== 1 && isInternalNode(heap, node)) isNew[node] = REPLACED;
  }
}

/** Sums what is new by the old object that holds it. */
function attribute(graph: HeapGraph, isNew: Uint8Array, shares: readonly number[]): Map<number, Holding> {
  const { heap, tree, constructors, distances } = graph;
  const holderOf = findHolders(graph, parentNodes(heap, distances), isNew);
  const { synthetic } = nodeTypeCodes(heap.layout);
  // New bytes below each new node, weighed by how much of their constructor is growth.
  const bytes = new Float64Array(tree.reachable);
  const grown = new Float64Array(tree.reachable);
  const objects = new Uint32Array(tree.reachable);
  const holdings = new Map<number, Holding>();
  for (let number = tree.reachable - 1; number > 0; number--) {
    const node = tree.order[number]!;
    if (isNew[node] === 0) continue;
    const constructor = constructors.of[node]!;
    bytes[number]! += heap.shallowBytes[node]!;
    grown[number]! += heap.shallowBytes[node]! * shares[constructor]!;
    if (heap.shallowBytes[node]! > 0) objects[number]!++;
    const dominator = tree.dominators[number]!;
    const passesOn = isNew[tree.order[dominator]!] === 1 && isNew[node] === 1;
    if (passesOn) {
      bytes[dominator]! += bytes[number]!;
      grown[dominator]! += grown[number]!;
      objects[dominator]! += objects[number]!;
      continue;
    }
    const holder = holderOf(node);
    // V8's own tables under its own roots: they grow with whatever the program does.
    if (heap.nodeTypes[holder] === synthetic && isInternalNode(heap, node)) continue;
    let holding = holdings.get(holder);
    if (holding === undefined) {
      holdings.set(holder, (holding = { grownBytes: 0, newBytes: 0, newObjects: 0, groups: new Map() }));
    }
    holding.grownBytes += grown[number]!;
    holding.newBytes += bytes[number]!;
    holding.newObjects += objects[number]!;
    let group = holding.groups.get(constructor);
    if (group === undefined) {
      holding.groups.set(constructor, (group = { objects: 0, bytes: 0, example: node, exampleBytes: 0 }));
    }
    group.objects++;
    group.bytes += bytes[number]!;
    if (bytes[number]! > group.exampleBytes) {
      group.example = node;
      group.exampleBytes = bytes[number]!;
    }
  }
  return holdings;
}

/**
 * The nearest old object on the shortest path, V8's own tables left out. An old member of a linked list or a tree
 * holds the new ones for the list: what counts is who holds the list. Remembers what it found for every node on the
 * way, since the members of a list are each other's way.
 */
function findHolders(
  { heap, constructors }: HeapGraph,
  parents: Uint32Array,
  isNew: Uint8Array,
): (node: number) => number {
  const holders = new Uint32Array(heap.nodeCount).fill(NO_EDGE);
  const isGeneric = constructors.names.map((name) => GENERIC.test(name));
  const way: number[] = [];
  const isHolder = (parent: number, member: number) => {
    if (isNew[parent] !== 0 || isInternalNode(heap, parent)) return false;
    const constructor = constructors.of[parent]!;
    return isGeneric[constructor] === true || constructor !== constructors.of[member];
  };
  return (node) => {
    let holder = NO_EDGE;
    let member = node;
    for (let at = node; holder === NO_EDGE; at = parents[at]!) {
      way.push(at);
      if (!isInternalNode(heap, at)) member = at;
      const parent = parents[at]!;
      if (parent === NO_EDGE) holder = heap.layout.root;
      else if (isHolder(parent, member)) holder = parent;
      else holder = holders[parent]!;
    }
    for (let passed = way.pop(); passed !== undefined; passed = way.pop()) holders[passed] = holder;
    return holder;
  };
}

/** Constructors that say nothing of what an object is for: one in another need not be a list. */
const GENERIC = /^(Object|Array|Map|Set|Function|system \/ .*|\(.*\)|\{.*\})$/;

function describeHolder(graph: HeapGraph, holder: number, holding: Holding): GrowthHolder {
  const groups = [...holding.groups.values()]
    .filter((group) => group.bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, MOST_GROUPS);
  return {
    object: describeNode(graph, holder),
    path: retainingPath(graph, holder),
    grownBytes: Math.round(holding.grownBytes),
    newBytes: holding.newBytes,
    newObjects: holding.newObjects,
    holds: groups.map((group): GrownGroup => {
      const example = describeNode(graph, group.example);
      return {
        constructor: example.constructor,
        objects: group.objects,
        retainedBytes: group.bytes,
        example,
        via: retainingPath(graph, group.example, holder),
      };
    }),
  };
}

function growthByConstructor(
  baseline: HeapBaseline,
  { constructors, totals }: HeapGraph,
  newInstances: Uint32Array,
): ConstructorGrowth[] {
  const gone = new Map(baseline.constructors);
  const rows = constructors.keys.map((key, index): ConstructorGrowth => {
    const before = baseline.constructors.get(key);
    gone.delete(key);
    const instances = totals.instances[index]!;
    return {
      name: sanitise(constructors.names[index]),
      newInstances: newInstances[index]!,
      goneInstances: Math.max(0, (before?.instances ?? 0) + newInstances[index]! - instances),
      instances,
      shallowDeltaBytes: totals.shallowBytes[index]! - (before?.shallowBytes ?? 0),
    };
  });
  for (const before of gone.values()) {
    rows.push({
      name: sanitise(before.name),
      newInstances: 0,
      goneInstances: before.instances,
      instances: 0,
      shallowDeltaBytes: -before.shallowBytes,
    });
  }
  return rows
    .filter((row) => row.newInstances > 0 || row.goneInstances > 0)
    .toSorted((a, b) => Math.abs(b.shallowDeltaBytes) - Math.abs(a.shallowDeltaBytes))
    .slice(0, MOST_CONSTRUCTORS);
}
