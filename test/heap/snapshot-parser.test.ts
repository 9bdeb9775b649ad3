import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { SnapshotParser } from '../../src/heap/snapshot-parser.ts';
import type { HeapColumns } from '../../src/heap/snapshot-columns.ts';
import { columnsOf, parse } from './parsing.ts';
import { snapshotJson } from './snapshot-text.ts';
import { workerSnapshot } from './worker-snapshot.ts';

const SMALL = `
  (root) synthetic 0
  global object 16
  Map object 32 @4711
  say "hi"\\ string 48
  (root) -shortcut:global-> global
  global -property:cache-> Map
  Map -element:12-> say "hi"\\
`;

interface RawSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[] };
    readonly node_count: number;
  };
  nodes: number[];
  edges: number[];
  locations: number[];
  strings: string[];
}

/** Where a column is not what the flat records say; -1 when it is. */
function firstDifference(
  column: ArrayLike<number>,
  records: readonly number[],
  recordLength: number,
  offset: number,
): number {
  if (column.length !== records.length / recordLength) return column.length;
  for (let index = 0; index < column.length; index++) {
    if (column[index] !== records[index * recordLength + offset]) return index;
  }
  return -1;
}

/** Everything a snapshot holds, as JSON.parse sees it and as the columns say it. */
function expectSameAsJson(heap: HeapColumns, json: string): void {
  const raw = JSON.parse(json) as RawSnapshot;
  const fields = raw.snapshot.meta.node_fields;
  const node = (name: string) => [raw.nodes, fields.length, fields.indexOf(name)] as const;
  expect(firstDifference(heap.nodeTypes, ...node('type'))).toBe(-1);
  expect(firstDifference(heap.nodeNames, ...node('name'))).toBe(-1);
  expect(firstDifference(heap.nodeIds, ...node('id'))).toBe(-1);
  expect(firstDifference(heap.shallowBytes, ...node('self_size'))).toBe(-1);
  expect(firstDifference(heap.detachedness, ...node('detachedness'))).toBe(-1);
  expect(firstDifference(heap.edgeTypes, raw.edges, 3, 0)).toBe(-1);
  expect(firstDifference(heap.edgeNames, raw.edges, 3, 1)).toBe(-1);
  expect(
    firstDifference(
      heap.edgeTargets.map((target) => target * fields.length),
      raw.edges,
      3,
      2,
    ),
  ).toBe(-1);
  expect(heap.firstEdges[heap.nodeCount]).toBe(heap.edgeCount);
  expect(firstDifference(heap.locations.lines, raw.locations, 4, 2)).toBe(-1);
  expect(raw.strings.findIndex((text, index) => heap.strings.text(index) !== text)).toBe(-1);
  expect(heap.strings.count).toBe(raw.strings.length);
}

describe('a snapshot that V8 wrote', () => {
  let json = '';
  beforeAll(async () => {
    json = (await workerSnapshot()).toString();
  });

  it('is read as JSON.parse reads it', () => {
    expectSameAsJson(columnsOf(json), json);
  });

  it.each([97, 1009, 65_537])('is read alike in pieces of %i bytes', (pieceBytes) => {
    expectSameAsJson(columnsOf(json, pieceBytes), json);
  });

  it('is refused with the place where it was cut off', () => {
    for (const share of [0.1, 0.5, 0.7, 0.99]) {
      const length = Math.floor(json.length * share);
      const parsed = parse(json.slice(0, length));
      expect(parsed).toMatchObject({ ok: false, error: { code: 'snapshot-broken', exitCode: 2 } });
      expect(!parsed.ok && parsed.error.message).toContain(`(byte ${length})`);
    }
  });
});

describe('the parser', () => {
  const json = snapshotJson(SMALL);

  it('takes a chunk border at every byte', () => {
    for (let cut = 1; cut < json.length; cut++) {
      const parser = new SnapshotParser();
      parser.write(Buffer.from(json.slice(0, cut)));
      parser.write(Buffer.from(json.slice(cut)));
      const parsed = parser.end();
      if (!parsed.ok) throw new Error(`cut at ${cut}: ${parsed.error.message}`);
      expectSameAsJson(parsed.value, json);
    }
  });

  it('reads any cuts, white space and sizes alike', () => {
    const sizes = fc.array(fc.maxSafeInteger().map(Math.abs), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        sizes,
        fc.nat(),
        fc.nat(3),
        fc.integer({ min: 1, max: 200 }),
        (bytes, id, indent, piece) => {
          const lines = bytes.map((size, index) => `n${index} object ${size} @${(id % 2 ** 31) + index}`);
          const edges = bytes.map((_, index) => `n0 -element:${id}-> n${index}`);
          const text = JSON.stringify(
            JSON.parse(snapshotJson([...lines, ...edges].join('\n'))),
            null,
            indent,
          );
          expectSameAsJson(columnsOf(text, piece), text);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    ['Node 18 to 22', ['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id', 'detachedness']],
    ['Node 24 and later', ['type', 'name', 'id', 'self_size', 'edge_count', 'detachedness']],
    [
      'a V8 that is yet to come',
      ['id', 'type', 'self_size', 'new_field', 'name', 'edge_count', 'detachedness'],
    ],
  ])('goes by the order of fields that the snapshot names: %s', (_, nodeFields) => {
    const many = Array.from({ length: 50 }, (_unused, index) => `extra${index} object ${index}`).join('\n');
    const text = snapshotJson(`${SMALL}\n${many}`, { nodeFields }).replaceAll(',,', ',0,');
    expectSameAsJson(columnsOf(text), text);
  });

  it('skips sections it does not know, whatever brackets their strings hold', () => {
    const odd = json.replace('"trace_tree":[]', '"later":{"a":["]}\\"[",{"b":[1]}]}');
    expectSameAsJson(columnsOf(odd, 7), odd);
  });

  it('reads files that another tool saved as UTF-8', () => {
    const text = json.replace('"<dummy>"', '"漢字 é"');
    expect(columnsOf(text, 3).strings.text(0)).toBe('漢字 é');
  });

  it.each([
    ['not a snapshot at all', '{"hello":"world"}', 'it ends in its header (byte 17)'],
    ['a header that is not JSON', '{"snapshot":{oops},"nodes":[', 'its header is not JSON (byte 0)'],
    [
      'a letter among the nodes',
      json.replace('"nodes":[9,', '"nodes":[9x,'),
      'a node is not made of numbers',
    ],
    ['a minus among the edges', json.replace('"edges":[', '"edges":[-'), 'an edge is not made of numbers'],
    ['a number lost', json.replace('"nodes":[9,', '"nodes":['), 'a node is not made of numbers'],
    [
      'a node too few',
      json.replace('"node_count":4', '"node_count":5'),
      'it has 4 nodes where its header says 5',
    ],
    ['an edge too many', json.replace('"edge_count":3', '"edge_count":2'), 'its nodes have 3 edges'],
    [
      'an edge to nowhere',
      json.replace(/"edges":\[5,(\d+),\d+/, '"edges":[5,$1,6000'),
      'an edge leads to no node',
    ],
    ['commas for numbers', json.replace('"nodes":[9,', '"nodes":[9,,'), 'a node is not made of numbers'],
  ])('says what is wrong with %s', (_, broken, message) => {
    for (const pieceBytes of [1 << 17, 5]) {
      const parsed = parse(broken, pieceBytes);
      expect(parsed).toMatchObject({ ok: false, error: { code: 'snapshot-broken' } });
      expect(!parsed.ok && parsed.error.message).toContain(message);
    }
  });

  it('names the byte at which a number breaks off', () => {
    const at = json.indexOf('"edges":[') + 9;
    const parsed = parse(`${json.slice(0, at)}?${json.slice(at + 1)}`);
    expect(!parsed.ok && parsed.error.message).toContain(`(byte ${at})`);
  });

  it('survives a number without end', () => {
    const parsed = parse(json.replace('"nodes":[9,', `"nodes":[${'9'.repeat(100_000)}`), 4096);
    expect(parsed.ok).toBe(false);
  });

  it('refuses more nodes or edges than it can number, and says so', () => {
    const parsed = parse(json.replace('"edge_count":3', `"edge_count":${2 ** 30}`));
    expect(parsed).toMatchObject({ ok: false, error: { code: 'snapshot-too-large' } });
  });
});
