/**
 * The strings of a snapshot, kept as the bytes they came in and decoded when somebody asks: of millions of strings
 * a screen shows fifty.
 *
 *   bytes  ["<dummy>","Object","a\nb"]      starts [2, 12, 21]
 *   text(2) -> 'a', newline, 'b'
 */
import { doubled } from './doubled-column.ts';
import { sharedColumn } from './shared-column.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;

export interface StringColumns {
  /** The section as it stood in the file, brackets left out. In shared memory. */
  readonly bytes: Uint8Array;
  /** Where each string begins, after its opening quote; ascending. */
  readonly starts: Uint32Array;
}

export class StringTable {
  readonly count: number;
  /** What the table is made of, for another thread. */
  readonly columns: StringColumns;
  readonly #bytes: Buffer;
  readonly #starts: Uint32Array;

  constructor(columns: StringColumns) {
    const { bytes, starts } = columns;
    this.columns = columns;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#starts = starts;
    this.count = starts.length;
  }

  /** The string with this index; an index that the snapshot does not have gives ''. */
  text(index: number): string {
    const start = this.#starts[index];
    if (start === undefined) return '';
    const bytes = this.#bytes;
    let end = start;
    let escaped = false;
    while (bytes[end] !== QUOTE) {
      if (bytes[end] === BACKSLASH) {
        escaped = true;
        end++;
      }
      end++;
    }
    const raw = bytes.toString('utf8', start, end);
    return escaped ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  /** The index of exactly this string, or -1. V8 writes each string once. */
  indexOf(text: string): number {
    const needle = Buffer.from(JSON.stringify(text));
    for (let at = this.#bytes.indexOf(needle); at >= 0; at = this.#bytes.indexOf(needle, at + 1)) {
      const index = this.#indexAt(at + 1);
      if (this.#starts[index] === at + 1) return index;
    }
    return -1;
  }

  /** The indexes of all strings that hold this fragment of plain characters. */
  indexesContaining(fragment: string): number[] {
    const found: number[] = [];
    for (let at = this.#bytes.indexOf(fragment); at >= 0; at = this.#bytes.indexOf(fragment, at + 1)) {
      const index = this.#indexAt(at);
      if (found.at(-1) !== index) found.push(index);
    }
    return found;
  }

  /** The last string that begins at or before this byte. */
  #indexAt(byte: number): number {
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= byte) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Collects the strings section while it streams by. */
export class StringSection {
  #bytes: Uint8Array;
  #length = 0;
  #starts = new Uint32Array(1 << 14);
  #count = 0;
  #inString = false;
  #escaped = false;

  /** @param expectedBytes at most this much is still to come, where that is known: saves growing by copying */
  constructor(expectedBytes: number | null) {
    // Untouched pages of a large allocation take no memory, so an upper bound costs nothing.
    this.#bytes = new Uint8Array(new SharedArrayBuffer(Math.max(expectedBytes ?? 0, 1 << 20)));
  }

  /**
   * Takes the bytes from `from` up to the closing bracket.
   * @returns the position after the bracket, or -1 when the section goes on in the next chunk
   */
  take(bytes: Uint8Array, from: number, end: number): number {
    let position = from;
    let starts = this.#starts;
    let count = this.#count;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let closed = false;
    const shift = this.#length - from;
    while (position < end) {
      const byte = bytes[position]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) escaped = true;
      } else if (byte === QUOTE) {
        if (count === starts.length) starts = doubled(starts);
        starts[count++] = position + 1 + shift;
        inString = true;
      } else if (byte === CLOSING_BRACKET) {
        closed = true;
        break;
      }
      position++;
    }
    this.#append(bytes.subarray(from, position));
    this.#starts = starts;
    this.#count = count;
    this.#inString = inString;
    this.#escaped = escaped;
    return closed ? position + 1 : -1;
  }

  /** The table of what was taken. */
  finish(): StringTable {
    const starts = sharedColumn(this.#count);
    starts.set(this.#starts.subarray(0, this.#count));
    return new StringTable({ bytes: this.#bytes.subarray(0, this.#length), starts });
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(
        new SharedArrayBuffer(Math.max(needed, Math.ceil(this.#bytes.length * 1.5))),
      );
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = needed;
  }
}
