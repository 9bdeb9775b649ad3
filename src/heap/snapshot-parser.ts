/**
 * Takes a heap snapshot as it streams by, from a file or from a live service, and keeps columns; the text is never
 * whole anywhere. Chunks may be cut at any byte.
 *
 *   header  {"snapshot":{"meta":…},       kept as text, parsed at once
 *   nodes   "nodes":[9,1,1,0,6,0,…],      into columns
 *   edges   "edges":[1,1,6,…],            into columns
 *   others  "trace_tree":[…],             skipped
 *   places  "locations":[…],              into columns
 *   strings "strings":["<dummy>",…]}      kept as bytes
 */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { LocationSection } from './location-section.ts';
import { cursor, NumberSection } from './number-reader.ts';
import { isUsualNodeOrder, readEdges, readNodes } from './record-readers.ts';
import type { FillState } from './record-readers.ts';
import { allocateColumns } from './snapshot-columns.ts';
import type { HeapColumns, RecordColumns } from './snapshot-columns.ts';
import { brokenSnapshot, parseSnapshotLayout } from './snapshot-layout.ts';
import type { SnapshotLayout } from './snapshot-layout.ts';
import { StringSection } from './string-table.ts';

/** A header is about 900 bytes; one that goes on for this long is none. */
const LONGEST_HEADER_BYTES = 1 << 20;
/** Between two sections stand a comma, white space and a name. */
const LONGEST_GAP_BYTES = 4096;

type State =
  | { readonly kind: 'header' }
  | { readonly kind: 'between' }
  | { readonly kind: 'nodes'; readonly section: NumberSection }
  | { readonly kind: 'edges'; readonly section: NumberSection }
  | { readonly kind: 'locations'; readonly section: LocationSection }
  | { readonly kind: 'strings'; readonly section: StringSection }
  /** A section that nobody reads: nested arrays, and strings that may hold brackets. */
  | { readonly kind: 'skipped'; depth: number; inString: boolean; escaped: boolean }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: CodedError };

/** What is known once the header is read: how the records are laid out, and where they go. */
export interface SnapshotHead {
  readonly layout: SnapshotLayout;
  readonly columns: RecordColumns;
}

export class SnapshotParser {
  readonly #expectedBytes: number | null;
  #state: State = { kind: 'header' };
  #taken = 0;
  #pendingText = '';
  #layout: SnapshotLayout | null = null;
  #columns: RecordColumns | null = null;
  #usualOrder = false;
  #locations: LocationSection | null = null;
  #strings: StringSection | null = null;
  #filled: FillState = { nodes: 0, edges: 0, firstEdge: 0, edgeStep: 1, promisedEdges: 0 };
  /** Whether the edges were begun by another parser. */
  #isSecondHalf = false;

  /** @param expectedBytes length of the JSON where it is known beforehand */
  constructor(expectedBytes: number | null = null) {
    this.#expectedBytes = expectedBytes;
  }

  /**
   * A parser for what follows some edge of a snapshot, whose beginning is another one's. How many edges those are is
   * not known before the last one: the columns are filled from their end backwards, and turned round then.
   */
  static amongEdges(head: SnapshotHead, expectedBytes: number): SnapshotParser {
    const parser = new SnapshotParser(expectedBytes);
    const { nodeCount, edgeCount } = head.layout;
    parser.#layout = head.layout;
    parser.#columns = head.columns;
    parser.#filled = {
      nodes: nodeCount,
      edges: 0,
      firstEdge: edgeCount - 1,
      edgeStep: -1,
      promisedEdges: edgeCount,
    };
    parser.#isSecondHalf = true;
    parser.#state = { kind: 'edges', section: new NumberSection(3) };
    return parser;
  }

  /** Null until the header is read. */
  get head(): SnapshotHead | null {
    return this.#layout && this.#columns && { layout: this.#layout, columns: this.#columns };
  }

  get edgesTaken(): number {
    return this.#filled.edges;
  }

  /** Whether what was written ends behind an edge, its comma included, or without one before the next. */
  get isBetweenEdges(): boolean {
    return this.#state.kind === 'edges' && !this.#state.section.inRecord;
  }

  /** Why the input cannot be a snapshot, as soon as that is known; whatever is written after it is ignored. */
  get failure(): CodedError | null {
    return this.#state.kind === 'failed' ? this.#state.error : null;
  }

  /** Takes the next bytes. They may be reused by the caller when this returns. */
  write(bytes: Uint8Array): void {
    const end = bytes.length;
    cursor.position = 0;
    while (cursor.position < end) {
      switch (this.#state.kind) {
        case 'header':
          this.#readHeader(bytes);
          break;
        case 'between':
          this.#readGap(bytes, end);
          break;
        case 'nodes':
          this.#readNodeSection(this.#state.section, bytes, end);
          break;
        case 'edges':
          this.#readEdgeSection(this.#state.section, bytes, end);
          break;
        case 'locations':
          this.#readLocations(this.#state.section, bytes, end);
          break;
        case 'strings':
          this.#readStrings(this.#state.section, bytes, end);
          break;
        case 'skipped':
          this.#skip(this.#state, bytes, end);
          break;
        case 'done':
        case 'failed':
          cursor.position = end;
      }
    }
    this.#taken += end;
  }

  /** Ends the input. An error says what is wrong with it and where. */
  end(): Result<HeapColumns, CodedError> {
    if (this.#state.kind === 'failed') return fail(this.#state.error);
    const layout = this.#layout;
    const columns = this.#columns;
    if (this.#state.kind !== 'done' || !layout || !columns || !this.#strings) {
      return fail(brokenSnapshot(`it ends ${whereabouts(this.#state.kind)}`, this.#taken));
    }
    return ok({
      ...columns,
      layout,
      nodeCount: layout.nodeCount,
      edgeCount: layout.edgeCount,
      strings: this.#strings.finish(),
      locations: (this.#locations ?? new LocationSection(layout)).finish(),
      jsonBytes: this.#taken,
    });
  }

  #readHeader(bytes: Uint8Array): void {
    const known = this.#pendingText.length;
    this.#pendingText += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const match = /,?\s*"nodes"\s*:\s*\[/.exec(this.#pendingText);
    cursor.position = bytes.length;
    if (match === null) {
      if (this.#pendingText.length > LONGEST_HEADER_BYTES) this.#break('it does not begin like one', 0);
      return;
    }
    const layout = parseSnapshotLayout(`${this.#pendingText.slice(0, match.index)}}`);
    if (!layout.ok) return this.#fail(layout.error);
    const columns = allocateColumns(layout.value);
    if (!columns.ok) return this.#fail(columns.error);
    cursor.position = match.index + match[0].length - known;
    this.#pendingText = '';
    this.#layout = layout.value;
    this.#columns = columns.value;
    this.#usualOrder = isUsualNodeOrder(layout.value);
    this.#state = { kind: 'nodes', section: new NumberSection(layout.value.nodeFieldCount) };
  }

  /** Reads up to the next `"name":[` or the closing brace. */
  #readGap(bytes: Uint8Array, end: number): void {
    for (; cursor.position < end; cursor.position++) {
      const byte = String.fromCharCode(bytes[cursor.position]!);
      if (byte === '}') {
        this.#state = { kind: 'done' };
        cursor.position = end;
        return;
      }
      if (byte === '[' || byte === '{') {
        const name = /^\s*,\s*"(\w+)"\s*:\s*$/.exec(this.#pendingText)?.[1];
        this.#pendingText = '';
        if (name === undefined) return this.#break('a section has no name');
        cursor.position++;
        return this.#open(name);
      }
      this.#pendingText += byte;
      if (this.#pendingText.length > LONGEST_GAP_BYTES) return this.#break('a section was expected');
    }
  }

  #open(name: string): void {
    const layout = this.#layout!;
    if (name === 'edges') {
      this.#state = { kind: 'edges', section: new NumberSection(3) };
    } else if (name === 'locations' && layout.locationFields !== null) {
      this.#locations = new LocationSection(layout);
      this.#state = { kind: 'locations', section: this.#locations };
    } else if (name === 'strings') {
      if (this.#filled.edges < layout.edgeCount && !this.#isSecondHalf)
        return this.#break('the strings come before the edges');
      const left = this.#expectedBytes === null ? null : this.#expectedBytes - this.#taken;
      this.#strings = new StringSection(left);
      this.#state = { kind: 'strings', section: this.#strings };
    } else {
      this.#state = { kind: 'skipped', depth: 1, inString: false, escaped: false };
    }
  }

  #readNodeSection(section: NumberSection, bytes: Uint8Array, end: number): void {
    const columns = this.#columns!;
    const layout = this.#layout!;
    const fields = layout.nodeFields;
    const filled = this.#filled;
    while (cursor.position < end) {
      if (this.#usualOrder && !section.inRecord) {
        readNodes(bytes, end, columns, layout, filled);
        section.takeOver();
      }
      const outcome = section.read(bytes, end);
      if (outcome === 'starved') return;
      if (outcome === 'broken') return this.#break('a node is not made of numbers');
      if (outcome === 'closed') return this.#closeNodes();
      const { record } = section;
      const node = filled.nodes++;
      if (node >= layout.nodeCount) return this.#break('it has more nodes than its header says');
      if (record[fields.id]! > 0xffffffff) return this.#break('an object id is larger than 32 bits');
      columns.nodeTypes[node] = record[fields.type]!;
      columns.nodeNames[node] = record[fields.name]!;
      columns.nodeIds[node] = record[fields.id]!;
      columns.shallowBytes[node] = record[fields.selfSize]!;
      columns.firstEdges[node] = filled.promisedEdges;
      if (fields.detachedness >= 0) columns.detachedness[node] = record[fields.detachedness]!;
      filled.promisedEdges += record[fields.edgeCount]!;
    }
  }

  #closeNodes(): void {
    const { nodes, promisedEdges } = this.#filled;
    const layout = this.#layout!;
    if (nodes !== layout.nodeCount) {
      return this.#break(`it has ${nodes} nodes where its header says ${layout.nodeCount}`);
    }
    if (promisedEdges !== layout.edgeCount) {
      return this.#break(`its nodes have ${promisedEdges} edges where its header says ${layout.edgeCount}`);
    }
    this.#columns!.firstEdges[nodes] = promisedEdges;
    this.#state = { kind: 'between' };
  }

  #readEdgeSection(section: NumberSection, bytes: Uint8Array, end: number): void {
    const columns = this.#columns!;
    const layout = this.#layout!;
    const filled = this.#filled;
    while (cursor.position < end) {
      if (!section.inRecord) {
        readEdges(bytes, end, columns, layout, filled);
        section.takeOver();
      }
      const outcome = section.read(bytes, end);
      if (outcome === 'starved') return;
      if (outcome === 'broken') return this.#break('an edge is not made of numbers');
      if (outcome === 'closed') return this.#closeEdges();
      const [type, name, offset] = section.record as unknown as [number, number, number];
      const edge = filled.firstEdge + filled.edges * filled.edgeStep;
      const target = Math.floor(offset / layout.nodeFieldCount);
      if (filled.edges++ >= layout.edgeCount) return this.#break('it has more edges than its header says');
      if (target >= layout.nodeCount) return this.#break('an edge leads to no node');
      columns.edgeTypes[edge] = type;
      columns.edgeNames[edge] = name;
      columns.edgeTargets[edge] = target;
    }
  }

  #closeEdges(): void {
    const { edges } = this.#filled;
    const { edgeCount } = this.#layout!;
    if (this.#isSecondHalf) {
      const { edgeTypes, edgeNames, edgeTargets } = this.#columns!;
      for (const column of [edgeTypes, edgeNames, edgeTargets]) column.subarray(edgeCount - edges).reverse();
    } else if (edges !== edgeCount) {
      return this.#break(`it has ${edges} edges where its header says ${edgeCount}`);
    }
    this.#state = { kind: 'between' };
  }

  #readLocations(section: LocationSection, bytes: Uint8Array, end: number): void {
    const outcome = section.read(bytes, end);
    if (outcome === 'broken') this.#break('a location is not made of numbers');
    if (outcome === 'closed') this.#state = { kind: 'between' };
  }

  #readStrings(section: StringSection, bytes: Uint8Array, end: number): void {
    const position = section.take(bytes, cursor.position, end);
    cursor.position = position === -1 ? end : position;
    if (position !== -1) this.#state = { kind: 'between' };
  }

  #skip(state: Extract<State, { kind: 'skipped' }>, bytes: Uint8Array, end: number): void {
    for (; cursor.position < end; cursor.position++) {
      const byte = String.fromCharCode(bytes[cursor.position]!);
      if (state.inString) {
        if (state.escaped) state.escaped = false;
        else if (byte === '\\') state.escaped = true;
        else if (byte === '"') state.inString = false;
      } else if (byte === '"') state.inString = true;
      else if (byte === '[' || byte === '{') state.depth++;
      else if ((byte === ']' || byte === '}') && --state.depth === 0) {
        cursor.position++;
        this.#state = { kind: 'between' };
        return;
      }
    }
  }

  #break(what: string, offset = this.#taken + cursor.position): void {
    this.#fail(brokenSnapshot(what, offset));
  }

  #fail(error: CodedError): void {
    this.#state = { kind: 'failed', error };
  }
}

function whereabouts(kind: Exclude<State['kind'], 'done' | 'failed'> | 'done'): string {
  switch (kind) {
    case 'header':
      return 'in its header';
    case 'between':
    case 'done':
      return 'before its strings';
    case 'skipped':
      return 'in the allocation traces';
    default:
      return `in its ${kind}`;
  }
}
