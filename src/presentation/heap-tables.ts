/**
 * The lists of the heap explorer: what stands in each column, in which order, and what a row is about. Sizes and
 * counts come formatted; how wide a column is drawn is the screen's business.
 */
import type {
  ConstructorGrowth,
  DuplicateString,
  GrowthHolder,
  HeapConstructor,
  HeapObject,
} from '../model/heap-snapshot.ts';
import { formatBytes, formatCount, formatPercent, formatPlace } from './format.ts';
import { formatConstructor, formatHeldAt, formatObjectName } from './heap-path.ts';
import type { HeapTreeRow } from './heap-tree.ts';

/** What a row is about: the detail beside the list explains it. */
export type HeapSubject =
  | { readonly kind: 'object'; readonly object: HeapObject }
  | { readonly kind: 'constructor'; readonly constructor: HeapConstructor }
  | { readonly kind: 'holder'; readonly holder: GrowthHolder }
  | { readonly kind: 'change'; readonly change: ConstructorGrowth }
  | { readonly kind: 'string'; readonly string: DuplicateString };

export interface HeapRow {
  /** The first is text, the others are figures. */
  readonly cells: readonly [string, ...string[]];
  /** What the first cell says in a quieter voice after it. */
  readonly aside?: string;
  /** Of the whole heap or growth, 0 to 1. */
  readonly share: number;
  readonly subject: HeapSubject;
  /** Where the row stands in a tree. */
  readonly branch?: Pick<HeapTreeRow, 'depth' | 'state'>;
}

export interface HeapTable {
  readonly columns: readonly [string, ...string[]];
  readonly rows: readonly HeapRow[];
  /** By which column the rows are ordered. */
  readonly sortedBy: string;
  /** Columns of text that the first cell and what is beside it should have before anything is drawn. */
  readonly nameColumns: number;
}

type Sorts<T> = readonly (readonly [column: string, compare: (a: T, b: T) => number])[];

/** A class; an object and where its function is written; a holder and its path. */
const CLASS_NAME = 24;
const OBJECT_NAME = 30;
const HOLDER_NAME = 60;

const CONSTRUCTOR_SORTS: Sorts<HeapConstructor> = [
  ['retained', (a, b) => b.retainedBytes - a.retainedBytes],
  ['own', (a, b) => b.shallowBytes - a.shallowBytes],
  ['count', (a, b) => b.instances - a.instances],
  ['constructor', (a, b) => a.name.localeCompare(b.name)],
];

const OBJECT_SORTS: Sorts<HeapObject> = [
  ['retained', (a, b) => b.retainedBytes - a.retainedBytes],
  ['own', (a, b) => b.shallowBytes - a.shallowBytes],
  ['object', (a, b) => a.name.localeCompare(b.name)],
];

const CHANGE_SORTS: Sorts<ConstructorGrowth> = [
  ['change', (a, b) => b.shallowDeltaBytes - a.shallowDeltaBytes],
  ['new', (a, b) => b.newInstances - a.newInstances],
  ['constructor', (a, b) => a.name.localeCompare(b.name)],
];

/** @param sort how often the order was changed: it goes round the columns */
export function constructorTable(
  constructors: readonly HeapConstructor[],
  { heapBytes, filter, sort }: { readonly heapBytes: number; readonly filter: string; readonly sort: number },
): HeapTable {
  const [sortedBy, compare] = pick(CONSTRUCTOR_SORTS, sort);
  return {
    columns: ['constructor', 'count', 'own', 'retained'],
    sortedBy,
    nameColumns: CLASS_NAME,
    rows: constructors
      .filter(({ name, place }) => matches(`${name} ${place ?? ''}`, filter))
      .toSorted(compare)
      .map((constructor) => ({
        cells: [
          formatConstructor(constructor.name),
          formatCount(constructor.instances),
          formatBytes(constructor.shallowBytes),
          formatBytes(constructor.retainedBytes),
        ],
        ...(constructor.place === null ? {} : { aside: shortPlace(constructor.place) }),
        share: shareOf(constructor.retainedBytes, heapBytes),
        subject: { kind: 'constructor', constructor },
      })),
  };
}

export function objectTable(
  objects: readonly HeapObject[],
  { heapBytes, filter, sort }: { readonly heapBytes: number; readonly filter: string; readonly sort: number },
): HeapTable {
  const [sortedBy, compare] = pick(OBJECT_SORTS, sort);
  return {
    columns: ['object', 'own', 'retained', 'of heap'],
    sortedBy,
    nameColumns: OBJECT_NAME,
    rows: objects
      .filter(({ name, constructor }) => matches(`${name} ${constructor}`, filter))
      .toSorted(compare)
      .map((object) => objectRow(object, heapBytes)),
  };
}

export function treeTable(rows: readonly HeapTreeRow[], heapBytes: number): HeapTable {
  return {
    columns: ['object', 'own', 'retained', 'of heap'],
    sortedBy: 'retained',
    nameColumns: OBJECT_NAME,
    rows: rows.map(({ object, depth, state }) => ({
      ...objectRow(object, heapBytes),
      branch: { depth, state },
    })),
  };
}

/** What holds what is new and alive, the biggest retainers first. */
export function growthTable(holders: readonly GrowthHolder[], filter: string): HeapTable {
  const grownBytes = holders.reduce((sum, holder) => sum + Math.max(0, holder.grownBytes), 0);
  return {
    columns: ['held by', 'new', 'growth'],
    sortedBy: 'growth',
    nameColumns: HOLDER_NAME,
    rows: holders
      .map((holder): HeapRow => {
        const [first] = holder.holds;
        return {
          cells: [
            first
              ? `${formatCount(first.objects)} x ${formatConstructor(first.constructor)}`
              : formatObjectName(holder.object),
            formatCount(holder.newObjects),
            signed(holder.grownBytes),
          ],
          aside: `in ${formatHeldAt(holder.object, holder.path)}`,
          share: shareOf(holder.grownBytes, grownBytes),
          subject: { kind: 'holder', holder },
        };
      })
      .filter(({ cells, aside }) => matches(`${cells[0]} ${aside}`, filter)),
  };
}

export function changeTable(
  changes: readonly ConstructorGrowth[],
  { filter, sort }: { readonly filter: string; readonly sort: number },
): HeapTable {
  const [sortedBy, compare] = pick(CHANGE_SORTS, sort);
  const most = Math.max(0, ...changes.map(({ shallowDeltaBytes }) => shallowDeltaBytes));
  return {
    columns: ['constructor', 'new', 'gone', 'now', 'change'],
    sortedBy,
    nameColumns: CLASS_NAME,
    rows: changes
      .filter(({ name }) => matches(name, filter))
      .toSorted(compare)
      .map((change) => ({
        cells: [
          formatConstructor(change.name),
          formatCount(change.newInstances),
          formatCount(change.goneInstances),
          formatCount(change.instances),
          signed(change.shallowDeltaBytes),
        ],
        share: shareOf(change.shallowDeltaBytes, most),
        subject: { kind: 'change', change },
      })),
  };
}

export function stringTable(strings: readonly DuplicateString[], filter: string): HeapTable {
  const wastedBytes = strings.reduce((sum, string) => sum + string.wastedBytes, 0);
  return {
    columns: ['text', 'copies', 'wasted'],
    sortedBy: 'wasted',
    nameColumns: OBJECT_NAME,
    rows: strings
      .filter(({ text }) => matches(text, filter))
      .map((string) => ({
        cells: [JSON.stringify(string.text), formatCount(string.copies), formatBytes(string.wastedBytes)],
        share: shareOf(string.wastedBytes, wastedBytes),
        subject: { kind: 'string', string },
      })),
  };
}

function objectRow(object: HeapObject, heapBytes: number): HeapRow {
  const share = shareOf(object.retainedBytes, heapBytes);
  const name = formatObjectName(object);
  const aside = name === object.constructor ? `@${object.id}` : `${object.constructor} @${object.id}`;
  return {
    cells: [name, formatBytes(object.shallowBytes), formatBytes(object.retainedBytes), formatPercent(share)],
    aside,
    share,
    subject: { kind: 'object', object },
  };
}

function pick<T>(sorts: Sorts<T>, sort: number): Sorts<T>[number] {
  return sorts[sort % sorts.length] as Sorts<T>[number];
}

function matches(text: string, filter: string): boolean {
  return text.toLowerCase().includes(filter.toLowerCase());
}

/** `/srv/app/cache.js:12` as `app/cache.js:12`. */
function shortPlace(place: string): string {
  const colon = place.lastIndexOf(':');
  return formatPlace({ file: place.slice(0, colon), line: Number(place.slice(colon + 1)) });
}

const shareOf = (bytes: number, of: number): number => (of > 0 ? Math.max(0, bytes / of) : 0);
const signed = (bytes: number): string => `${bytes > 0 ? '+' : ''}${formatBytes(bytes)}`;
