// What loopscope costs a service beside the tools that people use today: CPU time per request, p99 and the longest pause
// at one fixed rate, the longest pause while it attaches, and requests a second as fast as it answers. Each side is the
// same service, started anew for every turn, and
// the sides take turns; figures are medians, and ratios are to the untouched service.
//
//   npm run bench:peers [-- --service hello,express,allocating --rounds 5 --seconds 3 --sides loopscope,0x --json]
//
// loopscope and the protocol's own windows attach to the running service; every other tool has to start it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exitOnSignals, median } from './measuring.mjs';
import { binOf, installPeers, versionsOf } from './peer-packages.mjs';

const { values: given } = parseArgs({
  options: {
    service: { type: 'string', default: 'hello,express,allocating' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    sides: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const here = import.meta.dirname;
const repository = join(here, '..', '..');
const scratch = join(repository, 'node_modules', '.cache', `bench-peers-${process.pid}`);
const serviceFile = join(here, 'peer-service.cjs');
const loopscope = join(repository, 'bin', 'loopscope.js');
const measuredS = Number(given.seconds);
/** Low enough for the slowest tool to keep up: what it costs shows in CPU time, not in a queue. */
const RATES = { hello: 2000, express: 1000, allocating: 400 };
const WARM_UP = '2s';
/** What a turn measures. */
const FIGURES = ['cpuUsPerRequest', 'p99Ms', 'attachPauseMs', 'pauseMs', 'perSecond'];

/** How the service is started with a tool, and what is done to it once it runs. */
const SIDES = {
  untouched: { start: (service) => [process.execPath, [serviceFile, service]] },
  loopscope: {
    start: (service) => [process.execPath, [serviceFile, service]],
    attach: ({ pid }) => [process.execPath, [loopscope, 'check', String(pid), '--duration', '10m']],
  },
  'Profiler.start and stop': {
    start: (service) => [process.execPath, ['--inspect=0', serviceFile, service]],
    attach: ({ inspectorUrl }) => [process.execPath, [join(here, 'naive-profiles.mjs'), inspectorUrl]],
  },
  'node --cpu-prof': {
    start: (service) => [process.execPath, ['--cpu-prof', '--cpu-prof-dir', scratch, serviceFile, service]],
  },
  '0x': {
    start: (service) => [
      process.execPath,
      [binOf('0x', '0x'), '--collect-only', '--', process.execPath, serviceFile, service],
    ],
  },
  ...Object.fromEntries(
    ['doctor', 'flame', 'bubbleprof'].map((tool) => [
      `clinic ${tool}`,
      {
        start: (service) => [
          process.execPath,
          [binOf('clinic', 'clinic'), tool, '--collect-only', '--', process.execPath, serviceFile, service],
        ],
      },
    ]),
  ),
  '@platformatic/flame': {
    start: (service) => [
      process.execPath,
      [binOf('@platformatic/flame', 'flame'), 'run', serviceFile, service],
    ],
  },
  'blocked-at': {
    start: (service) => [process.execPath, [serviceFile, service, 'blocked-at']],
  },
};

const chosen = given.sides ? ['untouched', ...given.sides.split(',')] : Object.keys(SIDES);
const running = new Set();
exitOnSignals();
process.on('exit', () => {
  for (const child of running) killGroup(child);
  rmSync(scratch, { recursive: true, force: true });
});
const peers = installPeers(['clinic', '0x', '@platformatic/flame', 'blocked-at']);
const result = { rounds: Number(given.rounds), versions: versionsOf(peers), services: {} };
for (const service of given.service.split(',')) result.services[service] = await compare(service);
if (given.json) console.log(JSON.stringify(result));
process.exit(0);

async function compare(service) {
  const turns = Object.fromEntries(chosen.map((side) => [side, []]));
  const failed = {};
  for (let round = 0; round < Number(given.rounds); round++) {
    for (const side of round % 2 === 0 ? chosen : chosen.toReversed()) {
      if (failed[side] && turns[side].length === 0) continue;
      try {
        turns[side].push(await measure(SIDES[side], service));
      } catch (error) {
        failed[side] = error.message;
      }
    }
  }
  const figure = (side, name) => median(turns[side].map((turn) => turn[name]));
  const rows = chosen.map((side) => {
    if (turns[side].length === 0) return { side, failed: failed[side] };
    const row = { side, turns: turns[side].length };
    for (const name of FIGURES) {
      row[name] = figure(side, name);
      row[`${name}Ratio`] = figure(side, name) / figure('untouched', name);
    }
    return row;
  });
  for (const [side, reason] of Object.entries(failed)) console.error(`${side}, a turn of it: ${reason}`);
  if (!given.json) print(service, rows);
  return rows;
}

async function measure(side, service) {
  const child = launch(...side.start(service));
  try {
    const ready = await readyOf(child);
    const url = `http://127.0.0.1:${ready.port}/`;
    await load(url, ['--rate', String(RATES[service]), '--duration', WARM_UP]);
    await longestPauseMs(url);
    const attached = side.attach ? launch(...side.attach(ready)) : null;
    // The start of a profiler is a pause and no cost of being attached.
    await load(url, ['--rate', String(RATES[service]), '--duration', WARM_UP]);
    const attachPauseMs = await longestPauseMs(url);
    const beforeUs = cpuUs(ready.pid);
    const paced = await load(url, ['--rate', String(RATES[service]), '--duration', `${measuredS}s`]);
    const cpuUsPerRequest = (cpuUs(ready.pid) - beforeUs) / paced.answered;
    const pauseMs = await longestPauseMs(url);
    const fast = await load(url, ['--connections', '16', '--duration', `${measuredS}s`]);
    if (attached) {
      if (attached.exitCode !== null) throw new Error('it left the service early');
      attached.kill('SIGINT');
      await once(attached, 'exit');
    }
    const p99Ms = paced.latencyMs.p99;
    return { cpuUsPerRequest, p99Ms, attachPauseMs, pauseMs, perSecond: fast.answeredPerSecond };
  } finally {
    killGroup(child);
    running.delete(child);
  }
}

/** Since it was asked before; the service measures it. */
async function longestPauseMs(url) {
  return Number(await (await fetch(new URL('/pause', url))).text());
}

async function load(url, args) {
  const child = spawn(process.execPath, [loopscope, 'load', url, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  await once(child, 'close');
  const told = JSON.parse(text);
  if (told.answered === 0) throw new Error('the service answered nothing');
  return told;
}

/** In a process group of its own: the tools start the service as their child. */
function launch(command, args) {
  mkdirSync(scratch, { recursive: true });
  const child = spawn(command, args, {
    cwd: scratch,
    // clinic asks a person whether it may count its users, and waits.
    env: { ...process.env, NO_INSIGHT: '1', NO_UPDATE_NOTIFIER: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** The service says `ready PORT PID` on stdout, and Node where its inspector listens on stderr. */
async function readyOf(child) {
  let text = '';
  const abort = AbortSignal.timeout(60_000);
  const collect = (data) => (text += data);
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  for (;;) {
    const [, port, pid] = /ready (\d+) (\d+)/.exec(text) ?? [];
    const [inspectorUrl] = /ws:\/\/\S+/.exec(text) ?? [];
    if (port) return { port: Number(port), pid: Number(pid), inspectorUrl };
    if (child.exitCode !== null || abort.aborted) throw new Error(`it did not start: ${text.slice(-900)}`);
    await sleep(20);
  }
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** All threads of the service: a profiler's, too. */
function cpuUs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce(
    (sum, thread) =>
      sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000,
    0,
  );
}

function print(service, rows) {
  console.log(
    `\n${service}, Node ${process.version}, ${RATES[service]} requests a second; medians of ${given.rounds}`,
  );
  const heads = ['CPU µs a request', 'p99 ms', 'pause attaching', 'pause after', 'most a second'];
  console.log(' '.repeat(24) + heads.map((head) => head.padStart(17)).join(''));
  for (const row of rows) {
    if (row.failed) console.log(`${row.side.padEnd(24)}  failed: ${row.failed}`);
    else {
      const cells = FIGURES.map((name) => `${row[name].toPrecision(3)}  x${row[`${name}Ratio`].toFixed(2)}`);
      console.log(row.side.padEnd(24) + cells.map((cell) => cell.padStart(17)).join(''));
    }
  }
}
