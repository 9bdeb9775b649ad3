/**
 * What is kept of the first of two snapshots: which objects there were and how many of each kind, a few bytes a
 * node. The rest of it can be forgotten before the second is read.
 */
import type { HeapGraph } from './heap-graph.ts';
import { signPaths } from './path-signatures.ts';
import { StringHashes } from './text-hash.ts';

export interface HeapBaseline {
  readonly objects: number;
  readonly shallowBytes: number;
  /** By object id halved: a hash of the object's type and name, 0 where there is no such object. */
  readonly fingerprints: Uint8Array;
  /** By constructor key. */
  readonly constructors: ReadonlyMap<string, ConstructorCount>;
  /** How many objects have each signature; see path-signatures.ts. */
  readonly signatures: ReadonlyMap<number, number>;
}

interface ConstructorCount {
  readonly name: string;
  readonly instances: number;
  readonly shallowBytes: number;
}

/** Ids are given out in steps of two, odd ones to objects of the heap and even ones to native objects. */
const slotOf = (id: number) => id >>> 1;

/**
 * Below this share of ids that still name what they named, the ids of the two snapshots are not of one series: V8
 * starts a new one when the inspector session ends. Within one series the share is 1; between two sessions of one
 * service, whose heaps are walked in much the same order, it was 0.59.
 */
const RECOGNISABLE = 0.98;

export function keepBaseline(graph: HeapGraph): HeapBaseline {
  const { heap, constructors, totals } = graph;
  const largest = heap.nodeIds.reduce((most, id) => Math.max(most, id), 0);
  const fingerprints = new Uint8Array(slotOf(largest) + 1);
  const fingerprint = fingerprinter(graph);
  for (let node = 0; node < heap.nodeCount; node++) {
    fingerprints[slotOf(heap.nodeIds[node]!)] = fingerprint(node);
  }
  const signatures = new Map<number, number>();
  for (const signature of signPaths(graph)) signatures.set(signature, (signatures.get(signature) ?? 0) + 1);
  return {
    objects: heap.nodeCount,
    shallowBytes: graph.tree.retainedBytes[0]!,
    fingerprints,
    constructors: new Map(
      constructors.keys.map((key, index) => [
        key,
        {
          name: constructors.names[index]!,
          instances: totals.instances[index]!,
          shallowBytes: totals.shallowBytes[index]!,
        },
      ]),
    ),
    signatures,
  };
}

/**
 * Marks the nodes that the baseline did not have.
 * @returns by node 1 for new; and by what the two snapshots were matched
 */
export function markNewNodes(
  baseline: HeapBaseline,
  graph: HeapGraph,
): { readonly isNew: Uint8Array; readonly matchedBy: 'ids' | 'paths' } {
  const { heap } = graph;
  const { fingerprints } = baseline;
  const fingerprint = fingerprinter(graph);
  const isNew = new Uint8Array(heap.nodeCount);
  let present = 0;
  let recognised = 0;
  for (let node = 0; node < heap.nodeCount; node++) {
    const before = fingerprints[slotOf(heap.nodeIds[node]!)] ?? 0;
    if (before !== 0) present++;
    if (before !== 0 && before === fingerprint(node)) recognised++;
    else isNew[node] = 1;
  }
  if (recognised >= RECOGNISABLE * present && present > 0) return { isNew, matchedBy: 'ids' };

  return { isNew: markByPaths(baseline, graph), matchedBy: 'paths' };
}

/**
 * Without common ids: where a signature has more objects than before, that many are new. An object that two paths
 * of one length lead to may change its signature without being new, so that no constructor gets more new objects
 * than it gained, and the signatures that gained most come first.
 */
function markByPaths(baseline: HeapBaseline, graph: HeapGraph): Uint8Array {
  const { heap, constructors } = graph;
  const signatures = signPaths(graph);
  const gained = new Map<number, { constructor: number; count: number }>();
  for (let node = 0; node < heap.nodeCount; node++) {
    const signature = signatures[node]!;
    const known = gained.get(signature);
    if (known !== undefined) known.count++;
    else {
      const before = baseline.signatures.get(signature) ?? 0;
      gained.set(signature, { constructor: constructors.of[node]!, count: 1 - before });
    }
  }
  const allowed = gainsByName(baseline, graph);
  for (const gain of [...gained.values()].toSorted((a, b) => b.count - a.count)) {
    const name = constructors.names[gain.constructor]!;
    gain.count = Math.max(0, Math.min(gain.count, allowed.get(name) ?? 0));
    allowed.set(name, (allowed.get(name) ?? 0) - gain.count);
  }
  const isNew = new Uint8Array(heap.nodeCount);
  // What was made last stands last.
  for (let node = heap.nodeCount - 1; node >= 0; node--) {
    const gain = gained.get(signatures[node]!)!;
    if (gain.count > 0) {
      isNew[node] = 1;
      gain.count--;
    }
  }
  return isNew;
}

/** How many more instances there are, by constructor name: another process has other places in its keys. */
function gainsByName(baseline: HeapBaseline, { constructors, totals }: HeapGraph): Map<string, number> {
  const gains = new Map<string, number>();
  for (const { name, instances } of baseline.constructors.values()) {
    gains.set(name, (gains.get(name) ?? 0) - instances);
  }
  constructors.names.forEach((name, index) => {
    gains.set(name, (gains.get(name) ?? 0) + totals.instances[index]!);
  });
  return gains;
}

/** A hash from 1 to 255 that an object keeps for life: its type, and its name unless that is a string's text. */
function fingerprinter({ heap }: HeapGraph): (node: number) => number {
  const hashes = new StringHashes(heap.strings);
  const { nodeTypes, nodeNames } = heap;
  const names = heap.layout.nodeTypes.map(
    (name) => name === 'object' || name === 'closure' || name === 'native',
  );
  return (node) => {
    const type = nodeTypes[node]!;
    const name = names[type] ? hashes.of(nodeNames[node]!) : 0;
    return (((Math.imul(name, 0x9e3779b1) ^ (type * 37)) >>> 8) % 255) + 1;
  };
}
