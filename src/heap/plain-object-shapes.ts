/**
 * Names for plain objects. A heap of a million `Object`s says nothing; `{id, name, session}` does. The rules are
 * DevTools': frequent lists of properties become names, and an object gets the name with the most properties that
 * it has all of.
 *
 *   {id: 1, name: 'a'}, {id: 2, name: 'b'}, {id: 3, name: 'c', old: true}   ->  three times '{id, name}'
 *
 * Objects of one list of properties are handled as one shape: there are thousands of shapes to millions of objects.
 */
import { doubled } from './doubled-column.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { edgeTypeCodes, nodeTypeCodes } from './type-codes.ts';

/** Thresholds of DevTools' `inferInterfaceDefinitions`, so that names and counts agree with it. */
const LONGEST_NAME = 120;
const FEWEST_OBJECTS = 2;
const OBJECTS_PER_INTERFACE = 1000;

export interface NamedShapes {
  /** The plain objects, ascending. */
  readonly nodes: Uint32Array;
  /** For each of them, the index into `names`. */
  readonly shapes: Uint32Array;
  /** By shape; null where no name fits. */
  readonly names: readonly (string | null)[];
}

interface Shape {
  /** String indexes of the properties, in the object's order. */
  readonly properties: readonly number[];
  count: number;
}

interface Interface {
  readonly name: string;
  readonly properties: readonly string[];
  count: number;
}

/** A step in the tree of interfaces, whose properties are visited in sorted order. */
interface PropertyTree {
  readonly next: Map<string, PropertyTree>;
  match: { readonly name: string; readonly size: number; readonly rank: number } | null;
  /** Greatest key in `next`: beyond it nothing can follow. */
  greatest: string | null;
}

export function namePlainObjects(heap: HeapColumns): NamedShapes {
  const { nodes, shapeOf, shapes } = collectShapes(heap);
  const texts = new Map<number, string>();
  const text = (name: number) => {
    let known = texts.get(name);
    if (known === undefined) texts.set(name, (known = heap.strings.text(name)));
    return known;
  };
  const properties = shapes.map((shape) => shape.properties.map(text));
  const tree = buildTree(popularInterfaces(shapes, properties, nodes.length));
  return { nodes, shapes: shapeOf, names: properties.map((names) => bestName(tree, names)) };
}

function collectShapes(heap: HeapColumns): { nodes: Uint32Array; shapeOf: Uint32Array; shapes: Shape[] } {
  const { nodeTypes, nodeNames, nodeCount, firstEdges, edgeTypes, edgeNames } = heap;
  const { object } = nodeTypeCodes(heap.layout);
  const { property } = edgeTypeCodes(heap.layout);
  const objectName = heap.strings.indexOf('Object');
  let nodes = new Uint32Array(1 << 12);
  let shapeOf = new Uint32Array(1 << 12);
  let count = 0;
  const shapes: Shape[] = [];
  const byHash = new Map<number, number[]>();
  const current: number[] = [];
  for (let node = 0; node < nodeCount; node++) {
    if (nodeNames[node] !== objectName || nodeTypes[node] !== object) continue;
    let hash = 0;
    current.length = 0;
    for (let edge = firstEdges[node]!, end = firstEdges[node + 1]!; edge < end; edge++) {
      if (edgeTypes[edge] !== property) continue;
      current.push(edgeNames[edge]!);
      hash = (Math.imul(hash, 31) + edgeNames[edge]!) | 0;
    }
    const alike = byHash.get(hash);
    let shape = alike?.find((candidate) => isSame(shapes[candidate]!.properties, current)) ?? -1;
    if (shape === -1) {
      shape = shapes.push({ properties: current.slice(), count: 0 }) - 1;
      if (alike === undefined) byHash.set(hash, [shape]);
      else alike.push(shape);
    }
    shapes[shape]!.count++;
    if (count === nodes.length) {
      nodes = doubled(nodes);
      shapeOf = doubled(shapeOf);
    }
    nodes[count] = node;
    shapeOf[count++] = shape;
  }
  return { nodes: nodes.subarray(0, count), shapeOf: shapeOf.subarray(0, count), shapes };
}

function popularInterfaces(
  shapes: readonly Shape[],
  properties: readonly (readonly string[])[],
  objectCount: number,
): Interface[] {
  const candidates = new Map<string, Interface>();
  shapes.forEach((shape, index) => {
    const kept: string[] = [];
    let name = '{';
    for (const property of properties[index]!) {
      if (property === '__proto__') continue;
      const shown = quoteIfOdd(property);
      if (kept.length > 0 && name.length + shown.length > LONGEST_NAME) break;
      name += kept.length > 0 ? `, ${shown}` : shown;
      kept.push(property);
    }
    if (kept.length === 0) return;
    name += '}';
    const known = candidates.get(name);
    if (known) known.count += shape.count;
    else candidates.set(name, { name, properties: kept, count: shape.count });
  });
  const fewest = Math.max(FEWEST_OBJECTS, objectCount / OBJECTS_PER_INTERFACE);
  return [...candidates.values()]
    .toSorted((a, b) => b.count - a.count)
    .filter(({ count }) => count >= fewest);
}

function buildTree(interfaces: readonly Interface[]): PropertyTree {
  const root: PropertyTree = { next: new Map(), match: null, greatest: null };
  interfaces.forEach(({ name, properties }, rank) => {
    let step = root;
    for (const property of properties.toSorted()) {
      let following = step.next.get(property);
      if (following === undefined) {
        following = { next: new Map(), match: null, greatest: null };
        step.next.set(property, following);
        if (step.greatest === null || step.greatest < property) step.greatest = property;
      }
      step = following;
    }
    // The same properties in another order: the more frequent order came first and keeps its name.
    step.match ??= { name, size: properties.length, rank };
  });
  return root;
}

function bestName(tree: PropertyTree, properties: readonly string[]): string | null {
  let best: PropertyTree['match'] = null;
  const steps = new Set([tree]);
  for (const property of properties.toSorted()) {
    for (const step of Array.from(steps)) {
      if (step.greatest === null || property >= step.greatest) steps.delete(step);
      const following = step.next.get(property);
      if (following === undefined) continue;
      steps.add(following);
      const match = following.match;
      if (match === null) continue;
      if (best === null || match.size > best.size || (match.size === best.size && match.rank < best.rank)) {
        best = match;
      }
    }
  }
  return best?.name ?? null;
}

/** Quotes names with characters that the list itself uses. */
function quoteIfOdd(property: string): string {
  return /[,'"{}]/.test(property) ? JSON.stringify(property) : property;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
