// npm run screens: runs `take-report-screens.ts`, which draws the report page of the README.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '..', '..');
const outfile = join(repository, 'node_modules', '.cache', `take-report-screens-${process.pid}.mjs`);
process.chdir(repository);
process.on('exit', () => rmSync(outfile, { force: true }));
await build({
  entryPoints: [join(import.meta.dirname, 'take-report-screens.ts')],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
});
await import(pathToFileURL(outfile).href);
process.exit();
