/** Texts that the heap holds several times: each but one of them is waste. */
import { sanitise } from '../shared/sanitiser.ts';
import type { DuplicateString } from '../model/heap-snapshot.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { nodeTypeCodes } from './type-codes.ts';

/** Enough of a text to recognise it. */
const SHOWN_TEXT = 60;
/** V8 cuts the text of longer strings off in a snapshot: alike up to here is not the same. */
const CUT_LENGTH = 1024;

/**
 * Strings of the same text, the most wasted bytes first. Not compared: strings put together from others, whose parts
 * are counted, and those too long for the snapshot to hold their whole text.
 */
export function findDuplicateStrings(heap: HeapColumns, limit: number): DuplicateString[] {
  const { nodeTypes, nodeNames, nodeCount, shallowBytes } = heap;
  const { string } = nodeTypeCodes(heap.layout);
  // V8 writes each text once, so that the same text is the same index.
  const copies = new Uint32Array(heap.strings.count);
  const bytes = new Float64Array(heap.strings.count);
  for (let node = 0; node < nodeCount; node++) {
    // Strings without a size stand for numbers.
    if (nodeTypes[node] !== string || shallowBytes[node] === 0) continue;
    copies[nodeNames[node]!]!++;
    bytes[nodeNames[node]!]! += shallowBytes[node]!;
  }
  const wasted = (index: number) => bytes[index]! - bytes[index]! / copies[index]!;
  return Array.from(copies.keys())
    .filter((index) => copies[index]! > 1)
    .toSorted((a, b) => wasted(b) - wasted(a))
    .slice(0, limit * 2)
    .map((index) => ({ index, text: heap.strings.text(index) }))
    .filter(({ text }) => text.length < CUT_LENGTH)
    .slice(0, limit)
    .map(({ index, text }) => ({
      text: sanitise(text, SHOWN_TEXT),
      copies: copies[index]!,
      shallowBytes: bytes[index]!,
      wastedBytes: Math.round(wasted(index)),
    }));
}
