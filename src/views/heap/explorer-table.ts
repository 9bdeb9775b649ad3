/** The list of the place that is shown, its selected row, and what has to be asked so that it can be shown whole. */
import type { HeapRequest } from '../../heap/heap-messages.ts';
import type { HeapObject } from '../../model/heap-snapshot.ts';
import {
  changeTable,
  constructorTable,
  growthTable,
  objectTable,
  stringTable,
  treeTable,
  type HeapRow,
  type HeapTable,
} from '../../presentation/heap-tables.ts';
import { selectTreeRows } from '../../presentation/heap-tree.ts';
import { assertNever } from '../../shared/result.ts';
import { clampRow } from '../drawing/list-window.ts';
import { placeKey, placeOf, type Explorer, type Place } from './explorer-state.ts';

/** More rows than anybody scrolls through; what comes after them has no weight. */
const MOST_OBJECTS = 200;
/** V8 numbers its objects by odd ids from this one, the root that everything hangs on. */
const ROOT_ID = 1;

/** What can be asked about a heap that is read. */
export type HeapQuestion = Extract<
  HeapRequest,
  { readonly kind: 'instances' | 'search' | 'dominated' | 'path' }
>;

/** Null while what it shows is not there yet. */
export function selectTable({ data, ui }: Explorer): HeapTable | null {
  const { summary, comparison } = data;
  if (summary === null) return null;
  const place = placeOf(ui);
  const shown = { heapBytes: summary.shallowBytes, filter: ui.filter, sort: ui.sorts[place.kind] ?? 0 };
  switch (place.kind) {
    case 'growth':
      return comparison && growthTable(comparison.holders, ui.filter);
    case 'changes':
      return comparison && changeTable(comparison.constructors, shown);
    case 'biggest':
      return objectTable(summary.retainers, shown);
    case 'constructors':
      return constructorTable(summary.constructors, shown);
    case 'strings':
      return stringTable(summary.duplicateStrings, ui.filter);
    case 'instances':
    case 'found': {
      const objects = data.lists.get(placeKey(place));
      return objects ? objectTable(objects, shown) : null;
    }
    case 'dominators':
    case 'tree': {
      const root = rootOf(place);
      const tree = { members: data.members, open: ui.open };
      return data.members.has(root) ? treeTable(selectTreeRows(root, tree), shown.heapBytes) : null;
    }
    default:
      return assertNever(place);
  }
}

export function selectedRow({ ui }: Explorer, table: HeapTable | null): HeapRow | null {
  const rows = table?.rows ?? [];
  return rows[clampRow(ui.selected.get(placeKey(placeOf(ui))) ?? 0, rows.length)] ?? null;
}

/** The object that a row stands for, where it stands for one. */
export function objectOf(row: HeapRow | null): HeapObject | null {
  switch (row?.subject.kind) {
    case 'object':
      return row.subject.object;
    case 'holder':
      return row.subject.holder.object;
    default:
      return null;
  }
}

/** What to ask next, the list before its details; null when nothing is missing. One question at a time is open. */
export function selectQuestion(explorer: Explorer): HeapQuestion | null {
  const { data, ui } = explorer;
  if (data.summary === null) return null;
  const place = placeOf(ui);
  const limit = MOST_OBJECTS;
  if (place.kind === 'instances' && !data.lists.has(placeKey(place)))
    return { kind: 'instances', key: place.constructor.key, limit };
  if (place.kind === 'found' && !data.lists.has(placeKey(place)))
    return { kind: 'search', text: place.text, limit };
  if (isTree(place) && !data.members.has(rootOf(place)))
    return { kind: 'dominated', id: rootOf(place), limit };
  const table = selectTable(explorer);
  const waiting = table?.rows.find(({ branch }) => branch?.state === 'waiting');
  if (waiting?.subject.kind === 'object') return { kind: 'dominated', id: waiting.subject.object.id, limit };
  const object = objectOf(selectedRow(explorer, table));
  return object && !data.paths.has(object.id) ? { kind: 'path', id: object.id } : null;
}

function isTree({ kind }: Place): boolean {
  return kind === 'dominators' || kind === 'tree';
}

function rootOf(place: Place): number {
  return place.kind === 'tree' ? place.root.id : ROOT_ID;
}
