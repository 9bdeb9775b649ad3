/**
 * Text as terminal cells: one entry per grapheme with the columns it takes. Everything that is laid out goes
 * through here, so that wide letters, combining marks and emoji never push a border aside.
 */
import stringWidth from 'string-width';

export interface TextCell {
  readonly grapheme: string;
  readonly columns: 1 | 2;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
// Letters and signs known to take one column each, which is nearly all text that is ever drawn.
const NARROW =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2039\u203a\u2160-\u217f\u2190-\u21ff\u2500-\u25ff\u2800-\u28ff✔✖]*$/;

export function isNarrow(text: string): boolean {
  return NARROW.test(text);
}

/** Names of a service in letters of any width are drawn in every frame: the last ones stay cut up. */
const MOST_KEPT = 500;
const kept = new Map<string, readonly TextCell[]>();

/** The cells of a text; what takes no column is left out. */
export function textCells(text: string): readonly TextCell[] {
  const known = kept.get(text);
  if (known) return known;
  const cells = cutUp(text);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(text, cells);
  return cells;
}

function cutUp(text: string): readonly TextCell[] {
  const cells: TextCell[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const columns = stringWidth(segment);
    if (columns > 0) cells.push({ grapheme: segment, columns: columns > 1 ? 2 : 1 });
  }
  return cells;
}

export function textColumns(text: string): number {
  if (isNarrow(text)) return text.length;
  return textCells(text).reduce((total, cell) => total + cell.columns, 0);
}
