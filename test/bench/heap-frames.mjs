// Whether the heap explorer stutters while a snapshot is read: how late each of its frames was, in a pseudo-terminal,
// on a generated snapshot. Fails above the bar.
//
//   npm run bench:heap-frames [-- --megabytes 200]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { build } from 'esbuild';

const { values: given } = parseArgs({ options: { megabytes: { type: 'string', default: '200' } } });
const BAR_P99_MS = 50;
const repository = join(import.meta.dirname, '..', '..');
const cache = join(repository, 'node_modules', '.cache', 'bench-heap-frames');
mkdirSync(cache, { recursive: true });
const snapshot = join(cache, `${given.megabytes}.heapsnapshot`);
if (!existsSync(snapshot)) {
  execFileSync(process.execPath, [
    '--max-old-space-size=8000',
    join(import.meta.dirname, 'heap-generator.mjs'),
    given.megabytes,
    snapshot,
  ]);
}
await build({
  entryPoints: {
    run: join(import.meta.dirname, 'heap-frames-run.ts'),
    worker: join(repository, 'src/heap/heap-worker.ts'),
  },
  outdir: cache,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  logLevel: 'error',
});
const out = join(cache, `frames-${process.pid}.json`);
const worker = pathToFileURL(join(cache, 'worker.mjs')).href;
const terminal = spawn(process.execPath, [join(cache, 'run.mjs'), snapshot, worker, out], {
  cols: 120,
  rows: 40,
  env: { PATH: process.env.PATH, TERM: 'xterm-256color' },
});
terminal.onData(() => {});
process.on('exit', () => rmSync(out, { force: true }));
const { exitCode } = await new Promise((resolve) => terminal.onExit(resolve));
if (exitCode !== 0) throw new Error(`the explorer ended with ${exitCode}`);

const { readMs, readingFrames, framesMs, loopP99Ms, loopMaxMs } = JSON.parse(readFileSync(out, 'utf8'));
const p = (values, quantile) => values.toSorted((a, b) => a - b)[Math.floor(quantile * (values.length - 1))];
const say = (what, values) =>
  console.log(
    `${what.padEnd(16)} ${values.length} frames, p50 ${p(values, 0.5).toFixed(1)} ms, p99 ${p(values, 0.99).toFixed(1)} ms, worst ${Math.max(...values).toFixed(1)} ms`,
  );
console.log(`${given.megabytes} MB read in ${(readMs / 1000).toFixed(1)} s, load ${loadavg()[0].toFixed(1)}`);
say('while reading', framesMs.slice(0, readingFrames));
say('walking through', framesMs.slice(readingFrames));
console.log(`event loop       p99 ${loopP99Ms.toFixed(1)} ms, worst ${loopMaxMs.toFixed(1)} ms`);
const p99 = p(framesMs, 0.99);
console.log(
  `frame time       p99 ${p99.toFixed(1)} ms, bar ${BAR_P99_MS} ms: ${p99 < BAR_P99_MS ? 'kept' : 'missed'}`,
);
process.exitCode = p99 < BAR_P99_MS ? 0 : 1;
