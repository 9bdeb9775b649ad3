// npm run bench:heap [-- --check] [--json] [--rounds 3] [--files a.heapsnapshot,b.heapsnapshot] [--sizes 15,100]
// Our heap analysis against Chrome DevTools' heap worker, memlab and v8-heap-parser, alternating, each run in a
// process of its own: load, dominators, retained sizes, sums by constructor. Wall time and peak memory as ratios to
// ours. With --check also whether every constructor has the count, sizes and distance that DevTools gives it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cache, preparePeers } from './heap-peers.mjs';
import { median } from './measuring.mjs';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    files: { type: 'string' },
    sizes: { type: 'string', default: '15,100' },
    peers: { type: 'string', default: 'devtools,memlab,v8-heap-parser' },
  },
});
/** A peer that takes longer is counted as failed. */
const LONGEST_RUN_MS = 240_000;

const own = join(cache, 'own-run.mjs');
const peer = join(import.meta.dirname, 'heap-peer-run.mjs');

const summary = (runs) => ({
  seconds: median(runs.map(({ seconds }) => seconds)),
  peakMb: median(runs.map(({ peakMb }) => peakMb)),
});

const say = options.json ? () => {} : console.log;
const measured = [];

await preparePeers();
const files = options.files?.split(',') ?? (await generated(options.sizes.split(',').map(Number)));
for (const file of files) {
  await measure(file);
  if (options.check) await check(file);
}
if (options.json) console.log(JSON.stringify({ rounds: Number(options.rounds), files: measured }));

/** Runs one program; null when it failed. Memory is the process's own high-water mark. */
function run(script, args) {
  const startedMs = performance.now();
  const child = spawn('nice', ['-n', '15', process.execPath, '--max-old-space-size=8000', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_RUN_MS,
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.resume();
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const last = output.trim().split('\n').at(-1) ?? '';
      resolve(code === 0 ? { seconds: (performance.now() - startedMs) / 1000, ...JSON.parse(last) } : null);
    });
  });
}

async function measure(file) {
  const programs = [
    { name: 'loopscope', start: () => run(own, [file]) },
    ...options.peers.split(',').map((name) => ({ name, start: () => run(peer, [name, file]) })),
    { name: 'loopscope, parsing alone', start: () => run(own, [file, '--parse']) },
    { name: 'JSON.parse', start: () => run(peer, ['JSON.parse', file]) },
  ].map((program) => ({ ...program, runs: [], failed: false }));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const program of programs) {
      if (program.failed) continue;
      const result = await program.start();
      if (result === null) program.failed = true;
      else program.runs.push(result);
    }
  }
  const megabytes = statSync(file).size / 2 ** 20;
  say(`\n${basename(file)}, ${megabytes.toFixed(0)} MB, median of ${options.rounds} alternating rounds`);
  const rows = programs.map(({ name, runs, failed }) => (failed ? { name } : { name, ...summary(runs) }));
  measured.push({ megabytes, rows });
  const [ours] = rows;
  for (const { name, seconds, peakMb } of rows) {
    if (seconds === undefined) {
      say(`${name.padEnd(26)} failed`);
      continue;
    }
    say(
      `${name.padEnd(26)} ${seconds.toFixed(2).padStart(7)} s ${`${(seconds / ours.seconds).toFixed(1)}x`.padStart(6)}   ${String(peakMb).padStart(6)} MB ${`${(peakMb / ours.peakMb).toFixed(1)}x`.padStart(6)}   ${(peakMb / megabytes).toFixed(2)} x the file`,
    );
  }
}

async function check(file) {
  const dumps = ['own', 'devtools'].map((name) => join(cache, `${name}.json`));
  await run(own, [file, '--dump', dumps[0]]);
  await run(peer, ['devtools', file, '--dump', dumps[1]]);
  const [ours, theirs] = dumps.map((dump) => JSON.parse(readFileSync(dump, 'utf8')));
  const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  const different = [...keys].filter((key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]));
  say(`${keys.size} constructors, ${different.length} different from DevTools' in count, sizes or distance`);
  for (const key of different.slice(0, 5)) say(`  ${key}: ${ours[key]} instead of ${theirs[key]}`);
  if (different.length > 0) process.exitCode = 1;
}

/** Snapshots of generated heaps of about these many MB, made once. */
async function generated(sizes) {
  const folder = join(cache, 'snapshots');
  mkdirSync(folder, { recursive: true });
  const made = [];
  for (const size of sizes) {
    const file = join(folder, `generated-${size}.heapsnapshot`);
    if (!existsSync(file)) await run(join(import.meta.dirname, 'heap-generator.mjs'), [String(size), file]);
    made.push(file);
  }
  return made;
}
