/**
 * The two loops that take in nine tenths of a snapshot. Each reads whole records as long as they are what V8 writes
 * and far enough from the end of the chunk, and stops in front of the first that is not; `SnapshotParser` gives
 * that one to the careful reader.
 */
import { cursor, readNumber, SHORT_NUMBER_BYTES, skipSeparators } from './number-reader.ts';
import type { RecordColumns } from './snapshot-columns.ts';
import type { SnapshotLayout } from './snapshot-layout.ts';

/** How far the columns are filled. */
export interface FillState {
  nodes: number;
  edges: number;
  /** Sum of the edge counts of the nodes so far: where the next node's edges begin. */
  promisedEdges: number;
}

/** White space and the comma between two records; V8 writes at most two bytes. */
const GAP_BYTES = 16;

/**
 * Whether `readNodes` knows this order of fields: the one of every V8 so far, with or without the allocation trace.
 * Any other is read by the careful reader alone: right, and about eight times slower.
 */
export function isUsualNodeOrder({ nodeFields: fields, nodeFieldCount }: SnapshotLayout): boolean {
  const first = [fields.type, fields.name, fields.id, fields.selfSize, fields.edgeCount];
  const trace = fields.traceNodeId === -1 || fields.traceNodeId === 5;
  return (
    first.every((at, position) => at === position) &&
    trace &&
    fields.detachedness === nodeFieldCount - 1 &&
    nodeFieldCount === (fields.traceNodeId === -1 ? 6 : 7)
  );
}

/** Reads node records from the cursor on. */
export function readNodes(
  bytes: Uint8Array,
  end: number,
  columns: RecordColumns,
  layout: SnapshotLayout,
  state: FillState,
): void {
  const { nodeTypes, nodeNames, nodeIds, shallowBytes, firstEdges, detachedness } = columns;
  const traced = layout.nodeFields.traceNodeId !== -1;
  const safeEnd = end - layout.nodeFieldCount * SHORT_NUMBER_BYTES - GAP_BYTES;
  const count = layout.nodeCount;
  let node = state.nodes;
  let promisedEdges = state.promisedEdges;
  while (cursor.position < safeEnd && node < count) {
    const start = cursor.position;
    skipSeparators(bytes);
    const type = readNumber(bytes);
    const name = readNumber(bytes);
    const id = readNumber(bytes);
    const size = readNumber(bytes);
    const edges = readNumber(bytes);
    const trace = traced ? readNumber(bytes) : 0;
    const detached = readNumber(bytes);
    if ((type | name | id | size | edges | trace | detached) < 0 || cursor.position > end) {
      cursor.position = start;
      break;
    }
    nodeTypes[node] = type;
    nodeNames[node] = name;
    nodeIds[node] = id;
    shallowBytes[node] = size;
    firstEdges[node] = promisedEdges;
    detachedness[node] = detached;
    promisedEdges += edges;
    node++;
  }
  state.nodes = node;
  state.promisedEdges = promisedEdges;
}

/** Reads edge records from the cursor on. A target is written as an offset into the node fields. */
export function readEdges(
  bytes: Uint8Array,
  end: number,
  columns: RecordColumns,
  layout: SnapshotLayout,
  state: FillState,
): void {
  const { edgeTypes, edgeNames, edgeTargets } = columns;
  const safeEnd = end - 3 * SHORT_NUMBER_BYTES - GAP_BYTES;
  const count = layout.edgeCount;
  const { nodeCount, nodeFieldCount } = layout;
  let edge = state.edges;
  while (cursor.position < safeEnd && edge < count) {
    const start = cursor.position;
    skipSeparators(bytes);
    const type = readNumber(bytes);
    const name = readNumber(bytes);
    const offset = readNumber(bytes);
    const target = (offset / nodeFieldCount) >>> 0;
    if ((type | name | offset) < 0 || target >= nodeCount || cursor.position > end) {
      cursor.position = start;
      break;
    }
    edgeTypes[edge] = type;
    edgeNames[edge] = name;
    edgeTargets[edge] = target;
    edge++;
  }
  state.edges = edge;
}
