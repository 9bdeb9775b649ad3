// Bundles the program into dist/. Everything the CLI needs is inside, so that `npx` in an incident
// fetches one package; chunks are split so that the first line is painted before Ink is loaded.
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { writeLibraryTypes } from './library-types.config.mjs';

const program = await build({
  metafile: true,
  entryPoints: { start: 'src/app/start.ts', library: 'src/app/library.ts', 'heap-worker': 'src/heap/heap-worker.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
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
  logLevel: 'warning',
});

// The service of `loopscope demo` is a program of its own. Its source map shows that findings name the source's lines.
const demo = await build({
  metafile: true,
  entryPoints: { 'demo-service': 'src/app/demo-service.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  sourcemap: 'inline',
  logLevel: 'warning',
});

// Required by the service of `loopscope run` before its first line, on any Node and as CommonJS.
const gate = await build({
  metafile: true,
  entryPoints: { 'run-gate': 'src/app/run-gate.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node18',
  // Profiles know our own work by it.
  footer: { js: '//# sourceURL=loopscope:gate' },
  logLevel: 'warning',
});

// Loaded by services, on any Node, by `--import` and by `--require`: two small files that depend on nothing.
const agent = await build({
  metafile: true,
  entryPoints: { agent: 'src/agent/agent.ts', 'agent-thread': 'src/agent/agent-thread.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node18',
  minifySyntax: true,
  logLevel: 'warning',
});

await writeLibraryTypes();

// What the page of `loopscope report` carries: its script and its style, for browsers of the last three years.
const page = await build({
  metafile: true,
  entryPoints: [
    { in: 'src/exports/html/page/page-script.ts', out: 'report-page' },
    { in: 'src/exports/html/page/page.css', out: 'report-page' },
  ],
  outdir: 'dist',
  bundle: true,
  format: 'iife',
  target: ['chrome113', 'firefox121', 'safari16.4'],
  minify: true,
  logLevel: 'warning',
});

// What an earlier build left goes last, so that a program that runs meanwhile never misses a chunk.
const outputs = [program, demo, gate, agent, page].flatMap(({ metafile }) => Object.keys(metafile.outputs));
const current = new Set([...outputs.map((path) => basename(path)), 'types']);
const stale = (await readdir('dist')).filter((name) => !current.has(name));
await Promise.all(stale.map((name) => rm(join('dist', name))));
