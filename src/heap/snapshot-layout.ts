/**
 * How one snapshot lays out its records. V8 says it itself, in the `meta` at the start of the file, and it differs
 * by version: Node 18 to 22 have seven node fields, 24 and later six (no `trace_node_id`).
 *
 *   {"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","detachedness"],
 *     "node_types":[["hidden","array",…],"string",…],…},"node_count":235336,"edge_count":1017364},
 *   "nodes":[9,1,1,0,6,0,…
 */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';

export interface SnapshotLayout {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly nodeFieldCount: number;
  /** Positions within a node record; -1 for a field that this version does not write. */
  readonly nodeFields: {
    readonly type: number;
    readonly name: number;
    readonly id: number;
    readonly selfSize: number;
    readonly edgeCount: number;
    readonly traceNodeId: number;
    readonly detachedness: number;
  };
  readonly nodeTypes: readonly string[];
  readonly edgeTypes: readonly string[];
  /** Positions within a location record: object index, script id, line, column; null without locations. */
  readonly locationFields: LocationFields | null;
  /** Number of the root node. */
  readonly root: number;
}

interface LocationFields {
  readonly count: number;
  readonly object: number;
  readonly script: number;
  readonly line: number;
  readonly column: number;
}

/** The largest counts that the columns hold: a typed array of Node 20 ends at 2^32 - 1 bytes, four a number. */
const LARGEST_EDGE_COUNT = 2 ** 30 - 1;
/** Owner and order columns keep the two highest values for marks, and shallow sizes take eight bytes a node. */
const LARGEST_NODE_COUNT = 2 ** 29 - 1;

/** The fields that every version writes first, in this order. */
const EDGE_FIELDS = ['type', 'name_or_index', 'to_node'];

/** The header as V8 writes it; everything is checked before it is believed. */
interface WireHeader {
  readonly snapshot?: {
    readonly meta?: {
      readonly node_fields?: readonly string[];
      readonly node_types?: readonly (readonly string[] | string)[];
      readonly edge_fields?: readonly string[];
      readonly edge_types?: readonly (readonly string[] | string)[];
      readonly location_fields?: readonly string[];
    };
    readonly node_count?: number;
    readonly edge_count?: number;
    readonly root_index?: number;
  };
}

/**
 * Reads everything that stands before `"nodes":[`.
 * @param text the JSON up to there, closed with a brace by the caller
 * @returns the layout, or why this is no snapshot that can be read
 */
export function parseSnapshotLayout(text: string): Result<SnapshotLayout, CodedError> {
  let header: WireHeader;
  try {
    header = JSON.parse(text) as WireHeader;
  } catch {
    return fail(brokenSnapshot('its header is not JSON', 0));
  }
  const snapshot = header.snapshot;
  const meta = snapshot?.meta;
  const nodeFields = meta?.node_fields;
  const nodeTypes = nodeFields && meta.node_types?.[nodeFields.indexOf('type')];
  const edgeTypes = meta?.edge_types?.[0];
  const nodeCount = snapshot?.node_count;
  const edgeCount = snapshot?.edge_count;
  if (!nodeFields || !Array.isArray(nodeTypes) || !Array.isArray(edgeTypes)) {
    return fail(brokenSnapshot('its header does not describe nodes and edges', 0));
  }
  if (!isCount(nodeCount) || !isCount(edgeCount) || nodeCount === 0) {
    return fail(brokenSnapshot('its header does not say how many nodes and edges there are', 0));
  }
  if (EDGE_FIELDS.some((field, position) => meta.edge_fields?.[position] !== field)) {
    return fail(brokenSnapshot(`its edge fields are unknown: ${meta.edge_fields?.join(', ')}`, 0));
  }
  if (['name', 'id', 'self_size', 'edge_count'].some((field) => !nodeFields.includes(field))) {
    return fail(brokenSnapshot(`its node fields are unknown: ${nodeFields.join(', ')}`, 0));
  }
  if (nodeCount > LARGEST_NODE_COUNT || edgeCount > LARGEST_EDGE_COUNT) {
    return fail(tooLarge(nodeCount, edgeCount, 'more than can be numbered'));
  }
  const location = meta.location_fields ?? [];
  return ok({
    nodeCount,
    edgeCount,
    nodeFieldCount: nodeFields.length,
    nodeFields: {
      type: nodeFields.indexOf('type'),
      name: nodeFields.indexOf('name'),
      id: nodeFields.indexOf('id'),
      selfSize: nodeFields.indexOf('self_size'),
      edgeCount: nodeFields.indexOf('edge_count'),
      traceNodeId: nodeFields.indexOf('trace_node_id'),
      detachedness: nodeFields.indexOf('detachedness'),
    },
    nodeTypes: nodeTypes as string[],
    edgeTypes: edgeTypes as string[],
    locationFields:
      location.length === 0
        ? null
        : {
            count: location.length,
            object: location.indexOf('object_index'),
            script: location.indexOf('script_id'),
            line: location.indexOf('line'),
            column: location.indexOf('column'),
          },
    root: (snapshot?.root_index ?? 0) / nodeFields.length,
  });
}

/** @param offset byte of the JSON at which it went wrong */
export function brokenSnapshot(what: string, offset: number): CodedError {
  return {
    code: 'snapshot-broken',
    message: `this is not a whole heap snapshot: ${what} (byte ${offset})`,
    hint: 'take it again; an interrupted download or a full disk cuts one off',
    exitCode: 2,
  };
}

export function tooLarge(nodeCount: number, edgeCount: number, why: string): CodedError {
  return {
    code: 'snapshot-too-large',
    message: `the snapshot has ${nodeCount} nodes and ${edgeCount} edges: ${why}`,
    hint: 'open it on a machine with more memory, or take one when the service holds less',
    exitCode: 2,
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
