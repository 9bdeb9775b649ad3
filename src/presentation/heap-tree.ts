/** The dominator tree as rows: who goes with whom. Branches that are open show what they alone keep alive. */
import type { HeapObject } from '../model/heap-snapshot.ts';

export interface HeapTreeRow {
  readonly object: HeapObject;
  readonly depth: number;
  /** `waiting`: open, and its members were asked for. */
  readonly state: 'open' | 'closed' | 'leaf' | 'waiting';
}

/** What is known of the tree: the members of every object that was opened, and which are open now. */
export interface HeapTree {
  readonly members: ReadonlyMap<number, readonly HeapObject[]>;
  readonly open: ReadonlySet<number>;
}

/** The rows below an object, depth first. Nothing is below one that is not known yet. */
export function selectTreeRows(root: number, tree: HeapTree): readonly HeapTreeRow[] {
  const rows: HeapTreeRow[] = [];
  // No recursion: a linked list is as deep as it is long.
  const pending = levelOf(root, 0, tree);
  for (let row = pending.pop(); row !== undefined; row = pending.pop()) {
    rows.push(row);
    if (row.state === 'open') pending.push(...levelOf(row.object.id, row.depth + 1, tree));
  }
  return rows;
}

/** The last first, so that it can be taken from the end. */
function levelOf(id: number, depth: number, tree: HeapTree): HeapTreeRow[] {
  return (tree.members.get(id) ?? [])
    .map((object) => ({ object, depth, state: stateOf(object, tree) }))
    .toReversed();
}

function stateOf(object: HeapObject, { members, open }: HeapTree): HeapTreeRow['state'] {
  const known = members.get(object.id);
  const keepsNothing = object.retainedBytes <= object.shallowBytes || known?.length === 0;
  if (keepsNothing) return 'leaf';
  if (!open.has(object.id)) return 'closed';
  return known ? 'open' : 'waiting';
}
