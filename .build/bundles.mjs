// Bundles the program into dist/. Everything the CLI needs is inside, so that `npx` in an incident
// fetches one package; chunks are split so that the first line is painted before Ink is loaded.
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { writeLibraryTypes } from './library-types.mjs';

const OUTPUT = 'dist';

const bundle = (options) =>
  build({ bundle: true, outdir: OUTPUT, metafile: true, logLevel: 'warning', ...options });

/** Programs of our own: they run on the Node that runs loopscope. */
const bundleModule = (options) =>
  bundle({
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    outExtension: { '.js': '.mjs' },
    ...options,
  });

/** What services load before their first line, on any Node, by `--import` and by `--require`: it depends on nothing. */
const bundleForServices = (options) =>
  bundle({
    format: 'cjs',
    platform: 'node',
    target: 'node18',
    outExtension: { '.js': '.cjs' },
    ...options,
  });

const program = await bundleModule({
  entryPoints: {
    start: 'src/app/start.ts',
    library: 'src/app/library.ts',
    'heap-worker': 'src/heap/heap-worker.ts',
    'caretaker-program': 'src/app/caretaker-program.ts',
  },
  splitting: true,
  // OpenTelemetry's packages have only there what can be shaken: 60 KB of them instead of 500.
  mainFields: ['module', 'main'],
  legalComments: 'linked',
  minifySyntax: true,
  minifyWhitespace: true,
  // Development React leaks a performance entry per commit; the optional development tools of Ink are never wanted.
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  external: ['react-devtools-core'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

// The service of `loopscope demo` is a program of its own. Its source map shows that findings name the source's lines.
const demo = await bundleModule({
  entryPoints: { 'demo-service': 'src/app/demo-service.ts' },
  sourcemap: 'inline',
});

// Holds the service of `loopscope run` until loopscope is attached.
const gate = await bundleForServices({
  entryPoints: { 'run-gate': 'src/app/run-gate.ts' },
  // Profiles know our own work by it.
  footer: { js: '//# sourceURL=loopscope:gate' },
});

const agent = await bundleForServices({
  entryPoints: { agent: 'src/agent/agent.ts', 'agent-thread': 'src/agent/agent-thread.ts' },
  minifySyntax: true,
});

// What the page of `loopscope report` carries: its script and its style, for browsers of the last three years.
const page = await bundle({
  entryPoints: [
    { in: 'src/exports/html/page/page-script.ts', out: 'report-page' },
    { in: 'src/exports/html/page/page.css', out: 'report-page' },
  ],
  format: 'iife',
  target: ['chrome113', 'firefox121', 'safari16.4'],
  minify: true,
});

await writeLibraryTypes(join(OUTPUT, 'types'));

// What an earlier build left goes last, so that a program that runs meanwhile never misses a chunk.
const outputs = [program, demo, gate, agent, page].flatMap(({ metafile }) => Object.keys(metafile.outputs));
const current = new Set([...outputs.map((path) => basename(path)), 'types']);
const stale = (await readdir(OUTPUT)).filter((name) => !current.has(name));
await Promise.all(stale.map((name) => rm(join(OUTPUT, name))));
