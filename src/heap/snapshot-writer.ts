/**
 * Writes a snapshot to disk as it comes. It holds whatever the service holds, passwords too, so only its owner may
 * read it; and it takes its name only when it is whole.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';

const OWNER_ONLY = 0o600;

export class SnapshotWriter {
  readonly #path: string;
  readonly #file: number;
  #failure: CodedError | null = null;

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
  }

  /** Never overwrites: the snapshot taken in the incident cannot be taken again. */
  static open(path: string): Result<SnapshotWriter, CodedError> {
    if (existsSync(path)) return fail(unwritable(path, 'it exists already'));
    try {
      return ok(new SnapshotWriter(path, openSync(draftOf(path), 'wx', OWNER_ONLY)));
    } catch (cause) {
      return fail(unwritable(path, cause));
    }
  }

  /** Never throws: a disk that is full is told by `finish`. */
  readonly write = (text: string): void => {
    if (this.#failure !== null) return;
    try {
      // V8 writes ASCII only. A short write is rare on a disk, and silent.
      const bytes = Buffer.from(text, 'latin1');
      for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
    } catch (cause) {
      this.#failure = unwritable(this.#path, cause);
    }
  };

  /** Gives the file its name. */
  finish(): Result<void, CodedError> {
    if (this.#failure !== null) {
      this.discard();
      return fail(this.#failure);
    }
    closeSync(this.#file);
    renameSync(draftOf(this.#path), this.#path);
    return ok(undefined);
  }

  discard(): void {
    closeSync(this.#file);
    rmSync(draftOf(this.#path), { force: true });
  }
}

const draftOf = (path: string) => `${path}.partial`;

function unwritable(path: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return {
    code: 'snapshot-unwritable',
    message: `${path} cannot be written: ${why}`,
    hint: 'give another file, on a disk with room',
    exitCode: 2,
  };
}
