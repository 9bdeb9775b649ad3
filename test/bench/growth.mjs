// How cost grows: what a request costs inside a service that has seen 10 to 100,000 routes; what a diagnosis and the
// screens' figures cost over one session with 100 to 50,000 functions; what loopscope itself takes for 1 to 16
// processes, and for a service that answers 10 to 1,000 requests a second. Nothing may grow faster than what it is
// counted by: the exponent of the growth is 1 for linear, 0 for none.
//
//   npm run bench:growth [-- --rounds 5 --only routes,functions,processes,load --json]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { alternate, exitOnSignals, spreadOf } from './measuring.mjs';
import { loadSources } from './sources.mjs';

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: 'routes,functions,processes,load' },
    json: { type: 'boolean', default: false },
  },
});
/** Linear is 1; the rest is what a noisy machine makes of it. */
const LARGEST_EXPONENT = 1.1;
const REQUESTS = 100_000;
/** Less memory than this is the allocator's noise. */
const LEAST_MB = 0.5;
const WATCHED_S = 5;

const repository = join(import.meta.dirname, '..', '..');
const program = join(repository, 'bin', 'loopscope.js');
const service = join(import.meta.dirname, 'peer-service.cjs');
const started = new Set();
exitOnSignals();
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const sources = await loadSources({
  'test/support/request-meter.ts': ['createMeter'],
  'src/timeline/timeline.ts': ['createTimeline', 'reduceTimeline'],
  'src/timeline/code-selectors.ts': ['selectCallTree', 'selectHottestFunctions'],
  'src/diagnosis/diagnosis.ts': ['diagnose'],
});

const GROWTHS = {
  routes: { counts: [10, 1_000, 100_000], unit: 'µs a request', measure: requestOn },
  functions: { counts: [100, 1_000, 10_000, 50_000], unit: 'ms a diagnosis', measure: diagnosisOf },
  processes: { counts: [1, 2, 4, 8, 16], unit: 'ms of CPU in 5 s', measure: (count) => watch(count, 0) },
  load: { counts: [10, 100, 1_000], unit: 'ms of CPU in 5 s', measure: (rate) => watch(1, rate) },
};

const growths = [];
for (const name of given.only.split(',')) {
  const { counts, unit, measure } = GROWTHS[name];
  const readings = await alternate(Number(given.rounds), counts, measure);
  const points = counts.map((count) => ({
    count,
    cost: spreadOf(readings[count].map(({ cost }) => cost)),
    megabytes: spreadOf(readings[count].map(({ megabytes }) => megabytes)),
  }));
  const exponent = (of) => {
    const [first, last] = [points[0], points.at(-1)];
    return Math.log(last[of].median / first[of].median) / Math.log(last.count / first.count);
  };
  const growth = { name, unit, points, exponent: exponent('cost'), memoryExponent: exponent('megabytes') };
  growth.holds = growth.exponent <= LARGEST_EXPONENT && growth.memoryExponent <= LARGEST_EXPONENT;
  growths.push(growth);
  if (!given.json) print(growth);
}
if (given.json) {
  const bars = { exponent: LARGEST_EXPONENT };
  console.log(JSON.stringify({ rounds: Number(given.rounds), bars, growths }));
}
process.exit(growths.every(({ holds }) => holds) ? 0 : 1);

/** Requests over so many routes that nothing folds; the memory is what the probe then holds. */
function requestOn(count) {
  const paths = Array.from({ length: count }, (_, i) => `/${lettersOf(i)}/list`);
  const beforeMb = usedMb();
  const meter = sources.createMeter();
  const beganAt = performance.now();
  for (let i = 0; i < REQUESTS; i++) {
    const response = {};
    meter.begin(response, 'GET', paths[i % count], i, true);
    meter.end(response, {}, 200, 11, i + 1);
  }
  const cost = ((performance.now() - beganAt) * 1000) / REQUESTS;
  const megabytes = usedMb() - beforeMb;
  // Read last, so that it is still held when the memory is counted.
  meter.read(REQUESTS);
  return { cost, megabytes: Math.max(LEAST_MB, megabytes) };
}

/** Eight minutes of samples, 100 a second, spread over so many functions; the memory is that of the timeline. */
function diagnosisOf(count) {
  const { createTimeline, reduceTimeline, selectCallTree, selectHottestFunctions, diagnose } = sources;
  const beforeMb = usedMb();
  const timeline = createTimeline();
  const span = { fromMs: 0, toMs: 480_000 };
  for (let startMs = 0; startMs < span.toMs; startMs += 10_000) {
    reduceTimeline(timeline, profileOf(startMs, count));
    reduceTimeline(timeline, {
      kind: 'stall',
      atMs: startMs + 900,
      startMs: startMs + 500,
      endMs: startMs + 900,
    });
  }
  const megabytes = usedMb() - beforeMb;
  const beganAt = performance.now();
  diagnose(timeline, span);
  selectCallTree(timeline, span);
  selectHottestFunctions(timeline, span);
  return { cost: performance.now() - beganAt, megabytes };
}

/** What is alive, in the heap and beside it. */
function usedMb() {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}

/** One window: the root, a handler below it, and each sample in a function of its own, as far as there are so many. */
function profileOf(startMs, functions) {
  const SAMPLES = 1_000;
  const frame = (name, line) => ({
    function: name,
    file: '/srv/app/server.js',
    line,
    column: 1,
    origin: 'user',
    package: null,
  });
  const first = Math.floor((startMs / 10_000) * SAMPLES);
  const seen = [...new Set(Array.from({ length: SAMPLES }, (_, i) => (first + i) % functions))];
  const frames = [
    frame('(root)', 0),
    frame('handle', 1),
    ...seen.map((id) => frame(`function${id}`, id + 2)),
  ];
  return {
    kind: 'cpu-profile',
    atMs: startMs + 10_000,
    startMs,
    endMs: startMs + 10_000,
    samplingIntervalUs: 10_000,
    frames,
    nodeFrames: frames.map((_, i) => i),
    parents: frames.map((_, i) => Math.min(i - 1, 1)),
    sampleNodes: Array.from({ length: SAMPLES }, (_, i) => 2 + (i % seen.length)),
    sampleTimesMs: Array.from({ length: SAMPLES }, (_, i) => startMs + i * 10),
    sampleWeightsMs: Array.from({ length: SAMPLES }, () => 10),
    lineTicks: [],
    lineTexts: [],
  };
}

/** What `check` takes for so many processes at once, each answering `rate` requests a second; its CPU, its memory. */
async function watch(count, rate) {
  const services = await Promise.all(Array.from({ length: count }, startService));
  const load =
    rate > 0
      ? run(['load', `http://127.0.0.1:${services[0].port}/`, '--rate', rate, '--duration', '60s'])
      : null;
  const pids = services.map(({ child }) => child.pid);
  const check = run(['check', ...pids, '--json', '--fail-on', 'never', '--duration', `${WATCHED_S}s`]);
  let cost = 0;
  let megabytes = 0;
  while (check.exitCode === null) {
    try {
      const times = readFileSync(`/proc/${check.pid}/stat`, 'utf8').split(') ')[1].split(' ');
      // Clock ticks are 10 ms on every Linux that Node runs on; user and system time are fields 14 and 15.
      cost = (Number(times[11]) + Number(times[12])) * 10;
      const peakKb = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${check.pid}/status`, 'utf8'))?.[1];
      megabytes = peakKb === undefined ? megabytes : Number(peakKb) / 1024;
    } catch {
      // It has just ended.
    }
    await sleep(20);
  }
  if (check.exitCode !== 0) throw new Error(`check of ${count} processes ended with ${check.exitCode}`);
  for (const { child } of services) end(child);
  if (load !== null) end(load);
  return { cost, megabytes };
}

function run(args) {
  const child = spawn(process.execPath, [program, ...args.map(String)], { stdio: 'ignore' });
  started.add(child);
  return child;
}

async function startService() {
  const child = spawn(process.execPath, ['--inspect-port=0', service, 'hello'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.add(child);
  const [text] = await once(child.stdout, 'data');
  return { child, port: Number(/ready (\d+)/.exec(text)[1]) };
}

function end(child) {
  child.kill('SIGKILL');
  started.delete(child);
}

/** A word for a number: ids in paths are folded, words are not. */
function lettersOf(number) {
  return [...number.toString(26)]
    .map((digit) => 'ghijklmnopqrstuvwxyzabcdef'[Number.parseInt(digit, 26)])
    .join('');
}

function print({ name, unit, points, exponent, memoryExponent, holds }) {
  for (const { count, cost, megabytes } of points) {
    console.log(
      `${name.padEnd(10)} ${String(count).padStart(7)}  ${cost.median.toFixed(2).padStart(9)} ${unit}  ${megabytes.median.toFixed(1).padStart(7)} MB`,
    );
  }
  const exponents = `cost ${exponent.toFixed(2)}, memory ${memoryExponent.toFixed(2)}`;
  console.log(
    `${name.padEnd(10)} grows with the exponent ${exponents}  <= ${LARGEST_EXPONENT}  ${holds ? 'ok' : 'MISSED'}\n`,
  );
}
