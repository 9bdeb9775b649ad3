/** Reads a snapshot from disk into a parser, piece by piece. Synchronous: it runs in a thread that does nothing else. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fail } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { SnapshotParser } from './snapshot-parser.ts';

/** Stays in the processor's cache while it is read; larger pieces were not faster. */
const PIECE_BYTES = 1 << 17;

/** @param onShare called now and then with the share that is read */
export function readSnapshotFile(
  path: string,
  onShare: (share: number) => void,
): Result<HeapColumns, CodedError> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    return fail(unreadable(path, cause));
  }
  try {
    const size = fstatSync(file).size;
    const parser = new SnapshotParser(size);
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    let taken = 0;
    onShare(0);
    for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
      parser.write(piece.subarray(0, length));
      if (parser.failure !== null) break;
      taken += length;
      if (taken % (PIECE_BYTES * 64) < length) onShare(taken / size);
    }
    return parser.end();
  } catch (cause) {
    return fail(unreadable(path, cause));
  } finally {
    closeSync(file);
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
