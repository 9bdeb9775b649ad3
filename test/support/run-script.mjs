// Runs a script of the tests that is written in TypeScript: `node test/support/run-script.mjs test/terminal/take-screens.ts`.
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [script = ''] = process.argv.slice(2);
const repository = join(import.meta.dirname, '..', '..');
const name = basename(script, '.ts');
const outfile = join(repository, 'node_modules', '.cache', `${name}-${process.pid}.mjs`);
process.chdir(repository);
process.on('exit', () => rmSync(outfile, { force: true }));
await build({
  entryPoints: [script],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
});
await import(pathToFileURL(outfile).href);
process.exit();
