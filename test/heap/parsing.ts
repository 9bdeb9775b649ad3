/** Shortcuts for tests of what comes after the parser. */
import { analyseHeap } from '../../src/heap/heap-graph.ts';
import type { HeapGraph } from '../../src/heap/heap-graph.ts';
import type { HeapColumns } from '../../src/heap/snapshot-columns.ts';
import { SnapshotParser } from '../../src/heap/snapshot-parser.ts';
import type { CodedError } from '../../src/shared/coded-error.ts';
import type { Result } from '../../src/shared/result.ts';
import { snapshotJson } from './snapshot-text.ts';

/** Parses in pieces of this many bytes. */
export function parse(json: string | Buffer, pieceBytes = 1 << 17): Result<HeapColumns, CodedError> {
  const bytes = Buffer.from(json);
  const parser = new SnapshotParser();
  for (let at = 0; at < bytes.length; at += pieceBytes) parser.write(bytes.subarray(at, at + pieceBytes));
  return parser.end();
}

export function columnsOf(json: string | Buffer, pieceBytes?: number): HeapColumns {
  const parsed = parse(json, pieceBytes);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

/** The analysed graph of a snapshot written as text; see snapshot-text.ts. */
export const graphOf = (text: string): HeapGraph => analyseHeap(columnsOf(snapshotJson(text)));
