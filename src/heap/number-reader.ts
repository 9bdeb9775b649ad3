/**
 * Whole numbers out of bytes. Nine tenths of a snapshot are numbers of one to nine digits with a comma between
 * them, so there are two readers: `readNumber`, a few instructions a digit, for text that is exactly that, and
 * `NumberSection`, which takes any JSON array of whole numbers, cut anywhere, and says where it is broken.
 */
export const SPACE = 0x20;
export const ZERO = 0x30;
export const COMMA = 0x2c;
const CLOSING_BRACKET = 0x5d;

/** Digits that fit a signed 32-bit number whatever they are; longer ones are read as doubles. */
export const SHORT_DIGITS = 9;

/** The bytes that one short number takes at most, its separator included. */
export const SHORT_NUMBER_BYTES = SHORT_DIGITS + 2;

/** Where `readNumber` reads. One cursor for the thread: a parser moves it forward within one call and leaves it. */
export const cursor = { position: 0 };

/**
 * Reads the number at the cursor and moves past it and its separator. The caller makes sure that
 * `SHORT_NUMBER_BYTES` bytes are there.
 * @returns the number, or -1 for anything but 1 to 9 digits followed by a comma or white space
 */
export function readNumber(bytes: Uint8Array): number {
  const start = cursor.position;
  const limit = start + SHORT_DIGITS + 1;
  let position = start;
  let number = 0;
  let digit = (bytes[position]! - ZERO) >>> 0;
  while (digit < 10 && position < limit) {
    number = (Math.imul(number, 10) + digit) | 0;
    digit = (bytes[++position]! - ZERO) >>> 0;
  }
  cursor.position = position + 1;
  // One comparison each: 1 to 9 digits; and nothing above a comma after them (brackets, letters, signs, points).
  if ((position - start - 1) >>> 0 >= SHORT_DIGITS || (digit | 0) > COMMA - ZERO) return -1;
  return number;
}

/** Moves the cursor over commas and white space to the next number. */
export function skipSeparators(bytes: Uint8Array): void {
  let position = cursor.position;
  while (bytes[position] === COMMA || bytes[position]! <= SPACE) position++;
  cursor.position = position;
}

/**
 * A JSON array of whole numbers in records of a fixed length, byte by byte. It keeps its place between chunks, so
 * a border may fall inside a number.
 */
export class NumberSection {
  /** The record that was completed last. Doubles: object sizes may pass 2^32. */
  readonly record: Float64Array;
  readonly #fieldCount: number;
  #field = 0;
  #number = 0;
  #inNumber = false;
  /** What has to stand before the next number. `either`: the fast reader took a separator, perhaps the comma. */
  #comma: 'needed' | 'seen' | 'either' = 'seen';

  constructor(fieldCount: number) {
    this.#fieldCount = fieldCount;
    this.record = new Float64Array(fieldCount);
  }

  /** Whether a record has begun that is not complete yet. */
  get inRecord(): boolean {
    return this.#inNumber || this.#field > 0;
  }

  /** Takes over where the fast reader stopped, at the start of a record. */
  takeOver(): void {
    this.#comma = 'either';
  }

  /**
   * Reads from the cursor up to the end of one record or of the section; the record is in `record`.
   * `closed`: the bracket was met, the cursor is behind it. `starved`: the bytes ended before. `broken`: the byte at
   * the cursor does not belong here.
   */
  read(bytes: Uint8Array, end: number): 'record' | 'closed' | 'starved' | 'broken' {
    for (; cursor.position < end; cursor.position++) {
      const byte = bytes[cursor.position]!;
      const digit = byte - ZERO;
      if (digit >= 0 && digit <= 9) {
        if (this.#comma === 'needed') return 'broken';
        this.#number = this.#number * 10 + digit;
        this.#inNumber = true;
        continue;
      }
      // The separator is left to the next turn, which sees it with the number already taken.
      if (this.#inNumber && this.#take()) return 'record';
      if (byte === CLOSING_BRACKET) {
        if (this.#field !== 0) return 'broken';
        cursor.position++;
        return 'closed';
      }
      if (byte === COMMA && this.#comma !== 'seen') this.#comma = 'seen';
      else if (!isSpace(byte)) return 'broken';
    }
    return 'starved';
  }

  /** Ends the number; true when it was the last of its record. */
  #take(): boolean {
    this.record[this.#field] = this.#number;
    this.#number = 0;
    this.#inNumber = false;
    this.#comma = 'needed';
    this.#field = (this.#field + 1) % this.#fieldCount;
    return this.#field === 0;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
