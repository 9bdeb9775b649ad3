// Where loopscope's own time goes, as loopscope tells it: a session with its screens watches a service under load, and a
// second loopscope takes the CPU profile of the first. Prints the shares of its CPU time by the layer of the code.
//
//   npm run bench:self [-- --seconds 30 --rate 300 --json]
import { fork, spawn as spawnProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { build } from 'esbuild';
import { exitOnSignals } from './measuring.mjs';

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    rate: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
});
const here = import.meta.dirname;
const repository = join(here, '..', '..');
// Outside of node_modules: what lies there is a package's.
const scratch = mkdtempSync(join(tmpdir(), 'bench-self-'));
const loopscope = join(repository, 'bin', 'loopscope.js');
/** The first seconds are compiling and attaching, which are no cost of watching. */
const SETTLES_MS = 15_000;
/** What stands for it where no function ran; the rest of V8's own, such as collecting garbage, is work. */
const NOT_WORKING = new Set(['(idle)', '(not sampled)', '(loopscope)']);
/** A layer with less is summed up as the rest. */
const SHOWN_SHARE = 0.02;

symlinkSync(join(repository, 'node_modules'), join(scratch, 'node_modules'));
const running = new Set();
exitOnSignals();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

// Apart from its packages and with a source map, so that a frame tells whose code it is.
await build({
  absWorkingDir: repository,
  entryPoints: { start: 'src/app/start.ts', 'caretaker-program': 'src/app/caretaker-program.ts' },
  outdir: scratch,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  packages: 'external',
  sourcemap: 'inline',
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  define: { 'process.env.NODE_ENV': '"production"' },
});
const service = fork(join(here, 'peer-service.cjs'), ['express'], {
  stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
});
running.add(service);
const [ready] = await once(service.stdout, 'data');
const [, port, pid] = /ready (\d+) (\d+)/.exec(ready);
const load = spawnProcess(
  process.execPath,
  [loopscope, 'load', `http://127.0.0.1:${port}/`, '--rate', given.rate, '--duration', '10m'],
  { stdio: 'ignore' },
);
running.add(load);
const begin = `import { start } from './start.mjs'; await start(process.argv.slice(2));`;
writeFileSync(join(scratch, 'begin.mjs'), begin);
const watched = spawn(process.execPath, [join(scratch, 'begin.mjs'), 'attach', pid], {
  cols: 120,
  rows: 40,
  cwd: scratch,
  env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', NODE_ENV: 'production' },
});
running.add(watched);
watched.onData(() => {});
await sleep(SETTLES_MS);
const profileFile = join(scratch, 'own.cpuprofile');
const taking = spawnProcess(
  process.execPath,
  [
    loopscope,
    'export',
    String(watched.pid),
    '--format',
    'cpuprofile',
    '--duration',
    `${given.seconds}s`,
    '-o',
    profileFile,
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
running.add(taking);
const [status] = await once(taking, 'exit');
if (status !== 0) throw new Error(`the profile was not taken: export ended with ${status}`);
const told = summarise(JSON.parse(readFileSync(profileFile, 'utf8')));
if (given.json) console.log(JSON.stringify(told));
else {
  console.log(`on a CPU ${(told.busyShare * 100).toFixed(1)}% of ${told.seconds.toFixed(0)} s; of that:`);
  for (const { layer, share, hottest } of told.layers) {
    console.log(`${(share * 100).toFixed(1).padStart(6)}%  ${layer.padEnd(24)} ${hottest}`);
  }
}
process.exit(0);

/** Self time by layer, most first, each with its hottest function. */
function summarise({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const layers = new Map();
  let [idleUs, busyUs] = [0, 0];
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    // A sample lasts until the next one.
    const us = timeDeltas[index + 1] ?? 0;
    if (NOT_WORKING.has(frame.functionName)) {
      idleUs += us;
      continue;
    }
    busyUs += us;
    const layer = layerOf(frame);
    const functions = layers.get(layer) ?? new Map();
    const name = frame.functionName || '(anonymous)';
    functions.set(name, (functions.get(name) ?? 0) + us);
    layers.set(layer, functions);
  }
  const rows = [...layers].map(([layer, functions]) => {
    const [[hottest]] = [...functions].toSorted((a, b) => b[1] - a[1]);
    return { layer, share: [...functions.values()].reduce((sum, us) => sum + us, 0) / busyUs, hottest };
  });
  const shown = rows.filter(({ share }) => share >= SHOWN_SHARE).toSorted((a, b) => b.share - a.share);
  const rest = 1 - shown.reduce((sum, { share }) => sum + share, 0);
  return {
    busyShare: busyUs / (busyUs + idleUs),
    seconds: (busyUs + idleUs) / 1e6,
    layers: [...shown, { layer: 'the rest', share: rest, hottest: '' }],
  };
}

/** A folder of `src`, a package, or a part of Node. */
function layerOf({ functionName, url }) {
  const [, own] = /\/src\/(.+)\/[^/]+$/.exec(url) ?? [];
  if (own && !url.includes('/node_modules/')) return `src/${own.split('/')[0]}`;
  const name = url.split('/node_modules/').at(-1);
  if (url.includes('/node_modules/'))
    return name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/');
  if (functionName === '(garbage collector)') return 'collecting garbage';
  return url.startsWith('node:') ? `Node: ${url.slice(5)}` : 'Node and V8 inside';
}
