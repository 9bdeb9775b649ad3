// npm run screens: runs `take-screens.ts` on the built program.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '..', '..');
const outfile = join(repository, 'node_modules', '.cache', `take-screens-${process.pid}.mjs`);
process.chdir(repository);
process.on('exit', () => rmSync(outfile, { force: true }));
await build({
  entryPoints: [join(import.meta.dirname, 'take-screens.ts')],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
});
await import(pathToFileURL(outfile).href);
process.exit();
