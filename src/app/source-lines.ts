/** The lines around a place in the service's source, for a screen that asks for them in every frame. */
import { createSourceFiles } from '../collectors/source-files.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { SourceLine } from '../views/view.ts';

/** Enough to recognise the place, and few enough to leave room for the evidence below. */
const LINES_BEFORE = 2;
const LINES_AFTER = 3;
/** A line of minified code is of no use whole. */
const LONGEST_LINE = 200;
/** Places kept: findings come and go, a session lasts. */
const MOST_PLACES = 100;

/**
 * @param root where the service's file system is found from here; null when it is not on this machine
 * @returns what is known of a place, at once: empty until the file has been read, and when it cannot be
 */
export function createSourceLines(
  root: string | null,
): (file: string, line: number) => readonly SourceLine[] {
  const files = createSourceFiles(root);
  const places = new Map<string, readonly SourceLine[]>();
  return (file, line) => {
    const place = `${file}:${line}`;
    const known = places.get(place);
    if (known) return known;
    if (places.size >= MOST_PLACES) places.clear();
    places.set(place, []);
    void files.read(file).then((text) => {
      if (text !== null) places.set(place, linesAround(text, line));
    });
    return [];
  };
}

/** The lines around one, safe to show; empty when the text has no such line. */
export function linesAround(text: string, line: number): readonly SourceLine[] {
  const all = text.split('\n');
  if (line < 1 || line > all.length) return [];
  const first = Math.max(1, line - LINES_BEFORE);
  return all.slice(first - 1, line + LINES_AFTER).map((each, i) => ({
    line: first + i,
    text: sanitise(each.replaceAll('\t', '  ').trimEnd(), LONGEST_LINE),
  }));
}
