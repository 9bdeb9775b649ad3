/** Text over several lines, broken at spaces. */
import type { Surface } from '../terminal/surface.ts';
import { textColumns } from '../terminal/text-cells.ts';
import type { StyleId } from '../terminal/theme.ts';

/** Lines of at most `maxColumns`; a longer word has a line of its own. */
export function wrappedLines(text: string, maxColumns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textColumns(longer) > maxColumns) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** @returns the row below the last one that was written */
export function drawWrapped(
  surface: Surface,
  x: number,
  y: number,
  text: string,
  style: StyleId,
  maxColumns: number,
): number {
  const lines = wrappedLines(text, maxColumns);
  lines.forEach((line, i) => surface.text(x, y + i, line, style, maxColumns));
  return y + lines.length;
}
