import { describe, expect, it } from 'vitest';
import { formatHeapComparison, formatHeapSummary } from '../../src/exports/heap-text.ts';
import { keepBaseline } from '../../src/heap/heap-baseline.ts';
import { compareHeaps } from '../../src/heap/heap-comparison.ts';
import { summariseHeap } from '../../src/heap/heap-questions.ts';
import type { HeapComparison } from '../../src/model/heap-snapshot.ts';
import { graphOf } from './parsing.ts';

const BASE = `
  (root) synthetic 0
  global / object 16
  Tracker object 24
  Map object 32
  table array 512
  (root) -shortcut:global-> global /
  global / -property:tracker-> Tracker
  Tracker -property:pending-> Map
  Map -internal:table-> table
`;

/** Objects with ids from `firstId` on, as entries of the Map. */
const entries = (count: number, firstId: number, name = 'Request') =>
  Array.from({ length: count }, (_, index) => firstId + index * 2)
    .map((id) => `\n${name}#${id} object 100 @${id}\ntable -internal:${id}-> ${name}#${id}\n`)
    .join('');

const compare = (before: string, after: string): HeapComparison =>
  compareHeaps(keepBaseline(graphOf(before)), graphOf(after));

describe('comparing two heaps', () => {
  it('blames the old object that holds what is new', () => {
    const comparison = compare(BASE + entries(5, 101), BASE + entries(5, 101) + entries(50, 1001));
    expect(comparison).toMatchObject({
      matchedBy: 'ids',
      newObjects: 50,
      newBytes: 5000,
      holders: [{ object: { name: 'Map' }, grownBytes: 5000, newObjects: 50 }],
    });
    expect(comparison.holders[0]!.path.map(({ object, name }) => `${object.name}.${name}`)).toEqual([
      'globalThis.tracker',
      'Tracker.pending',
    ]);
    expect(comparison.constructors[0]).toEqual({
      name: 'Request',
      newInstances: 50,
      goneInstances: 0,
      instances: 55,
      shallowDeltaBytes: 5000,
    });
    expect(formatHeapComparison(comparison).split('\n')[0]).toBe(
      '+4.9K held by Map at globalThis.tracker.pending: 50 x Request',
    );
  });

  it('blames nothing where what is new replaces what is gone', () => {
    const comparison = compare(BASE + entries(50, 101), BASE + entries(50, 1001));
    expect(comparison).toMatchObject({ newObjects: 50, holders: [] });
    expect(comparison.constructors[0]).toMatchObject({
      newInstances: 50,
      goneInstances: 50,
      shallowDeltaBytes: 0,
    });
    expect(formatHeapComparison(comparison)).toMatch(/^nothing grew/);
  });

  it('sees through a table that was replaced by a larger one', () => {
    const larger = BASE.replace('table array 512', 'table array 4096 @777');
    const comparison = compare(BASE + entries(5, 101), larger + entries(5, 101) + entries(50, 1001));
    expect(comparison.holders[0]).toMatchObject({
      object: { name: 'Map' },
      holds: [{ constructor: 'Request', objects: 50 }],
    });
  });

  it('charges a linked list to the one who holds the list', () => {
    const list = (length: number) =>
      Array.from({ length }, (_, index) => {
        const holder = index === 0 ? 'Tracker -property:timers' : `Timer#${index - 1} -property:next`;
        return `Timer#${index} object 200 @${2001 + index * 2}\n${holder}-> Timer#${index}`;
      }).join('\n');
    const comparison = compare(BASE + list(10), BASE + list(200));
    expect(comparison.holders).toMatchObject([{ object: { name: 'Tracker' }, grownBytes: 190 * 200 }]);
    expect(comparison.holders[0]!.holds[0]!.via[0]).toMatchObject({ edge: 'property', name: 'timers' });
  });

  it('matches by what holds them when the ids are of another series', () => {
    const renumbered = (text: string) =>
      text.replaceAll(/@(\d+)/g, (_, id: string) => `@${Number(id) + 50_000}`);
    const before = BASE + entries(300, 10_001);
    const after =
      BASE + renumbered(entries(300, 10_001)) + entries(100, 90_001) + entries(60, 10_001, 'Other');
    const comparison = compare(before, after);
    expect(comparison.matchedBy).toBe('paths');
    expect(comparison.holders[0]).toMatchObject({
      object: { name: 'Map' },
      newObjects: 160,
      grownBytes: 16_000,
    });
  });
});

describe('the overview of a heap', () => {
  it('lists what retains the most, constructors, and strings that are there twice', () => {
    const text = summariseHeap(
      graphOf(`${BASE}${entries(40, 101)}
        again and again#1 string 64
        again and again#2 string 64
        lost object 9
        table -internal:1-> again and again#1
        table -internal:2-> again and again#2`),
    );
    expect(text.retainers[0]).toMatchObject({ name: 'Map', retainedBytes: 32 + 512 + 4000 + 128 });
    expect(text.duplicateStrings).toEqual([
      { text: 'again and again', copies: 2, shallowBytes: 128, wastedBytes: 64 },
    ]);
    expect(text.unreachable).toEqual({ objects: 1, shallowBytes: 9 });
    const printed = formatHeapSummary(text, 'a.heapsnapshot');
    expect(printed).toContain('Map at globalThis.tracker.pending');
    expect(printed).toMatch(/Request +40 +3\.9K +3\.9K/);
    expect(printed).toContain('64B  2 x "again and again"');
  });

  it('prints no escape sequence that a service put into a name', () => {
    const summary = summariseHeap(
      graphOf(`${BASE}evil\u001b[2J object 5000\nTracker -property:e\u001b]0;x\u0007-> evil\u001b[2J`),
    );
    // oxlint-disable-next-line no-control-regex
    expect(formatHeapSummary(summary, 'a')).not.toMatch(/[\u001b\u0007]/);
    expect(JSON.stringify(summary)).not.toContain('\\u001b');
  });
});
