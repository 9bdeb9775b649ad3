/**
 * Reads a recording, whatever became of its file: a block at a time, so that an hour takes no more memory than a
 * second, and round what is damaged.
 *
 *   head | events | events | ev…      the program was killed: two blocks, `incompleteBytes` > 0
 *   head | events | ?????? | events   a bad disk: two blocks, `damagedBytes` > 0
 */
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';
import { parseRecordedEvent } from './recorded-event.ts';
import {
  BLOCK_PREFIX_BYTES,
  decodeBlock,
  MARK_BEGINNING,
  parseBlockPrefix,
  SIGNATURE,
  type BlockPrefix,
} from './recording-block.ts';
import { parseRecordingHead, recordingError, type RecordingHead } from './recording-head.ts';

/** A file, or bytes in a test. Reading past the end gives fewer bytes. */
export interface ByteSource {
  readonly sizeBytes: number;
  read(offset: number, length: number): Buffer;
}

interface RecordedBlock {
  /** In the order in which they were emitted; empty where the block is damaged. */
  readonly events: readonly TimelineEvent[];
  /** Bytes of the block when it could not be read, else 0. */
  readonly damagedBytes: number;
  /** Events of kinds that this version does not know, or that hold what they cannot hold. */
  readonly unreadable: number;
}

export interface RecordingReader {
  readonly head: RecordingHead;
  /** Blocks of events. The first holds the beginning of the session. */
  readonly blockCount: number;
  /** Whether the program that wrote it came to its end. */
  readonly finished: boolean;
  /** Bytes behind the last whole block. */
  readonly incompleteBytes: number;
  /** Bytes between blocks that are no block. What is damaged inside a block shows when it is read. */
  readonly damagedBytes: number;
  readBlock(index: number): RecordedBlock;
}

interface BlockPlace {
  readonly offset: number;
  readonly prefix: BlockPrefix;
}

/** A file with more damage than this is not searched further: each search may read a block in vain. */
const MOST_SEARCHES = 100;
const SEARCHED_AT_ONCE = 64 * 1024;

export function openRecording(source: ByteSource): Result<RecordingReader, CodedError> {
  const beginning = source.read(0, SIGNATURE.length);
  if (!beginning.equals(SIGNATURE)) {
    const why = source.sizeBytes === 0 ? 'it is empty' : 'it is no recording of loopscope';
    return fail(recordingError('recording-foreign', why));
  }
  const first = placeAt(source, SIGNATURE.length);
  const content = first?.prefix.kind === 'head' ? contentOf(source, first) : undefined;
  if (!first || content === undefined) {
    const why = `it is cut off or damaged at byte ${SIGNATURE.length}, in its head`;
    return fail(recordingError('recording-damaged', why));
  }
  const head = parseRecordingHead(content);
  if (!head.ok) return head;

  const { places, damagedBytes, incompleteBytes } = findBlocks(source, endOf(first));
  const events = places.filter(({ prefix }) => prefix.kind === 'events');
  return ok({
    head: head.value,
    blockCount: events.length,
    finished: places.at(-1)?.prefix.kind === 'end' && incompleteBytes === 0,
    incompleteBytes,
    damagedBytes,
    readBlock(index) {
      const place = events[index];
      const recorded = place && contentOf(source, place);
      if (!place || !Array.isArray(recorded)) {
        return { events: [], damagedBytes: place ? endOf(place) - place.offset : 0, unreadable: 0 };
      }
      const known = recorded.map(parseRecordedEvent).filter((event) => event !== null);
      return { events: known, damagedBytes: 0, unreadable: recorded.length - known.length };
    },
  });
}

interface FoundBlocks {
  readonly places: readonly BlockPlace[];
  readonly damagedBytes: number;
  readonly incompleteBytes: number;
}

/** Follows the chain of blocks; where it breaks, searches for the next one. */
function findBlocks(source: ByteSource, from: number): FoundBlocks {
  const places: BlockPlace[] = [];
  let damagedBytes = 0;
  let offset = from;
  for (let searches = 0; offset < source.sizeBytes;) {
    const place = placeAt(source, offset);
    if (place) {
      places.push(place);
      offset = endOf(place);
      continue;
    }
    // The length of the block before may be what is damaged: then the next one begins inside of it.
    const before = places.at(-1);
    const suspect = before && endOf(before) === offset && contentOf(source, before) === undefined;
    const brokenAt = suspect ? before.offset : offset;
    const next = ++searches > MOST_SEARCHES ? null : findMark(source, brokenAt + 1);
    if (next === null && !suspect)
      return { places, damagedBytes, incompleteBytes: source.sizeBytes - offset };
    if (suspect) places.pop();
    damagedBytes += (next ?? source.sizeBytes) - brokenAt;
    offset = next ?? source.sizeBytes;
  }
  return { places, damagedBytes, incompleteBytes: 0 };
}

/** The block that begins here and ends within the file. */
function placeAt(source: ByteSource, offset: number): BlockPlace | null {
  const prefix = parseBlockPrefix(source.read(offset, BLOCK_PREFIX_BYTES));
  const place = prefix && { offset, prefix };
  return place && endOf(place) <= source.sizeBytes ? place : null;
}

const endOf = ({ offset, prefix }: BlockPlace): number => offset + BLOCK_PREFIX_BYTES + prefix.packedBytes;

const contentOf = (source: ByteSource, place: BlockPlace): unknown =>
  decodeBlock(source.read(place.offset, endOf(place) - place.offset), place.prefix);

/** Where the next whole block may begin, at `from` or after it. */
function findMark(source: ByteSource, from: number): number | null {
  for (let base = from; base < source.sizeBytes; base += SEARCHED_AT_ONCE) {
    // One byte more: the mark may lie across two readings.
    const bytes = source.read(base, SEARCHED_AT_ONCE + MARK_BEGINNING.length - 1);
    let at = bytes.indexOf(MARK_BEGINNING, 0, 'latin1');
    while (at >= 0 && at < SEARCHED_AT_ONCE) {
      if (placeAt(source, base + at)) return base + at;
      at = bytes.indexOf(MARK_BEGINNING, at + 1, 'latin1');
    }
  }
  return null;
}
