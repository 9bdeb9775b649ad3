// How fast the program starts, in a pseudo-terminal on a running service: from the command to its first line, to its
// first whole frame (header, tabs, what attaching does), and to the first figures of the service; against `node -e 0`
// and against an Ink program that only says a word. Prints the ratios with their bars beside them; fails when one is
// missed.
//
//   npm run bench:start [-- --runs 9 --json]
//
// The sides take turns in one run; figures are medians.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawn as spawnProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { build } from 'esbuild';
import { median } from './measuring.mjs';

const { values: given } = parseArgs({
  options: { runs: { type: 'string', default: '9' }, json: { type: 'boolean', default: false } },
});
const repository = join(import.meta.dirname, '..', '..');
const scratch = join(repository, 'node_modules', '.cache', `bench-start-${process.pid}`);
const program = join(repository, 'bin', 'loopscope.js');
const GIVEN_UP_MS = 30_000;

/** Of the issue "Proof": times the start of `node -e 0`. */
const BARS = { 'first line': 1.5, 'first frame': 7 };

mkdirSync(scratch, { recursive: true });
const service = await startService();
process.on('exit', () => {
  service.child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});
await buildEmptyInk();

const times = { 'node -e 0': [], 'empty Ink': [], 'first line': [], 'first frame': [], 'first figures': [] };
for (let run = -1; run < Number(given.runs); run++) {
  const nodeMs = await timeUntil(['-e', '0'], null);
  const inkMs = await timeUntil([join(scratch, 'ink.mjs')], 'ready');
  const lineMs = await timeUntil([program, 'attach', String(service.child.pid)], 'attaching to');
  const frameMs = await timeUntil([program, 'attach', String(service.child.pid)], 'Overview');
  const figuresMs = await timeUntil([program, 'attach', String(service.child.pid)], 'LIVE');
  if (run < 0) continue;
  times['node -e 0'].push(nodeMs);
  times['empty Ink'].push(inkMs);
  times['first line'].push(lineMs);
  times['first frame'].push(frameMs);
  times['first figures'].push(figuresMs);
}

const nodeMs = median(times['node -e 0']);
const rows = Object.entries(times).map(([name, all]) => {
  const ratio = median(all) / nodeMs;
  const bar = BARS[name] ?? null;
  return {
    name,
    medianMs: median(all),
    fastestMs: Math.min(...all),
    slowestMs: Math.max(...all),
    ratio,
    bar,
    holds: bar === null || ratio <= bar,
  };
});
if (given.json) console.log(JSON.stringify({ node: process.version, runs: Number(given.runs), rows }));
else {
  for (const { name, medianMs, fastestMs, slowestMs, ratio, bar, holds } of rows) {
    const spread = `${fastestMs.toFixed(0)}..${slowestMs.toFixed(0)}`;
    const told = bar === null ? '' : `  <= ${bar}  ${holds ? 'ok' : 'MISSED'}`;
    console.log(
      `${name.padEnd(13)} ${medianMs.toFixed(0).padStart(5)} ms  ${spread.padStart(11)}  x${ratio.toFixed(2)}${told}`,
    );
  }
}
process.exit(rows.every(({ holds }) => holds) ? 0 : 1);

/** Milliseconds until `sign` is on the terminal, or (null) until the program has ended. Ends the program. */
function timeUntil(args, sign) {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    let tookMs = null;
    let output = '';
    const terminal = spawn(process.execPath, args, {
      cols: 120,
      rows: 40,
      cwd: scratch,
      env: { PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    });
    const givenUp = setTimeout(() => terminal.kill('SIGKILL'), GIVEN_UP_MS);
    terminal.onData((data) => {
      output += data;
      // As a terminal does that does not know its background.
      if (data.includes('\x1b[c')) terminal.write('\x1b[?62c');
      if (sign === null || tookMs !== null || !output.includes(sign)) return;
      tookMs = performance.now() - startedMs;
      terminal.kill('SIGTERM');
    });
    terminal.onExit(() => {
      clearTimeout(givenUp);
      if (sign === null) resolve(performance.now() - startedMs);
      else if (tookMs === null) reject(new Error(`${args.join(' ')} never said "${sign}":\n${output}`));
      else resolve(tookMs);
    });
  });
}

async function startService() {
  const file = join(scratch, 'service.cjs');
  writeFileSync(
    file,
    "require('node:http').createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1', () => console.log('ready'));\n",
  );
  const child = spawnProcess(process.execPath, [file], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return { child };
}

async function buildEmptyInk() {
  await build({
    stdin: {
      contents:
        "import { render, Text } from 'ink'; import { createElement } from 'react'; render(createElement(Text, null, 'ready'));",
      resolveDir: repository,
      loader: 'js',
    },
    outdir: scratch,
    entryNames: 'ink',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
    external: ['react-devtools-core'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
