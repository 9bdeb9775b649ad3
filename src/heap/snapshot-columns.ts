/**
 * A snapshot as columns: node `i` has its type in `nodeTypes[i]`, its name in `nodeNames[i]`, and its edges are
 * `firstEdges[i]` up to `firstEdges[i + 1]`. Twenty-two bytes a node and nine an edge, whatever the size of the
 * JSON, and the loops over them touch nothing else.
 *
 *   node 3 'Map' --internal 'table'--> node 7:  edgeTypes[e] = internal, edgeNames[e] = index of 'table', edgeTargets[e] = 7
 */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { sharedColumn } from './shared-column.ts';
import { tooLarge } from './snapshot-layout.ts';
import type { SnapshotLayout } from './snapshot-layout.ts';
import type { StringTable } from './string-table.ts';

export interface RecordColumns {
  /** Index into `layout.nodeTypes`. */
  readonly nodeTypes: Uint8Array;
  /** Index into the string table. */
  readonly nodeNames: Uint32Array;
  /** V8's object ids: the same for the life of the object, over several snapshots. */
  readonly nodeIds: Uint32Array;
  /** Bytes; doubles because one external buffer may pass 4 GiB. */
  readonly shallowBytes: Float64Array;
  readonly detachedness: Uint8Array;
  /** One more than there are nodes. */
  readonly firstEdges: Uint32Array;
  /** Index into `layout.edgeTypes`. */
  readonly edgeTypes: Uint8Array;
  /** Index into the string table, or the number itself for element and hidden edges. */
  readonly edgeNames: Uint32Array;
  /** Number of the node that the edge leads to. */
  readonly edgeTargets: Uint32Array;
}

/** Where a closure, or the constructor of an object, stands in its script. Sorted as V8 wrote them. */
export interface LocationColumns {
  readonly nodes: Uint32Array;
  readonly scripts: Uint32Array;
  /** From 0, as V8 counts. */
  readonly lines: Uint32Array;
  readonly columns: Uint32Array;
}

export interface HeapColumns extends RecordColumns {
  readonly layout: SnapshotLayout;
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly strings: StringTable;
  readonly locations: LocationColumns;
  /** Length of the JSON. */
  readonly jsonBytes: number;
}

/**
 * Makes the columns, exactly as long as the header says; memory is taken as they are filled. Shared, so that two
 * threads can work on them.
 */
export function allocateColumns(layout: SnapshotLayout): Result<RecordColumns, CodedError> {
  const { nodeCount, edgeCount } = layout;
  try {
    return ok({
      nodeTypes: new Uint8Array(new SharedArrayBuffer(nodeCount)),
      nodeNames: sharedColumn(nodeCount),
      nodeIds: sharedColumn(nodeCount),
      shallowBytes: new Float64Array(new SharedArrayBuffer(nodeCount * 8)),
      detachedness: new Uint8Array(new SharedArrayBuffer(nodeCount)),
      firstEdges: sharedColumn(nodeCount + 1),
      edgeTypes: new Uint8Array(new SharedArrayBuffer(edgeCount)),
      edgeNames: sharedColumn(edgeCount),
      edgeTargets: sharedColumn(edgeCount),
    });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return fail(tooLarge(nodeCount, edgeCount, 'this machine cannot give that much memory'));
  }
}
