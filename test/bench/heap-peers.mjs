// The programs that loopscope's heap analysis is measured against. They are large and only wanted here, so they are
// installed on demand beside other caches, in versions that are written down.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const VERSIONS = {
  'chrome-devtools-frontend': '1.0.1705227',
  '@memlab/core': '2.0.5',
  '@memlab/heap-analysis': '2.0.5',
  '@vscode/v8-heap-parser': '0.1.0',
  // No peer: the program whose heap they all read.
  typescript: '5.9.3',
};

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const cache = join(repository, 'node_modules/.cache/loopscope-bench');

/** Installs what is missing and bundles DevTools' heap worker and our own program; returns a `require` for the rest. */
export async function preparePeers() {
  mkdirSync(cache, { recursive: true });
  const missing = Object.keys(VERSIONS).some((name) => !existsSync(join(cache, 'node_modules', name)));
  if (missing) {
    writeFileSync(join(cache, 'package.json'), '{"private":true}');
    const names = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
    const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', ...names];
    const { status } = spawnSync('npm', npm, { cwd: cache, stdio: 'inherit' });
    if (status !== 0) throw new Error('the peers could not be installed');
  }
  await bundleDevTools();
  await build({
    entryPoints: {
      'own-run': join(repository, 'test/bench/heap-own-run.ts'),
      'heap-worker': join(repository, 'src/heap/heap-worker.ts'),
    },
    outdir: cache,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    logLevel: 'error',
  });
  return createRequire(join(cache, 'package.json'));
}

/** DevTools' worker code as one module, with the browser's global names it looks up at import. */
async function bundleDevTools() {
  const outfile = join(cache, 'devtools.mjs');
  if (existsSync(outfile)) return;
  const folder = 'chrome-devtools-frontend/front_end/entrypoints/heap_snapshot_worker';
  const contents = `
    export { HeapSnapshotLoader } from '${folder}/HeapSnapshotLoader.ts';
    export { SecondaryInitManager } from '${folder}/HeapSnapshot.ts';
    export { NodeFilter } from 'chrome-devtools-frontend/front_end/models/heap_snapshot/HeapSnapshotModel.ts';
  `;
  await build({
    stdin: { contents, resolveDir: cache, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    banner: {
      js: `Promise.withResolvers ??= function () { let resolve, reject; const promise = new this((a, b) => { resolve = a; reject = b; }); return { promise, resolve, reject }; };`,
    },
    plugins: [{ name: 'locales', setup: withoutLocales }],
    logLevel: 'error',
  });
  writeFileSync(
    join(cache, 'devtools-second-thread.mjs'),
    `import { parentPort } from 'node:worker_threads';
     import { SecondaryInitManager } from './devtools.mjs';
     parentPort.once('message', ({ port }) => { new SecondaryInitManager(port); });\n`,
  );
}

/** The package leaves out a generated list of translations, which only matters for texts that nobody sees here. */
function withoutLocales(bundler) {
  bundler.onResolve({ filter: /\/locales\.js$/ }, () => ({ path: 'locales', namespace: 'empty' }));
  bundler.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({
    contents: `export const LOCALES = ['en-US'], BUNDLED_LOCALES = ['en-US'], DEFAULT_LOCALE = 'en-US',
      LOCAL_FETCH_PATTERN = '', REMOTE_FETCH_PATTERN = '';`,
  }));
}
