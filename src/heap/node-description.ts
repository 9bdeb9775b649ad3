/** What to call a node: the words that a person uses for it, made safe to print. */
import { sanitise } from '../shared/sanitiser.ts';
import type { HeapObject } from '../model/heap-snapshot.ts';
import { SYSTEM_DISTANCE } from './distances.ts';
import type { HeapGraph } from './heap-graph.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { edgeTypeCodes, nodeTypeCodes } from './type-codes.ts';

/** Enough to recognise a string or a URL by. */
const LONGEST_NAME = 80;

export function describeNode(graph: HeapGraph, node: number): HeapObject {
  const { heap, tree, distances, constructors } = graph;
  return {
    id: heap.nodeIds[node]!,
    constructor: sanitise(constructors.names[constructors.of[node]!], LONGEST_NAME),
    name: nameOf(graph, node),
    shallowBytes: heap.shallowBytes[node]!,
    retainedBytes: tree.retainedBytes[tree.numbers[node]!]!,
    distance: asDistance(distances.distances[node]!),
  };
}

/** Distances of what only the engine holds say nothing to the user. */
export function asDistance(distance: number): number | null {
  return distance >= 0 && distance < SYSTEM_DISTANCE ? distance : null;
}

function nameOf(graph: HeapGraph, node: number): string {
  const { heap, constructors } = graph;
  const types = nodeTypeCodes(heap.layout);
  const raw = heap.strings.text(heap.nodeNames[node]!);
  switch (heap.nodeTypes[node]) {
    case types.closure: {
      const place = placeOfClosure(heap, node);
      const name = `${raw === '' ? '(anonymous)' : raw}()`;
      return sanitise(place === null ? name : `${name} ${place}`, LONGEST_NAME * 2);
    }
    case types.string:
    case types.consString:
    case types.slicedString:
      return `"${sanitise(raw, LONGEST_NAME)}"`;
    // `(GC roots)`, `(Global handles)`.
    case types.synthetic:
      return sanitise(raw, LONGEST_NAME);
    default:
      return sanitise(
        isGlobal(raw) ? 'globalThis' : constructors.names[constructors.of[node]!],
        LONGEST_NAME,
      );
  }
}

/** V8 calls the global object `global`, `global / `, `global (global*) / ` or `Object / file://`, by version. */
function isGlobal(name: string): boolean {
  return /^global( \(global\*\))?( \/.*)?$|^Object \/ /.test(name);
}

/**
 * Where a function is written, `/srv/app.js:12`: the line from the locations, the file from the script that its
 * code belongs to.
 */
function placeOfClosure(heap: HeapColumns, node: number): string | null {
  const index = heap.locations.nodes.indexOf(node);
  if (index === -1) return null;
  const file = scriptOfClosure(heap, node);
  return file === null ? null : `${file}:${heap.locations.lines[index]! + 1}`;
}

/** The file of the script with this id, found through any function of it. */
export function scriptName(heap: HeapColumns, script: number): string | null {
  const { closure } = nodeTypeCodes(heap.layout);
  const { scripts, nodes } = heap.locations;
  for (let index = scripts.indexOf(script); index !== -1; index = scripts.indexOf(script, index + 1)) {
    if (heap.nodeTypes[nodes[index]!] === closure) return scriptOfClosure(heap, nodes[index]!);
  }
  return null;
}

function scriptOfClosure(heap: HeapColumns, node: number): string | null {
  const shared = followInternal(heap, node, ['shared']);
  const script = shared === null ? null : followInternal(heap, shared, ['script', 'script_or_debug_info']);
  if (script === null) return null;
  const name = heap.strings.text(heap.nodeNames[script]!);
  return name === '' || name.startsWith('system /') ? null : name.replace(/^file:\/\//, '');
}

/** The node behind the first internal edge with one of these names. */
function followInternal(heap: HeapColumns, node: number, names: readonly string[]): number | null {
  const { internal } = edgeTypeCodes(heap.layout);
  for (let edge = heap.firstEdges[node]!; edge < heap.firstEdges[node + 1]!; edge++) {
    if (heap.edgeTypes[edge] !== internal) continue;
    if (names.includes(heap.strings.text(heap.edgeNames[edge]!))) return heap.edgeTargets[edge]!;
  }
  return null;
}
