/** Hashes of names, the same for the same text in every snapshot. */
import type { StringTable } from './string-table.ts';

/** FNV-1a over UTF-16 units. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Hashes strings of one snapshot, each once. */
export class StringHashes {
  readonly #strings: StringTable;
  readonly #known: Float64Array;

  constructor(strings: StringTable) {
    this.#strings = strings;
    this.#known = new Float64Array(strings.count).fill(-1);
  }

  of(index: number): number {
    const known = this.#known[index] ?? 0;
    if (known >= 0) return known;
    const hash = hashText(this.#strings.text(index));
    this.#known[index] = hash;
    return hash;
  }
}
