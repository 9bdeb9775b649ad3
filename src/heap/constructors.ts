/**
 * Sorts the nodes by constructor, as DevTools does: objects by the name and the place of their constructor, since
 * two classes of one name are two classes; functions, strings, arrays and V8's own things by what they are.
 *
 *   new User() in a.js:3, new User() in b.js:9, () => 1, 'x'   ->   User, User, Function, (string)
 */
import { findDetachedNodes } from './detached-nodes.ts';
import { namePlainObjects } from './plain-object-shapes.ts';
import { sharedColumn } from './shared-column.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { nodeTypeCodes } from './type-codes.ts';

export interface ConstructorTable {
  /** By node: index into the lists below. */
  readonly of: Uint32Array;
  readonly names: readonly string[];
  /** The same in two snapshots of one process: `script,line,column,name`, or `,name` without a place. */
  readonly keys: readonly string[];
}

export function sortByConstructor(heap: HeapColumns): ConstructorTable {
  const { nodeTypes, nodeNames, nodeCount, strings } = heap;
  const of = sharedColumn(nodeCount);
  const types = nodeTypeCodes(heap.layout);
  const names: string[] = [];
  const keys: string[] = [];
  const byKey = new Map<string, number>();
  const intern = (name: string, key = `,${name}`) => {
    let index = byKey.get(key);
    if (index === undefined) {
      index = names.push(name) - 1;
      keys.push(key);
      byKey.set(key, index);
    }
    return index;
  };

  const byType = heap.layout.nodeTypes.map((name, type) => {
    if (type === types.object || type === types.native) return null;
    if (type === types.hidden) return intern('(system)');
    if (type === types.code) return intern('(compiled code)');
    if (type === types.closure) return intern('Function');
    if (type === types.regexp) return intern('RegExp');
    return intern(`(${name})`);
  });
  const byName = new Int32Array(strings.count).fill(-1);
  const detached = findDetachedNodes(heap);
  for (let node = 0; node < nodeCount; node++) {
    const typed = byType[nodeTypes[node]!];
    if (typed !== null && typed !== undefined) {
      of[node] = typed;
      continue;
    }
    const name = nodeNames[node]!;
    if (detached.size > 0 && detached.has(node)) {
      of[node] = intern(withoutAttributes(`Detached ${strings.text(name)}`));
      continue;
    }
    if (byName[name] === -1) byName[name] = intern(withoutAttributes(strings.text(name)));
    of[node] = byName[name]!;
  }

  const plain = namePlainObjects(heap);
  const ofShape = plain.names.map((name) => (name === null ? null : intern(name)));
  for (let index = 0; index < plain.nodes.length; index++) {
    const constructor = ofShape[plain.shapes[index]!];
    if (constructor !== null && constructor !== undefined) of[plain.nodes[index]!] = constructor;
  }
  splitByPlace(heap, types.object, { of, names }, intern);
  return { of, names, keys };
}

/** Objects whose constructor's place is known go to a class of their own. */
function splitByPlace(
  heap: HeapColumns,
  object: number,
  { of, names }: Pick<ConstructorTable, 'of' | 'names'>,
  intern: (name: string, key: string) => number,
): void {
  const { nodes, scripts, lines, columns } = heap.locations;
  // Neighbours are mostly of one class: remembering the last one saves a million strings.
  let last = -1;
  let lastFrom = -1;
  let lastTo = -1;
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!;
    if (heap.nodeTypes[node] !== object) continue;
    const from = of[node]!;
    const isSame =
      last >= 0 &&
      from === lastFrom &&
      scripts[index] === scripts[last] &&
      lines[index] === lines[last] &&
      columns[index] === columns[last];
    if (!isSame) {
      lastTo = intern(names[from]!, `${scripts[index]},${lines[index]},${columns[index]},${names[from]}`);
      lastFrom = from;
      last = index;
    }
    of[node] = lastTo;
  }
}

/** `<div id="a">` is a `<div>`. */
function withoutAttributes(name: string): string {
  const from = name.startsWith('<') ? 0 : name.startsWith('Detached <') ? 10 : -1;
  const space = from === -1 ? -1 : name.indexOf(' ', from);
  return space === -1 ? name : `${name.slice(0, space)}>`;
}
