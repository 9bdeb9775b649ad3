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

export interface ConstructorCount {
  readonly name: string;
  readonly instances: number;
  readonly shallowBytes: number;
}

/** Ids are given out in steps of two, odd ones to objects of the heap and even ones to native objects. */
const slotOf = (id: number) => id >>> 1;

/**
 * Below this share of objects that are what they were, the ids of the two snapshots are not of one series: V8
 * starts a new one when the inspector session ends. Within one series it is 0.99 and more, between two about 1/255.
 */
const RECOGNISABLE = 0.5;

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

  // As many of each signature are taken for old as there were before, in the order in which they stand.
  const left = new Map(baseline.signatures);
  const signatures = signPaths(graph);
  for (let node = 0; node < heap.nodeCount; node++) {
    const signature = signatures[node]!;
    const count = left.get(signature) ?? 0;
    isNew[node] = count > 0 ? 0 : 1;
    if (count > 0) left.set(signature, count - 1);
  }
  return { isNew, matchedBy: 'paths' };
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
