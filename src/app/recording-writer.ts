/**
 * Writes a recording as it happens: what is on disk opens at any moment, also when this program is killed. It tells
 * paths, routes and hosts of a service in production, so only its owner may read it.
 */
import { closeSync, ftruncateSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { EventBlock } from '../exports/event-batch.ts';
import { encodeBlock, SIGNATURE } from '../exports/recording-block.ts';
import { createRecordingHead, type RecordingHead } from '../exports/recording-head.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';
import { version } from './version.ts';

const OWNER_ONLY = 0o600;
/** At its bound a recording keeps this share, the newest: what is kept is copied, so not at every block. */
const KEPT_SHARE = 0.5;
const COPIED_AT_ONCE = 1024 * 1024;

export interface RecordingLimits {
  readonly maxBytes: number;
  readonly redacted: boolean;
}

/** Never throws: the first failure, a full disk, is kept, and nothing is written after it. */
export class RecordingWriter {
  readonly #path: string;
  readonly #limits: RecordingLimits;
  #file: number;
  #sizeBytes: number;
  /** The session's beginning, which stays. */
  #opening: Uint8Array = new Uint8Array();
  /** Lengths of the blocks behind it, oldest first. */
  #blockBytes: number[] = [];
  #failure: CodedError | null = null;

  private constructor(path: string, limits: RecordingLimits, file: number, sizeBytes: number) {
    this.#path = path;
    this.#limits = limits;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** Never overwrites: what was recorded in the incident cannot be recorded again. */
  static open(path: string, limits: RecordingLimits): Result<RecordingWriter, CodedError> {
    const head = headOf(limits, false);
    const file = createFile(path, [head]);
    return file.ok ? ok(new RecordingWriter(path, limits, file.value, head.length)) : file;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Null as long as everything could be written. */
  get failure(): CodedError | null {
    return this.#failure;
  }

  write(block: EventBlock): void {
    this.#attempt(() => {
      if (this.#sizeBytes + block.bytes.length > this.#limits.maxBytes) this.#giveUpOldest();
      this.#append(block.bytes);
      if (block.opens) this.#opening = block.bytes;
      else this.#blockBytes.push(block.bytes.length);
    });
  }

  /** Marks the file as whole and closes it. What could not be written is said; the rest is there. */
  finish(): Result<void, CodedError> {
    this.#attempt(() => this.#append(END));
    closeSync(this.#file);
    return this.#failure === null ? ok(undefined) : fail(this.#failure);
  }

  /** For when nothing was seen. */
  discard(): void {
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }

  #append(bytes: Uint8Array): void {
    writeWhole(this.#file, bytes);
    this.#sizeBytes += bytes.length;
  }

  #attempt(work: () => void): void {
    if (this.#failure !== null) return;
    try {
      work();
    } catch (cause) {
      this.#failure = {
        ...unwritable(this.#path, cause),
        hint: 'what was written before opens, and is kept',
      };
      // Half a block is of no use. Where not even this works, a reader finds the last whole one.
      tryTo(() => ftruncateSync(this.#file, this.#sizeBytes));
    }
  }

  /** Head, session and the newest blocks go to a new file, which takes the name: at every moment one is whole. */
  #giveUpOldest(): void {
    const head = headOf(this.#limits, true);
    let newestBytes = 0;
    let first = this.#blockBytes.length;
    for (const bytes of this.#blockBytes.toReversed()) {
      if (newestBytes + bytes > this.#limits.maxBytes * KEPT_SHARE) break;
      newestBytes += bytes;
      first--;
    }
    const draftPath = `${this.#path}.partial`;
    const draft = createFile(draftPath, [head, this.#opening]);
    if (!draft.ok) throw new Error(draft.error.message);
    try {
      copyFrom(this.#file, this.#sizeBytes - newestBytes, draft.value);
      renameSync(draftPath, this.#path);
    } catch (cause) {
      closeSync(draft.value);
      rmSync(draftPath, { force: true });
      throw cause;
    }
    closeSync(this.#file);
    this.#file = draft.value;
    this.#blockBytes = this.#blockBytes.slice(first);
    this.#sizeBytes = head.length + this.#opening.length + newestBytes;
  }
}

/** Writes a whole recording at once: of what happened before somebody asked. */
export function writeRecording(
  path: string,
  blocks: readonly EventBlock[],
  of: Pick<RecordingHead, 'redacted' | 'trimmed'>,
): Result<void, CodedError> {
  const parts = [headOf(of, of.trimmed), ...blocks.map(({ bytes }) => bytes), END];
  const file = createFile(path, parts);
  if (!file.ok) return file;
  closeSync(file.value);
  return ok(undefined);
}

const END = encodeBlock('end', {}) as Uint8Array;

function headOf({ redacted }: Pick<RecordingHead, 'redacted'>, trimmed: boolean): Uint8Array {
  const head = encodeBlock('head', createRecordingHead(version, { redacted, trimmed })) as Uint8Array;
  return Buffer.concat([SIGNATURE, head]);
}

function createFile(path: string, parts: readonly Uint8Array[]): Result<number, CodedError> {
  let file: number | null = null;
  try {
    file = openSync(path, 'wx+', OWNER_ONLY);
    for (const part of parts) writeWhole(file, part);
    return ok(file);
  } catch (cause) {
    if (file !== null) {
      closeSync(file);
      rmSync(path, { force: true });
    }
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    return fail(unwritable(path, exists ? 'it exists already' : cause));
  }
}

function copyFrom(source: number, from: number, to: number): void {
  const buffer = Buffer.alloc(COPIED_AT_ONCE);
  for (let at = from; ;) {
    const bytes = readSync(source, buffer, 0, buffer.length, at);
    if (bytes === 0) return;
    writeWhole(to, buffer.subarray(0, bytes));
    at += bytes;
  }
}

/** A disk that fills up writes a part first. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

function tryTo(work: () => void): void {
  try {
    work();
  } catch {
    // The failure that led here is the one that is told.
  }
}

function unwritable(path: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return {
    code: 'recording-unwritable',
    message: `${path} cannot be written: ${why}`,
    hint: 'give another file, on a disk with room',
    exitCode: 2,
  };
}
