/**
 * Heap snapshots as text that a person can read, turned into the JSON that V8 would write.
 *
 *   root synthetic 0            name, type, bytes; names are unique, an id follows as @7 when it matters
 *   global object 16
 *   root -shortcut:global-> global
 *   global -property:cache-> map
 */
const NODE_TYPES = [
  'hidden',
  'array',
  'string',
  'object',
  'code',
  'closure',
  'regexp',
  'number',
  'native',
  'synthetic',
  'concatenated string',
  'sliced string',
  'symbol',
  'bigint',
  'object shape',
];
const EDGE_TYPES = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'];

interface NodeText {
  readonly label: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly id: number;
}

interface EdgeText {
  readonly from: string;
  readonly type: string;
  readonly name: string;
  readonly to: string;
}

export interface SnapshotTextOptions {
  /** Order of the node fields; the one of Node 24 by default. */
  readonly nodeFields?: readonly string[];
}

/** A label may be `class#1`: the part before the hash is the name, so that two nodes can share one. */
export function snapshotJson(text: string, options: SnapshotTextOptions = {}): string {
  const fields = options.nodeFields ?? ['type', 'name', 'id', 'self_size', 'edge_count', 'detachedness'];
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const nodes = lines.filter((line) => !line.includes('->')).map(parseNode);
  const edges = lines.filter((line) => line.includes('->')).map(parseEdge);
  const strings: string[] = ['<dummy>'];
  const stringIndex = (value: string) => {
    const known = strings.indexOf(value);
    return known === -1 ? strings.push(value) - 1 : known;
  };
  const nodeValues: number[] = [];
  const edgeValues: number[] = [];
  for (const node of nodes) {
    const own = edges.filter((edge) => edge.from === node.label);
    const values: Record<string, number> = {
      type: NODE_TYPES.indexOf(node.type),
      name: stringIndex(node.name),
      id: node.id,
      self_size: node.bytes,
      edge_count: own.length,
      trace_node_id: 0,
      detachedness: 0,
    };
    nodeValues.push(...fields.map((field) => values[field]!));
    for (const edge of own) {
      const numbered = edge.type === 'element' || edge.type === 'hidden';
      const target = nodes.findIndex((candidate) => candidate.label === edge.to);
      if (target === -1) throw new Error(`no node ${edge.to}`);
      const name = numbered ? Number(edge.name) : stringIndex(edge.name);
      edgeValues.push(EDGE_TYPES.indexOf(edge.type), name, target * fields.length);
    }
  }
  const meta = {
    node_fields: fields,
    node_types: fields.map((field) =>
      field === 'type' ? NODE_TYPES : field === 'name' ? 'string' : 'number',
    ),
    edge_fields: ['type', 'name_or_index', 'to_node'],
    edge_types: [EDGE_TYPES, 'string_or_number', 'node'],
    location_fields: ['object_index', 'script_id', 'line', 'column'],
  };
  const snapshot = { meta, node_count: nodes.length, edge_count: edges.length, trace_function_count: 0 };
  // V8's own layout: one section a line, commas without spaces.
  return [
    `{"snapshot":${JSON.stringify(snapshot)},`,
    `"nodes":[${nodeValues.join()}],`,
    `"edges":[${edgeValues.join()}],`,
    '"trace_function_infos":[],',
    '"trace_tree":[],',
    '"samples":[],',
    '"locations":[],',
    `"strings":[${strings.map((value) => JSON.stringify(value)).join(',\n')}]}`,
  ].join('\n');
}

function parseNode(line: string, index: number): NodeText {
  const [, label, type, bytes, id] = /^(.+?) (\w+) (\d+)(?: @(\d+))?$/.exec(line) ?? [];
  if (label === undefined) throw new Error(`not a node: ${line}`);
  return {
    label,
    name: label.replace(/#.*$/, ''),
    type: type!,
    bytes: Number(bytes),
    id: Number(id ?? index * 2 + 1),
  };
}

function parseEdge(line: string): EdgeText {
  const [, from, type, name, to] = /^(.+?) -(\w+)(?::(.*))?-> (.+)$/.exec(line) ?? [];
  if (from === undefined) throw new Error(`not an edge: ${line}`);
  return { from, type: type!, name: name ?? '', to: to! };
}
