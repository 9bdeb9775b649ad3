/**
 * The parts of a recording's file. It begins with eight bytes that no text and no other format begins with; what
 * follows is a chain of blocks, each able to stand for itself:
 *
 *   89 4c 53 52 0d 0a 1a 0a | head | events | events | … | end
 *   block = kind, 4 letters | packed bytes, u32 | unpacked bytes, u32 | CRC-32 of all else in the block, u32 | content
 *
 * Numbers are little-endian, contents are JSON packed by Brotli. A file that was cut off lacks its end and part of a
 * block, and nothing else; a damaged block is left out, and the search goes on for the next one.
 */
import { brotliCompressSync, brotliDecompressSync, constants, crc32 } from 'node:zlib';

export type BlockKind = 'head' | 'events' | 'end';

/** As PNG does: a set high bit, both line ends and ^Z tell a file that was sent as text. */
export const SIGNATURE = Uint8Array.of(0x89, 0x4c, 0x53, 0x52, 0x0d, 0x0a, 0x1a, 0x0a);

export const BLOCK_PREFIX_BYTES = 16;
const CRC_OFFSET = 12;

/**
 * No block unpacks to more: a file must not be able to take all memory. A second of a busy service is 30 KB; blocks
 * are cut at 256 KB, or hold one event that is larger by itself.
 */
const LARGEST_UNPACKED_BYTES = 16 * 1024 * 1024;
/** Brotli never adds more than this to what cannot be packed. */
const LARGEST_PACKED_BYTES = LARGEST_UNPACKED_BYTES + 1024;

const MARKS: Readonly<Record<BlockKind, string>> = { head: 'LSh1', events: 'LSe1', end: 'LSz1' };
const KINDS = Object.keys(MARKS) as readonly BlockKind[];

/** All marks begin so: what a search for the next block looks for. */
export const MARK_BEGINNING = 'LS';

/** Quality 5 packs 30 KB of events in 0.5 ms, to a fifth; the best quality gains a tenth and takes 50 times as long. */
const PACKING = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

export interface BlockPrefix {
  readonly kind: BlockKind;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

/** One block of a file. Null when the content is larger than a reader would take. */
export function encodeBlock(kind: BlockKind, content: unknown): Uint8Array | null {
  const unpacked = Buffer.from(JSON.stringify(content));
  if (unpacked.length > LARGEST_UNPACKED_BYTES) return null;
  const packed = brotliCompressSync(unpacked, PACKING);
  const block = Buffer.alloc(BLOCK_PREFIX_BYTES + packed.length);
  block.write(MARKS[kind], 0, 'latin1');
  block.writeUInt32LE(packed.length, 4);
  block.writeUInt32LE(unpacked.length, 8);
  packed.copy(block, BLOCK_PREFIX_BYTES);
  block.writeUInt32LE(checksum(block), CRC_OFFSET);
  return block;
}

/** The first sixteen bytes of a block; null where no block begins. */
export function parseBlockPrefix(bytes: Buffer): BlockPrefix | null {
  if (bytes.length < BLOCK_PREFIX_BYTES) return null;
  const mark = bytes.toString('latin1', 0, 4);
  const kind = KINDS.find((each) => MARKS[each] === mark);
  const [packedBytes, unpackedBytes] = [bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  if (kind === undefined || packedBytes > LARGEST_PACKED_BYTES || unpackedBytes > LARGEST_UNPACKED_BYTES)
    return null;
  return { kind, packedBytes, unpackedBytes };
}

/** The content of a whole block, prefix included; undefined when it is damaged. Unpacks no more than it says. */
export function decodeBlock(block: Buffer, { packedBytes, unpackedBytes }: BlockPrefix): unknown {
  const whole = block.length === BLOCK_PREFIX_BYTES + packedBytes;
  if (!whole || checksum(block) !== block.readUInt32LE(CRC_OFFSET)) return undefined;
  try {
    const packed = block.subarray(BLOCK_PREFIX_BYTES);
    const unpacked = brotliDecompressSync(packed, { maxOutputLength: Math.max(1, unpackedBytes) });
    return unpacked.length === unpackedBytes ? (JSON.parse(unpacked.toString()) as unknown) : undefined;
  } catch {
    // A checksum can be forged; Brotli and JSON then refuse what does not fit.
    return undefined;
  }
}

/** Of everything in a block but the checksum itself. */
function checksum(block: Buffer): number {
  return crc32(block.subarray(BLOCK_PREFIX_BYTES), crc32(block.subarray(0, CRC_OFFSET)));
}
