/**
 * Where a record begins in a piece from the middle of the edges. Nothing marks it (newer versions write no newlines),
 * but of the three numbers of an edge the first is a small code and the third a multiple of the number of node fields.
 *
 *   …,3184,12,2,977,60012,3,14,   with six node fields   ->   the position of `2,977,60012`
 */
import { COMMA, SPACE, ZERO } from './number-reader.ts';
import type { SnapshotLayout } from './snapshot-layout.ts';

const EDGE_FIELDS = 3;
/** So many edges that look right by chance are not seen; who joins the halves makes sure. */
const ENOUGH_EDGES = 1000;

/** @returns the position in the piece, or null when it is not (only) made of edges, or could be read in two ways */
export function findEdgeBorder(piece: Uint8Array, layout: SnapshotLayout): number | null {
  const { numbers, positions } = readNumbers(piece, (ENOUGH_EDGES + 1) * EDGE_FIELDS);
  if (numbers.length < ENOUGH_EDGES * EDGE_FIELDS) return null;
  const fitting = [0, 1, 2].filter((first) => areEdges(numbers, first, layout));
  return fitting.length === 1 ? positions[fitting[0]!]! : null;
}

/** From the first whole number on, up to so many or to the first byte that belongs to none. */
function readNumbers(piece: Uint8Array, most: number): { numbers: number[]; positions: number[] } {
  const numbers: number[] = [];
  const positions: number[] = [];
  // The piece may begin inside a number.
  let position = piece.indexOf(COMMA);
  while (position !== -1 && numbers.length < most) {
    while (piece[position] === COMMA || piece[position]! <= SPACE) position++;
    const start = position;
    let number = 0;
    for (let digit = piece[position]! ^ ZERO; digit < 10; digit = piece[++position]! ^ ZERO) {
      number = number * 10 + digit;
    }
    if (position === start || position >= piece.length) break;
    numbers.push(number);
    positions.push(start);
  }
  return { numbers, positions };
}

function areEdges(numbers: readonly number[], first: number, layout: SnapshotLayout): boolean {
  const { nodeFieldCount, nodeCount, edgeTypes } = layout;
  for (let at = first; at + EDGE_FIELDS <= numbers.length; at += EDGE_FIELDS) {
    const target = numbers[at + 2]! / nodeFieldCount;
    if (numbers[at]! >= edgeTypes.length || !Number.isInteger(target) || target >= nodeCount) return false;
  }
  return true;
}
