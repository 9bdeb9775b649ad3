/** The heap thread's code for tests, which run the sources: bundled as the build does it, into a cache folder. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export async function bundleHeapWorker(): Promise<URL> {
  const folder = join(import.meta.dirname, '../..');
  const outfile = join(folder, 'node_modules/.cache/loopscope-test', `heap-worker-${process.pid}.mjs`);
  await build({
    entryPoints: [join(folder, 'src/heap/heap-worker.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    logLevel: 'error',
  });
  return pathToFileURL(outfile);
}
