// The sources are TypeScript: what a bench wants of them is bundled as it is for the package.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '..', '..');
const cache = join(repository, 'node_modules', '.cache');

/** @param names what to load, by the file it is exported from: `{ 'src/shared/clock.ts': ['systemClock'] }` */
export async function loadSources(names) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'bench-sources-'));
  const outfile = join(folder, 'sources.mjs');
  await build({
    stdin: {
      contents: Object.entries(names)
        .map(([file, exported]) => `export { ${exported.join(', ')} } from './${file}';`)
        .join('\n'),
      resolveDir: repository,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    minifySyntax: true,
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    // Of what is loaded, the tests' own helpers ask for it.
    define: { 'import.meta.dirname': JSON.stringify(join(repository, 'test')) },
    logLevel: 'warning',
  });
  const sources = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true, force: true });
  return sources;
}
