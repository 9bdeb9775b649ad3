/**
 * Reads a snapshot from disk into columns, piece by piece; with a second thread in two halves, which meet somewhere
 * among the edges. Blocking: it runs in a thread that does nothing else.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { findEdgeBorder } from './edge-border.ts';
import type { SecondHalf, SecondHalfRead, SecondThread } from './second-thread.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { SnapshotParser } from './snapshot-parser.ts';
import type { SnapshotHead } from './snapshot-parser.ts';
import { StringTable } from './string-table.ts';

/** Stays in the processor's cache while it is read; larger pieces were not faster. */
const PIECE_BYTES = 1 << 17;

/** Where the halves may meet, as shares of the file; the first that lies among the edges is taken. */
const MEETING_PLACES = [0.5, 0.4, 0.6, 0.3, 0.2];

/**
 * @param second takes a half, where there is one
 * @param onShare called now and then with the share that is read
 */
export async function readSnapshotFile(
  path: string,
  second: Pick<SecondThread, 'ask'> | null,
  onShare: (share: number) => void,
): Promise<Result<HeapColumns, CodedError>> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    return fail(unreadable(path, cause));
  }
  try {
    const size = fstatSync(file).size;
    onShare(0);
    const inTwo = second === null ? null : await readInTwo({ path, file, size }, second, onShare);
    if (inTwo !== null) return ok(inTwo);
    const parser = new SnapshotParser(size);
    feed(parser, file, TO_ITS_END, (position) => onShare(Math.min(1, position / size)));
    return parser.end();
  } catch (cause) {
    return fail(unreadable(path, cause));
  } finally {
    closeSync(file);
  }
}

/** @returns null for a half that cannot be read */
export function readSecondHalf({ path, head, from, size }: SecondHalf): SecondHalfRead | null {
  const file = openSync(path, 'r');
  try {
    const parser = SnapshotParser.amongEdges(head, size - from);
    feed(parser, file, { from, to: size });
    const parsed = parser.end();
    if (!parsed.ok) return null;
    const { strings, locations } = parsed.value;
    return { edges: parser.edgesTaken, strings: strings.columns, locations };
  } finally {
    closeSync(file);
  }
}

/** @returns null where the halves do not fit together, and whoever reads it whole has to say why */
async function readInTwo(
  { path, file, size }: { readonly path: string; readonly file: number; readonly size: number },
  second: Pick<SecondThread, 'ask'>,
  onShare: (share: number) => void,
): Promise<HeapColumns | null> {
  const parser = new SnapshotParser(size);
  feed(parser, file, { from: 0, to: Math.min(size, PIECE_BYTES) });
  const head = parser.head;
  const border = head && borderIn(file, size, head);
  if (!head || border === null || border < PIECE_BYTES) return null;
  const secondHalf = second.ask({ kind: 'read-half', half: { path, head, from: border, size } });
  feed(parser, file, { from: PIECE_BYTES, to: border }, (position) => onShare(position / border));
  const read = await secondHalf;
  const fits = parser.isBetweenEdges && parser.edgesTaken + (read?.edges ?? 0) === head.layout.edgeCount;
  if (read === null || !fits) return null;
  const { layout, columns } = head;
  const { nodeCount, edgeCount } = layout;
  const strings = new StringTable(read.strings);
  return {
    ...columns,
    layout,
    nodeCount,
    edgeCount,
    strings,
    locations: read.locations,
    jsonBytes: size,
  };
}

function borderIn(file: number, size: number, { layout }: SnapshotHead): number | null {
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (const share of MEETING_PLACES) {
    const from = Math.floor(size * share);
    const border = findEdgeBorder(piece.subarray(0, readSync(file, piece, 0, PIECE_BYTES, from)), layout);
    if (border !== null) return from + border;
  }
  return null;
}

interface Span {
  /** Null: from where the file stands, which is all that a pipe can do. */
  readonly from: number | null;
  readonly to: number;
}

const TO_ITS_END: Span = { from: null, to: Infinity };

/** @param onPosition called now and then with how far it is */
function feed(
  parser: SnapshotParser,
  file: number,
  { from, to }: Span,
  onPosition: (position: number) => void = () => {},
): void {
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (let position = from ?? 0, pieces = 0; position < to && parser.failure === null; pieces++) {
    const wanted = Math.min(PIECE_BYTES, to - position);
    const length = readSync(file, piece, 0, wanted, from === null ? null : position);
    if (length === 0) break;
    parser.write(piece.subarray(0, length));
    position += length;
    if (pieces % 64 === 63) onPosition(position);
  }
}

function unreadable(path: string, cause: unknown): CodedError {
  if (!(cause instanceof Error) || !('code' in cause)) throw cause;
  return {
    code: 'snapshot-unreadable',
    message: `${path} cannot be read: ${cause.message}`,
    hint: 'give a file that ends in .heapsnapshot',
    exitCode: 2,
  };
}
