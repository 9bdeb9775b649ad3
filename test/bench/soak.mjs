// A long watch: the terminal UI on a service under load. Prints the memory and descriptors of both, and fails when
// one of them grows, or when the service keeps anything after loopscope has left.
//
//   npm run bench:soak [-- --minutes 60 --rate 100 --json]
//
// The service's heap is read after a full collection that it asks for itself. The first fifth of the time is warm-up:
// caches, histograms and the picture of the past fill up.
import { spawn as spawnProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';

const { values: given } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const durationMs = Number(given.minutes) * 60_000;
const READINGS = 24;
const WARM_UP = 0.2;
/** What a heap or a process may gain from the first reading after the warm-up to the last, of its own size. */
const GAIN = 0.15;
/** Below this the gain of a small process is noise of its allocator. */
const NOISE_MB = 16;

const program = join(import.meta.dirname, '..', '..', 'bin', 'loopscope.js');
const started = [];
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

const service = spawnProcess(
  process.execPath,
  ['--expose-gc', join(import.meta.dirname, 'soak-service.cjs')],
  {
    stdio: ['ignore', 'pipe', 'ignore'],
  },
);
started.push(service);
const port = /\d+/.exec(String((await once(service.stdout, 'data'))[0]))[0];
const url = `http://127.0.0.1:${port}`;
const before = await figuresOfService();

const seconds = Math.ceil(durationMs / 1000) + 30;
const load = spawnProcess(
  process.execPath,
  [program, 'load', `${url}/products`, '--rate', given.rate, '--duration', `${seconds}s`],
  { stdio: 'ignore' },
);
started.push(load);
const loopscope = spawn(process.execPath, [program, 'attach', String(service.pid)], {
  cols: 120,
  rows: 40,
  env: { PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
});
started.push(loopscope);
let ended = null;
const exited = new Promise((resolve) => {
  loopscope.onExit((exit) => resolve((ended = exit)));
});
loopscope.onData((data) => {
  // As a terminal does that does not know its background.
  if (data.includes('\x1b[c')) loopscope.write('\x1b[?62c');
});

const readings = [];
const startedMs = performance.now();
print(['minute', 'served', 'service rss', 'service heap', 'service fds', 'loopscope rss', 'loopscope fds']);
for (let reading = 1; reading <= READINGS; reading++) {
  await sleep(Math.max(0, startedMs + (reading / READINGS) * durationMs - performance.now()));
  if (ended !== null) throw new Error(`loopscope ended: ${JSON.stringify(ended)}`);
  // Each screen in turn is drawn, and fills its own caches.
  loopscope.write(String(1 + (reading % 7)));
  const own = await figuresOfService();
  const row = {
    minute: (performance.now() - startedMs) / 60_000,
    served: own.served,
    serviceRssMb: own.rss / 2 ** 20,
    serviceHeapMb: own.heapUsed / 2 ** 20,
    serviceDescriptors: own.descriptors,
    loopscopeRssMb: rssMb(loopscope.pid),
    loopscopeDescriptors: readdirSync(`/proc/${loopscope.pid}/fd`).length,
  };
  readings.push(row);
  print(Object.values(row).map((value) => (Number.isInteger(value) ? String(value) : value.toFixed(1))));
}

loopscope.write('q');
const { exitCode } = await exited;
load.kill('SIGTERM');
await once(load, 'exit');
await sleep(2000);
const after = await figuresOfService();

const steady = readings.slice(Math.floor(READINGS * WARM_UP));
const faults = [];
for (const figure of ['serviceRssMb', 'serviceHeapMb', 'loopscopeRssMb']) {
  const [early, late] = halves(steady.map((row) => row[figure])).map(median);
  if (late - early > Math.max(NOISE_MB, early * GAIN))
    faults.push(`${figure}: ${early.toFixed(1)} -> ${late.toFixed(1)}`);
}
for (const figure of ['serviceDescriptors', 'loopscopeDescriptors']) {
  const [early, late] = halves(steady.map((row) => row[figure])).map(median);
  if (late > early + 3) faults.push(`${figure}: ${early} -> ${late}`);
}
if (after.inspector !== before.inspector) faults.push('the inspector is still open');
if (after.descriptors > before.descriptors + 1)
  faults.push(`descriptors left: ${before.descriptors} -> ${after.descriptors}`);
if (exitCode !== 0) faults.push(`loopscope ended with ${exitCode}`);

const left = `before ${before.descriptors} descriptors, after ${after.descriptors}; heap ${mb(before.heapUsed)} -> ${mb(after.heapUsed)}`;
if (given.json) console.log(JSON.stringify({ node: process.version, readings, before, after, faults }));
else
  console.log(`the service: ${left}\n${faults.length === 0 ? 'flat: ok' : `MISSED: ${faults.join('; ')}`}`);
process.exit(faults.length === 0 ? 0 : 1);

async function figuresOfService() {
  return (await fetch(`${url}/figures`, { headers: { connection: 'close' } })).json();
}

function rssMb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

function print(cells) {
  if (!given.json) console.log(cells.map((cell) => cell.padStart(14)).join(''));
}

function mb(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

function halves(values) {
  return [values.slice(0, values.length >> 1), values.slice(values.length >> 1)];
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
