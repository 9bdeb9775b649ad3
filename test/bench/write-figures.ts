/** npm run bench: what has been measured goes into the README. Run from the repository. */
import { readFileSync, writeFileSync } from 'node:fs';
import { readClaims, RESULTS, withFigures } from './readme-figures.ts';

writeFileSync('README.md', withFigures(readFileSync('README.md', 'utf8'), readClaims(RESULTS)));
