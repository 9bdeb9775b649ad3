/** The README's section of figures, and the results that it is made from. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatClaims, type Claims } from './claims-table.ts';

/** Inside the repository. */
export const RESULTS = 'test/bench/results';

const BEGIN = '<!-- figures: written by npm run bench -->';
const END = '<!-- end of figures -->';

/** @param folder where the results are, one JSON file a claim */
export function readClaims(folder: string): Claims {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(
    files.map((name) => [
      basename(name, '.json'),
      JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown,
    ]),
  );
}

/** The README with its marked section written anew. */
export function withFigures(readme: string, claims: Claims): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`README.md has no section between ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${formatClaims(claims)}\n\n${readme.slice(end)}`;
}
