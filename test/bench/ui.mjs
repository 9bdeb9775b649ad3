// What the terminal UI costs: the program's own screens in a pseudo-terminal on heavy synthetic data (20 routes, 2,000
// functions, stalls). Prints each figure with its budget beside it; fails when one is missed.
//
//   npm run bench:ui [-- --seconds 12 --hours 8 --json]
//
// Ratios are between runs that took turns; shares of a core are as good as the machine is quiet.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { build } from 'esbuild';

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '12' },
    hours: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
});
const repository = join(import.meta.dirname, '..', '..');
const scratch = join(repository, 'node_modules', '.cache', `bench-ui-${process.pid}`);
const program = join(scratch, 'run.mjs');
const LONGEST_RUN_MS = 240_000;

/** Of the issue: shares of a core, bytes a frame, MB an hour. */
const BUDGETS = [
  { columns: 120, rows: 40, rate: 4, cpu: 0.03, bytes: 3_000 },
  { columns: 80, rows: 24, rate: 4, cpu: 0.03, bytes: 1_500 },
  { columns: 250, rows: 70, rate: 4, cpu: 0.05, bytes: null },
  { columns: 120, rows: 40, rate: 10, cpu: 0.05, bytes: 3_000 },
];
const BARE_RATIO = 1.3;
const GROWTH_MB_PER_HOUR = 1;
const FLAT_MEMORY = 1.05;
/** Frame times of one machine at different moments differ by this much. */
const FLAT_FRAMES = 1.25;

mkdirSync(scratch, { recursive: true });
const running = new Set();
process.on('exit', () => {
  for (const terminal of running) terminal.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});
await bundle();

const rows = [];
let missed = false;
for (const budget of BUDGETS) await measureScreens(budget);
await compareWithBare();
await measureReplay();
if (given.json) {
  console.log(
    JSON.stringify({ rows: rows.map(([what, value, bar, holds]) => ({ what, value, bar, holds })) }),
  );
} else {
  console.log(`\n${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}\n`);
  for (const row of rows) {
    console.log(row[0].padEnd(46), row[1].padStart(10), row[2].padStart(12), row[3] ? '  ok' : '  MISSED');
  }
}
process.exit(missed ? 1 : 0);

async function measureScreens({ columns, rows: height, rate, cpu, bytes }) {
  const name = `${columns}x${height}, ${rate} frames/s`;
  const { result, frozenBytes } = await run('screens', { columns, rows: height, rate });
  add(`${name}: CPU`, percent(result.cpuShare), `<= ${percent(cpu)}`, result.cpuShare <= cpu);
  if (bytes !== null) {
    const told = result.bytesPerFrame.toFixed(0);
    add(`${name}: bytes a frame`, told, `<= ${bytes}`, result.bytesPerFrame <= bytes);
  }
  add(`${name}: React commits for data`, String(result.commits), '0', result.commits === 0);
  add(`${name}: bytes while frozen`, String(frozenBytes), '0', frozenBytes === 0);
}

async function compareWithBare() {
  const ratios = [];
  for (let pair = 0; pair < 2; pair++) {
    const size = { columns: 120, rows: 40, rate: 4 };
    const own = (await run('screens', size)).result.cpuMsPerFrame;
    const bare = (await run('bare', size)).result.cpuMsPerFrame;
    if (!given.json) console.log(`CPU a frame: ${own.toFixed(2)} ms, bare writer ${bare.toFixed(2)} ms`);
    ratios.push(own / bare);
  }
  const ratio = (ratios[0] + ratios[1]) / 2;
  add('CPU a frame against a bare writer', ratio.toFixed(2), `<= ${BARE_RATIO}`, ratio <= BARE_RATIO);
}

async function measureReplay() {
  const hours = Number(given.hours);
  const { result } = await run('replay', { columns: 120, rows: 40, rate: 4, length: given.hours });
  for (const { hour, usedMb, frameMs } of result.readings) {
    if (Number.isInteger(hour) && !given.json) {
      console.log(`after ${hour} h: ${usedMb.toFixed(1)} MB used, ${frameMs.toFixed(2)} ms a frame`);
    }
  }
  const quarter = (n, of) => {
    const part = result.readings.filter(
      ({ hour }) => hour > ((n - 1) * hours) / 4 && hour <= (n * hours) / 4,
    );
    return part.reduce((sum, reading) => sum + reading[of], 0) / part.length;
  };
  const memory = quarter(4, 'usedMb') / quarter(2, 'usedMb');
  add(
    '8 h replayed: memory, last to second quarter',
    memory.toFixed(3),
    `<= ${FLAT_MEMORY}`,
    memory <= FLAT_MEMORY,
  );
  const growth = (quarter(4, 'usedMb') - quarter(2, 'usedMb')) / (hours / 2);
  add(
    '8 h replayed: growth, MB an hour',
    growth.toFixed(2),
    `<= ${GROWTH_MB_PER_HOUR}`,
    growth <= GROWTH_MB_PER_HOUR,
  );
  const frames = quarter(4, 'frameMs') / quarter(2, 'frameMs');
  add(
    '8 h replayed: frame time, last to second quarter',
    frames.toFixed(2),
    `<= ${FLAT_FRAMES}`,
    frames <= FLAT_FRAMES,
  );
}

function add(what, value, budget, holds) {
  missed ||= !holds;
  rows.push([what, value, budget, holds]);
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

/** Runs once; when it has measured, holds the picture with a key and counts what is written all the same. */
async function run(mode, { columns, rows: height, rate, length = given.seconds }) {
  const file = join(scratch, 'result.json');
  rmSync(file, { force: true });
  const terminal = spawn(process.execPath, ['--expose-gc', program, mode, file, String(rate), length], {
    cols: columns,
    rows: height,
    cwd: scratch,
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8', TZ: 'UTC' },
  });
  running.add(terminal);
  let bytes = 0;
  let output = '';
  let ended = false;
  terminal.onData((data) => {
    bytes += Buffer.byteLength(data);
    output = (output + data).slice(-2_000);
  });
  terminal.onExit(() => (ended = true));
  const deadline = Date.now() + LONGEST_RUN_MS;
  while (!existsSync(file)) {
    if (ended || Date.now() > deadline) throw new Error(`the run ${mode} ended early:\n${output}`);
    await sleep(100);
  }
  let frozenBytes = 0;
  if (mode === 'screens') {
    terminal.write(' ');
    await sleep(1_000);
    const before = bytes;
    await sleep(2_000);
    frozenBytes = bytes - before;
  }
  const result = JSON.parse(readFileSync(file, 'utf8'));
  terminal.write('q');
  terminal.kill('SIGTERM');
  running.delete(terminal);
  return { result, frozenBytes };
}

async function bundle() {
  await build({
    absWorkingDir: repository,
    entryPoints: { run: 'test/bench/ui-run.ts' },
    outdir: scratch,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
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
