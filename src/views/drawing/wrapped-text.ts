/** Text over several lines, broken at spaces. */
import type { Surface } from '../terminal/surface.ts';
import { textColumns } from '../terminal/text-cells.ts';
import type { StyleId } from '../terminal/theme.ts';

/** @returns the row below the last one that was written */
export function drawWrapped(
  surface: Surface,
  x: number,
  y: number,
  text: string,
  style: StyleId,
  maxColumns: number,
): number {
  let row = y;
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textColumns(longer) > maxColumns) {
      surface.text(x, row++, line, style, maxColumns);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== '') surface.text(x, row++, line, style, maxColumns);
  return row;
}
