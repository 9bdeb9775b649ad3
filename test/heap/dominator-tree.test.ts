import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, graphOf } from './parsing.ts';
import { analyseHeap } from '../../src/heap/heap-graph.ts';
import type { HeapGraph } from '../../src/heap/heap-graph.ts';

const names = ({ heap }: HeapGraph) => Array.from(heap.nodeNames, (name) => heap.strings.text(name));

/** By name, the name of the immediate dominator. */
function dominators(graph: HeapGraph): Record<string, string> {
  const { order, dominators: immediate } = graph.tree;
  const name = names(graph);
  return Object.fromEntries(
    Array.from(order, (node, number) => [name[node]!, name[order[immediate[number]!]!]!]).filter(
      ([, dominator], number) => number > 0 && dominator !== undefined,
    ),
  );
}

const retained = (graph: HeapGraph) =>
  Object.fromEntries(
    names(graph).map((name, node) => [name, graph.tree.retainedBytes[graph.tree.numbers[node]!]!]),
  );

/** What is no longer reached when one node is taken out: dominance by its definition. */
function reachedWithout(
  edges: readonly (readonly [number, number])[],
  count: number,
  removed: number,
): Set<number> {
  const reached = new Set<number>();
  const pending = removed === 0 ? [] : [0];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (reached.has(node) || node === removed) continue;
    reached.add(node);
    for (const [from, to] of edges) if (from === node && to < count) pending.push(to);
  }
  return reached;
}

describe('dominators', () => {
  it('lets an object retain what only it leads to', () => {
    const graph = graphOf(`
      root synthetic 0
      cache object 10
      a object 100
      b object 1000
      shared object 5
      root -property:x-> cache
      root -property:y-> shared
      cache -property:a-> a
      a -property:b-> b
      a -property:s-> shared
    `);
    expect(dominators(graph)).toEqual({ cache: 'root', a: 'cache', b: 'a', shared: 'root' });
    expect(retained(graph)).toEqual({ root: 1115, cache: 1110, a: 1100, b: 1000, shared: 5 });
  });

  it('agrees with their definition on any graph', () => {
    const size = 9;
    const edge = fc.tuple(fc.nat(size - 1), fc.nat(size - 1));
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 30 }), (anyEdges) => {
        // What nothing leads to is hung on the root by decree, and is another test's.
        const lonely = Array.from({ length: size }, (_, node) => node).filter(
          (node) => !reachedWithout(anyEdges, size, -1).has(node),
        );
        const edges = [...anyEdges, ...lonely.map((node) => [0, node] as const)];
        const nodes = Array.from(
          { length: size },
          (_, node) => `n${node} ${node === 0 ? 'synthetic' : 'object'} ${2 ** node}`,
        );
        const lines = edges.map(([from, to], index) => `n${from} -property:p${index}-> n${to}`);
        const graph = graphOf([...nodes, ...lines].join('\n'));
        const reached = reachedWithout(edges, size, -1);
        expect(graph.tree.reachable).toBe(size);
        for (const node of reached) {
          if (node === 0) continue;
          const left = reachedWithout(edges, size, node);
          const lost = [...reached].filter((other) => !left.has(other));
          // Each size is another power of two, so that the sum names the nodes.
          expect(retained(graph)[`n${node}`]).toBe(lost.reduce((sum, other) => sum + 2 ** other, 0));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('hangs what nothing leads to on the root', () => {
    const graph = graphOf(`
      root synthetic 0
      weakly object 1
      ring1 object 2
      ring2 object 4
      root -weak:w-> weakly
      ring1 -property:n-> ring2
      ring2 -property:n-> ring1
    `);
    expect(graph.tree.reachable).toBe(1);
    expect(dominators(graph)).toMatchObject({ weakly: 'root', ring1: 'root' });
    expect(retained(graph)['root']).toBe(7);
  });

  it('follows lists of a hundred thousand nodes without running out of stack', () => {
    const length = 100_000;
    const fields = '["type","name","id","self_size","edge_count","detachedness"]';
    const meta = `{"node_fields":${fields},"node_types":[["object"],"string","number","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["property"],"string_or_number","node"]}`;
    const nodes = Array.from(
      { length },
      (_, node) => `0,0,${node * 2 + 1},1,${node === length - 1 ? 0 : 1},0`,
    );
    const edges = Array.from({ length: length - 1 }, (_, node) => `0,0,${(node + 1) * 6}`);
    const graph = analyseHeap(
      columnsOf(
        `{"snapshot":{"meta":${meta},"node_count":${length},"edge_count":${length - 1}},"nodes":[${nodes.join()}],"edges":[${edges.join()}],"strings":["n"]}`,
      ),
    );
    expect(graph.tree.retainedBytes[0]).toBe(length);
    expect(graph.distances.distances[length - 1]).toBe(length - 1);
  });
});

describe('edges that do not keep anything alive', () => {
  const kept = (edges: string) =>
    retained(
      graphOf(`
        root synthetic 0
        global object 1
        outside object 2
        key object 4
        table object 8 @55
        value object 16 @73
        root -shortcut:global-> global
        ${edges}
      `),
    );

  it('are weak ones and shortcuts from anywhere but the root', () => {
    const sizes = kept(`
      global -property:k-> key
      global -weak:w-> value
      key -shortcut:s-> value
      global -property:o-> outside
      outside -property:v-> value
    `);
    expect(sizes).toMatchObject({ outside: 18, key: 4 });
  });

  it('are those from outside into what the program owns', () => {
    const sizes = kept(`
      root -element:1-> outside
      outside -property:v-> value
      global -property:k-> key
      key -property:v-> value
    `);
    expect(sizes).toMatchObject({ key: 20, outside: 2 });
  });

  it('are those of a WeakMap to its values, which the keys hold', () => {
    const pair = '2 / part of key (Key @9) -> value (Value @73) pair in WeakMap (table @55)';
    const sizes = kept(`
      global -property:k-> key
      global -property:t-> table
      key -internal:${pair}-> value
      table -internal:${pair}-> value
    `);
    expect(sizes).toMatchObject({ key: 20, table: 8 });
  });
});
