// npm run bench:heap [-- --heaps real,15,100,500] [--rounds 3] [--peers devtools,memlab] [--check] [--json] [--join]
// Our heap analysis against Chrome DevTools' heap worker, memlab and v8-heap-parser, alternating, each run in a
// process of its own: load, dominators, retained sizes, sums by constructor. Wall time and peak memory as ratios to
// ours, with the bars beside them; fails when one is missed.
//   --heaps   `real` is the TypeScript compiler's; a number is a generated one of about so many MB; else a file
//   --node    the version whose snapshots are read, of generated heaps; this one by default
//   --check   whether every constructor has the count, sizes and distance that DevTools gives it; --rounds 0 checks only
//   --join    adds the runs to those of the last result: so that all of it may be measured in short pieces
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cache, preparePeers, VERSIONS } from './heap-peers.mjs';
import { median } from './measuring.mjs';
import { loadSources } from './sources.mjs';

const { values: options } = parseArgs({
  options: {
    heaps: { type: 'string', default: 'real,15,100' },
    node: { type: 'string' },
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    join: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string', default: 'devtools,memlab,v8-heap-parser' },
  },
});
/** A peer that takes longer is counted as failed. */
const LONGEST_RUN_MS = 240_000;

/** How many times as long, and as much memory, each must take as we do. */
const BARS = {
  devtools: { seconds: 4.5, peakMb: 2 },
  memlab: { seconds: 4.5 },
  'v8-heap-parser': { seconds: 2, peakMb: 4 },
};
/** Of reading alone, by ours. */
const PARSING_BAR = 2;
/** Our peak by the size of the file. */
const MEMORY_BAR = { timesTheFile: 1.8, fromMegabytes: 200 };
/** Below that it is the start of Node that takes the time. */
const BARS_FROM_MEGABYTES = 50;

const PARSING = 'loopscope, parsing alone';
const own = join(cache, 'own-run.mjs');
const peer = join(import.meta.dirname, 'heap-peer-run.mjs');
const say = options.json ? () => {} : console.log;
const { nodeBinary } = await loadSources({ 'test/node-versions.ts': ['nodeBinary'] });

await preparePeers();
const measured = options.join ? earlierFiles() : [];
for (const heap of options.heaps.split(',')) {
  const file = await fileOf(heap);
  const name = basename(file, '.heapsnapshot');
  if (options.rounds > 0) {
    const before = measured.find((each) => each.name === name);
    const { megabytes, rows } = await measure(file, before?.rows ?? []);
    const after = { name, megabytes, rows, bars: barsOf(megabytes, rows) };
    measured.splice(before ? measured.indexOf(before) : measured.length, before ? 1 : 0, after);
    tell(after);
  }
  if (options.check) await check(file);
}
measured.sort((a, b) => a.megabytes - b.megabytes);
const missed = measured.flatMap(({ bars }) => bars.filter(({ kept }) => !kept));
if (options.json) console.log(JSON.stringify({ versions: VERSIONS, files: measured }));
if (missed.length > 0) process.exitCode = 1;

/** What `npm run bench` wrote last. */
function earlierFiles() {
  const path = join(import.meta.dirname, 'results/heap.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).files : [];
}

/** Runs one program; memory is the process's own high-water mark. */
function run(script, args, node = process.execPath) {
  const startedMs = performance.now();
  const child = spawn(node, ['--max-old-space-size=8000', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_RUN_MS,
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.resume();
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const last = output.trim().split('\n').at(-1) ?? '';
      const told = code === 0 ? JSON.parse(last) : { failed: `it ended with ${signal ?? code}` };
      resolve({ seconds: (performance.now() - startedMs) / 1000, ...told });
    });
  });
}

/** @param before rows of runs that these are added to */
async function measure(file, before) {
  const programs = [
    { name: 'loopscope', start: () => run(own, [file]) },
    ...options.peers
      .split(',')
      .filter((name) => name !== '')
      .map((name) => ({ name, start: () => run(peer, [name, file]) })),
    { name: PARSING, start: () => run(own, [file, '--parse']) },
    { name: 'JSON.parse', start: () => run(peer, ['JSON.parse', file]) },
  ].map(({ name, start }) => {
    const known = before.find((row) => row.name === name);
    return { name, start, runs: [...(known?.runs ?? [])], failed: known?.failed };
  });
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const program of programs) {
      if (program.failed) continue;
      const { failed, ...figures } = await program.start();
      if (failed) program.failed = `${failed}, with ${figures.peakMb ?? '?'} MB`;
      else program.runs.push(figures);
    }
  }
  return {
    megabytes: statSync(file).size / 2 ** 20,
    rows: programs.map(({ name, runs, failed }) => ({
      name,
      ...(failed ? { failed } : summary(runs)),
      runs,
    })),
  };
}

function summary(runs) {
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    peakMb: median(runs.map(({ peakMb }) => peakMb)),
  };
}

/** Ratios with the least or most they may be; a peer that failed has none. */
function barsOf(megabytes, rows) {
  const bars = [];
  const [ours] = rows;
  const of = (name) => rows.find((row) => row.name === name && row.seconds !== undefined);
  const atLeast = (what, value, bar) => bars.push({ what, value, bar, kept: value >= bar });
  if (megabytes >= BARS_FROM_MEGABYTES) {
    for (const [name, least] of Object.entries(BARS)) {
      const theirs = of(name);
      if (!theirs) continue;
      for (const figure of Object.keys(least)) {
        atLeast(`${name}: ${figure}`, theirs[figure] / ours[figure], least[figure]);
      }
    }
    const [alone, json] = [of(PARSING), of('JSON.parse')];
    if (alone && json) atLeast('JSON.parse: seconds', json.seconds / alone.seconds, PARSING_BAR);
  }
  if (megabytes >= MEMORY_BAR.fromMegabytes) {
    const value = ours.peakMb / megabytes;
    const bar = MEMORY_BAR.timesTheFile;
    bars.push({ what: 'peak by the file', value, bar, kept: value <= bar });
  }
  return bars;
}

function tell({ name, megabytes, rows, bars }) {
  const [ours] = rows;
  say(`\n${name}, ${megabytes.toFixed(0)} MB, medians of ${ours.runs.length} alternating rounds`);
  for (const { name: program, failed, seconds, peakMb } of rows) {
    if (failed) {
      say(`${program.padEnd(26)} failed: ${failed}`);
      continue;
    }
    const time = `${seconds.toFixed(2).padStart(7)} s ${`${(seconds / ours.seconds).toFixed(1)}x`.padStart(6)}`;
    const memory = `${String(peakMb).padStart(6)} MB ${`${(peakMb / ours.peakMb).toFixed(1)}x`.padStart(6)}`;
    say(`${program.padEnd(26)} ${time}   ${memory}   ${(peakMb / megabytes).toFixed(2)} x the file`);
  }
  for (const { what, value, bar, kept } of bars) {
    say(`  ${kept ? 'kept  ' : 'MISSED'} ${what} ${value.toFixed(2)}, bar ${bar}`);
  }
}

async function check(file) {
  const dumps = ['own', 'devtools'].map((name) => join(cache, `${name}.json`));
  const ended = [
    await run(own, [file, '--dump', dumps[0]]),
    await run(peer, ['devtools', file, '--dump', dumps[1]]),
  ];
  for (const { failed } of ended) if (failed) throw new Error(failed);
  const [ours, theirs] = dumps.map((dump) => JSON.parse(readFileSync(dump, 'utf8')));
  const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  const different = [...keys].filter((key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]));
  say(
    `${basename(file)}: ${keys.size} constructors, ${different.length} different from DevTools' in count, sizes or distance`,
  );
  for (const key of different.slice(0, 5)) say(`  ${key}: ${ours[key]} instead of ${theirs[key]}`);
  if (different.length > 0) process.exitCode = 1;
}

/** The snapshot of that heap, made once. */
async function fileOf(heap) {
  if (heap.endsWith('.heapsnapshot')) return heap;
  const folder = join(cache, 'snapshots');
  mkdirSync(folder, { recursive: true });
  const of = options.node ? `-node${options.node}` : '';
  const file = join(folder, `${heap === 'real' ? heap : `generated-${heap}`}${of}.heapsnapshot`);
  if (existsSync(file)) return file;
  const node = options.node ? await nodeBinary(Number(options.node)) : process.execPath;
  const [script, ...args] =
    heap === 'real' ? ['heap-real.mjs', file] : ['heap-generator.mjs', String(heap), file];
  const { failed } = await run(join(import.meta.dirname, script), args, node);
  if (failed) throw new Error(`no snapshot of ${heap}: ${failed}`);
  return file;
}
