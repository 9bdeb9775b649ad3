/** Recordings in memory: written as the program writes them, read as it reads them. */
import { createEventBatch } from '../../src/exports/event-batch.ts';
import { encodeBlock, SIGNATURE, type BlockKind } from '../../src/exports/recording-block.ts';
import { createRecordingHead, type RecordingHead } from '../../src/exports/recording-head.ts';
import { openRecording, type RecordingReader } from '../../src/exports/recording-reader.ts';
import { keepEvent } from '../../src/exports/recording-redaction.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import type { CodedError } from '../../src/shared/coded-error.ts';
import type { Result } from '../../src/shared/result.ts';

export const HEAD: RecordingHead = createRecordingHead('1.2.3', { redacted: false, trimmed: false });

export function blockOf(kind: BlockKind, content: unknown): Uint8Array {
  const block = encodeBlock(kind, content);
  if (block === null) throw new Error('larger than a block may be');
  return block;
}

/** The parts of a file; the last one is its end. */
export function partsOf(events: readonly TimelineEvent[], head: object = HEAD): readonly Uint8Array[] {
  const batch = createEventBatch(keepEvent);
  const blocks = [...events.map((event) => batch.add(event)), batch.flush()];
  const written = blocks.flatMap((block) => (block === null ? [] : [block.bytes]));
  return [SIGNATURE, blockOf('head', head), ...written, blockOf('end', {})];
}

export const recordingOf = (events: readonly TimelineEvent[], head: object = HEAD): Buffer =>
  Buffer.concat(partsOf(events, head));

export const openBytes = (bytes: Buffer): Result<RecordingReader, CodedError> =>
  openRecording({
    sizeBytes: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  });

export interface ReadRecording {
  readonly reader: RecordingReader;
  readonly events: readonly TimelineEvent[];
  readonly damagedBytes: number;
  readonly unreadable: number;
}

/** Reads all of it; throws where it does not open. */
export function readBytes(bytes: Buffer): ReadRecording {
  const opened = openBytes(bytes);
  if (!opened.ok) throw new Error(opened.error.message);
  const reader = opened.value;
  const blocks = Array.from({ length: reader.blockCount }, (_, index) => reader.readBlock(index));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  return {
    reader,
    events: blocks.flatMap(({ events }) => events),
    damagedBytes: reader.damagedBytes + sum(blocks.map(({ damagedBytes }) => damagedBytes)),
    unreadable: sum(blocks.map(({ unreadable }) => unreadable)),
  };
}
