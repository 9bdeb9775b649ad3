/**
 * The value of a WeakMap entry is held by the table and the key together, and V8 writes an edge from each, told
 * apart only by their name:
 *
 *   '2 / part of key (User @71) -> value (Session @73) pair in WeakMap (table @55)'
 *
 * DevTools lets the edge from the key count for dominators, and the second of the two for distances.
 */
import type { StringTable } from './string-table.ts';

const PAIR =
  /^\d+(?<pair> \/ part of key \(.*? @\d+\) -> value \(.*? @\d+\) pair in WeakMap \(table @(?<table>\d+)\))$/;

export interface WeakMapEdges {
  /** By string index: 1 when the string names such an edge. */
  readonly isPair: Uint8Array;
  /** By string index: the object id of the table. */
  readonly tables: ReadonlyMap<number, number>;
  /** By string index: the part of the name that both edges of a pair have in common. */
  readonly pairs: ReadonlyMap<number, string>;
}

export function findWeakMapEdges(strings: StringTable): WeakMapEdges {
  const isPair = new Uint8Array(strings.count);
  const tables = new Map<number, number>();
  const pairs = new Map<number, string>();
  for (const index of strings.indexesContaining(' pair in WeakMap (table @')) {
    const match = PAIR.exec(strings.text(index))?.groups;
    if (match === undefined) continue;
    isPair[index] = 1;
    tables.set(index, Number(match['table']));
    pairs.set(index, match['pair']!);
  }
  return { isPair, tables, pairs };
}
