/**
 * The two loops that take in nine tenths of a snapshot. Each reads whole records as long as they are what V8 writes
 * and far enough from the end of the chunk, and stops in front of the first that is not; `SnapshotParser` gives
 * that one to the careful reader.
 */
import { COMMA, cursor, SHORT_DIGITS, SHORT_NUMBER_BYTES, SPACE, ZERO } from './number-reader.ts';
import type { RecordColumns } from './snapshot-columns.ts';
import type { SnapshotLayout } from './snapshot-layout.ts';

/** How far the columns are filled. */
export interface FillState {
  nodes: number;
  edges: number;
  /** Where the first edge read goes, and how far from each the next: see `SnapshotParser.amongEdges`. */
  readonly firstEdge: number;
  readonly edgeStep: 1 | -1;
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

/** The record that was read last. */
const fields = new Int32Array(8);

/**
 * Reads one record of `count` numbers into `fields`.
 * @returns the position behind its last separator, or -1 for anything but numbers of one to nine digits with a comma
 * between them
 */
function readRecord(bytes: Uint8Array, from: number, count: number): number {
  let position = from;
  while (bytes[position] === COMMA || bytes[position]! <= SPACE) position++;
  for (let field = 0; field < count; field++) {
    const start = position;
    let number = 0;
    // Exclusive or with '0' is below ten for digits and for nothing else.
    for (let digit = bytes[position]! ^ ZERO; digit < 10; digit = bytes[++position]! ^ ZERO) {
      number = (Math.imul(number, 10) + digit) | 0;
    }
    if ((position - start - 1) >>> 0 >= SHORT_DIGITS || bytes[position++]! > COMMA) return -1;
    fields[field] = number;
  }
  return position;
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
  const { nodeFieldCount, nodeCount } = layout;
  const safeEnd = end - nodeFieldCount * SHORT_NUMBER_BYTES - GAP_BYTES;
  let node = state.nodes;
  let promisedEdges = state.promisedEdges;
  let position = cursor.position;
  while (position < safeEnd && node < nodeCount) {
    const next = readRecord(bytes, position, nodeFieldCount);
    if (next === -1 || next > end) break;
    position = next;
    nodeTypes[node] = fields[0]!;
    nodeNames[node] = fields[1]!;
    nodeIds[node] = fields[2]!;
    shallowBytes[node] = fields[3]!;
    firstEdges[node] = promisedEdges;
    promisedEdges += fields[4]!;
    detachedness[node++] = fields[nodeFieldCount - 1]!;
  }
  cursor.position = position;
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
  const { edgeCount, nodeCount, nodeFieldCount } = layout;
  const safeEnd = end - 3 * SHORT_NUMBER_BYTES - GAP_BYTES;
  const step = state.edgeStep;
  let taken = state.edges;
  let edge = state.firstEdge + taken * step;
  let position = cursor.position;
  while (position < safeEnd && taken < edgeCount) {
    const next = readRecord(bytes, position, 3);
    const target = (fields[2]! / nodeFieldCount) >>> 0;
    if (next === -1 || next > end || target >= nodeCount) break;
    position = next;
    edgeTypes[edge] = fields[0]!;
    edgeNames[edge] = fields[1]!;
    edgeTargets[edge] = target;
    edge += step;
    taken++;
  }
  cursor.position = position;
  state.edges = taken;
}
