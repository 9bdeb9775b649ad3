import { describe, expect, it } from 'vitest';
import type { HeapGraph } from '../../src/heap/heap-graph.ts';
import { graphOf } from './parsing.ts';

/** By constructor name: instances and their own bytes. */
function totals({ constructors, totals: sums }: HeapGraph): Record<string, [number, number]> {
  const rows = constructors.names.map(
    (name, index) => [name, [sums.instances[index]!, sums.shallowBytes[index]!] as [number, number]] as const,
  );
  return Object.fromEntries(rows.filter(([, [instances]]) => instances > 0));
}

const ROOT = `
  (root) synthetic 0
  global object 16
  (root) -shortcut:global-> global
`;

/** Plain objects of these properties, all held by the global object. */
const objects = (name: string, count: number, properties: readonly string[]) =>
  Array.from({ length: count }, (_, index) =>
    [
      `Object#${name}${index} object 10`,
      `global -property:${name}${index}-> Object#${name}${index}`,
      ...properties.map((property) => `Object#${name}${index} -property:${property}-> global`),
    ].join('\n'),
  ).join('\n');

describe('constructors', () => {
  it('are names for objects and what they are for everything else', () => {
    const graph = graphOf(`${ROOT}
      User object 24
      save closure 32
      save#2 closure 32
      text string 40
      code code 50
      inner hidden 7
      <div id="a"> native 9
      global -property:a-> User
      global -property:b-> save
      global -property:c-> save#2
      global -property:d-> text
      global -property:e-> code
      global -property:f-> <div id="a">
      User -internal:i-> inner
      save -internal:i-> inner
    `);
    expect(totals(graph)).toEqual({
      global: [1, 16],
      User: [1, 24],
      Function: [2, 64],
      '(string)': [1, 40],
      '(compiled code)': [1, 50],
      '(system)': [1, 7],
      '<div>': [1, 9],
    });
  });

  it('gives the bytes of a table to the object it belongs to, but not when two share it', () => {
    const graph = graphOf(`${ROOT}
      Map object 32
      Set object 48
      table array 1000
      shared array 500
      chained array 100
      global -property:m-> Map
      global -property:s-> Set
      Map -internal:table-> table
      table -internal:next-> chained
      Map -internal:x-> shared
      Set -internal:x-> shared
    `);
    expect(totals(graph)).toEqual({ global: [1, 16], Map: [1, 1132], Set: [1, 48], '(array)': [1, 500] });
  });

  it('names plain objects by the properties that many of them have', () => {
    const graph = graphOf(`${ROOT}
      ${objects('user', 6, ['id', 'name'])}
      ${objects('admin', 1, ['id', 'name', 'rights'])}
      ${objects('swapped', 2, ['name', 'id'])}
      ${objects('odd', 3, ['a,b', "it's"])}
      ${objects('lonely', 1, ['once'])}
    `);
    expect(totals(graph)).toEqual({
      global: [1, 16],
      // The admin has all that a user has, and the order of properties does not matter.
      '{id, name}': [9, 90],
      '{"a,b", "it\'s"}': [3, 30],
      Object: [1, 10],
    });
  });

  it('retains together what its instances retain, each once', () => {
    const graph = graphOf(`${ROOT}
      Node#outer object 100
      Node#inner object 10
      payload object 1
      global -property:n-> Node#outer
      Node#outer -property:child-> Node#inner
      Node#inner -property:p-> payload
    `);
    const index = graph.constructors.names.indexOf('Node');
    expect(graph.totals.instances[index]).toBe(2);
    expect(graph.totals.retainedBytes[index]).toBe(111);
  });
});

describe('distances', () => {
  const distance = (graph: HeapGraph, name: string) =>
    graph.distances.distances[
      Array.from(graph.heap.nodeNames, (at) => graph.heap.strings.text(at)).indexOf(name)
    ];

  it('count edges from the global objects, and apart what only the engine holds', () => {
    const graph = graphOf(`${ROOT}
      (GC roots) synthetic 0
      near object 1
      far object 1
      engine object 1
      weakly object 1
      (root) -element:1-> (GC roots)
      (GC roots) -element:1-> engine
      (GC roots) -element:2-> far
      global -property:n-> near
      near -property:f-> far
      near -weak:w-> weakly
    `);
    expect(distance(graph, 'global')).toBe(1);
    expect(distance(graph, 'far')).toBe(3);
    expect(distance(graph, 'engine')).toBe(100_000_002);
    expect(distance(graph, 'weakly')).toBe(-5);
  });

  it('go by the farther of the two that hold a value of a WeakMap', () => {
    const pair = (index: number) =>
      `${index} / part of key (Key @9) -> value (Value @11) pair in WeakMap (table @7)`;
    const graph = graphOf(`${ROOT}
      step object 1
      table array 1 @7
      Key object 1 @9
      Value object 1 @11
      global -property:t-> table
      global -property:s-> step
      step -property:k-> Key
      table -internal:${pair(1)}-> Value
      Key -internal:${pair(2)}-> Value
    `);
    expect(distance(graph, 'Value')).toBe(4);
  });
});
