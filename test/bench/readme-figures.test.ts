import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatClaims, type InstallClaim } from './claims-table.ts';
import { readClaims, RESULTS, withFigures } from './readme-figures.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');

const spread = (median: number) => ({ median, least: median, most: median });

const INSTALL: InstallClaim = {
  claim: 'install',
  date: '2026-01-31',
  node: 'v20.18.0',
  machine: { processor: 'a processor', cores: 2, memoryGb: 8 },
  bars: { packages: 45, megabytes: 12 },
  rows: [
    { name: 'loopscope', packages: 1, megabytes: 2.84, seconds: spread(1.14) },
    { name: 'clinic', packages: 694, megabytes: 96.6, seconds: spread(43.2) },
  ],
};

it('the README holds the figures that were measured last: npm run bench writes them', () => {
  const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  expect(withFigures(readme, readClaims(join(REPOSITORY, RESULTS)))).toBe(readme);
});

it('a claim is a row with its bar and what stands beside it, and one that was not measured is none', () => {
  expect(formatClaims({ install: INSTALL }).split('\n')).toEqual([
    '| what | loopscope | bar | beside it |',
    '|---|---|---|---|',
    '| installing with `npx` and a cold cache | 1 package, 2.8 MB, 1.1 s | 45 packages, 12 MB | clinic 694 packages, 96.6 MB, 43.2 s |',
    '',
    expect.stringContaining(
      'Measured on 2026-01-31 with 2 cores of a processor, 8 GB, Node 20.18.0.',
    ) as string,
  ]);
});

it('only what stands between the marks is written', () => {
  const readme = `# loopscope\n\n<!-- figures: written by npm run bench -->\nold figures\n<!-- end of figures -->\n\n## Limits\n`;
  const written = withFigures(readme, { install: INSTALL });
  expect(written).toMatch(/^# loopscope\n\n<!-- figures/);
  expect(written).toMatch(/<!-- end of figures -->\n\n## Limits\n$/);
  expect(written).not.toContain('old figures');
});
