// What loopscope costs a service: CPU time per request with a live session attached, against an untouched twin of
// the same service under the same fixed rate, measured in turns; and CPU time per second while both are idle. Prints
// every pair; fails above the limits.
//
//   npm run bench:overhead [-- --pairs 15 --seconds 1 --node 20,24 --service hello,express --json]
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median, spreadOf } from './measuring.mjs';
import { loadSources } from './sources.mjs';

const { values: given } = parseArgs({
  options: {
    pairs: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
    node: { type: 'string', default: '20,24' },
    service: { type: 'string', default: 'hello,express' },
    json: { type: 'boolean', default: false },
  },
});
const pairCount = Number(given.pairs);
// Short slices in turns: what else the machine does then falls on both sides of a pair alike.
const SLICE_MS = 200;
const slicesPerPair = Math.max(1, Math.round((Number(given.seconds) * 1000) / SLICE_MS));

const order = JSON.stringify({
  items: Array.from({ length: 20 }, (_, i) => ({ name: `item ${i}`, price: i * 1.5, count: i })),
});
// What loopscope costs has a part for each request and a part for each second (polls, CPU samples): at a low rate the
// second part is divided by few requests, at a very high one it vanishes. So the rate is the one that keeps the
// service's main thread busy half of the time, which services that do their job are.
const BUSY_SHARE = 0.5;
const IDLE_MS = 5500;
const TWIN_PAIRS = 5;
const SETTLES_MS = 16_000;
const SETTLING_SLICE_MS = 2000;
const SERVICES = {
  hello: { limit: 1.08, request: 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n' },
  express: {
    limit: 1.04,
    request: `POST /orders/4711 HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${order.length}\r\n\r\n${order}`,
  },
};

const here = import.meta.dirname;
const say = given.json ? () => {} : console.log;
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const { attachTo, nodeBinary, openLiveSession, systemClock } = await loadSources({
  'src/inspector/attach.ts': ['attachTo'],
  'src/app/live-session.ts': ['openLiveSession'],
  'src/shared/clock.ts': ['systemClock'],
  'test/node-versions.ts': ['nodeBinary'],
});
const load = fork(join(here, 'overhead-load.mjs'));
children.add(load);
const rows = [];
for (const major of given.node.split(',').map(Number)) {
  for (const name of given.service.split(',')) rows.push(await compare(major, name));
}
load.kill();
if (given.json) console.log(JSON.stringify({ rounds: pairCount, rows }));
process.exit(rows.every(({ holds }) => holds) ? 0 : 1);

async function compare(major, name) {
  const { limit, request } = SERVICES[name];
  const untouched = await startService(major, name);
  const attached = await startService(major, name);
  // Compiled code settles: V8 optimises with the first tens of thousands of requests.
  for (const service of [untouched, attached, untouched, attached]) {
    await drive(service, { rate: 4000, request, durationMs: 1500 });
  }
  const rate = await chooseRate(untouched, request);
  const measure = (service) => measureSlice(service, { rate, request, durationMs: SLICE_MS });
  const twins = await alternate(
    TWIN_PAIRS,
    () => measure(untouched),
    () => measure(attached),
  );
  const attachment = await attachTo(attached.pid, { clock: systemClock });
  if (!attachment.ok) throw new Error(attachment.error.message);
  const session = await openLiveSession(attachment.value, systemClock, {
    heapSampling: true,
    blockedBefore: null,
  });
  if (!session.ok) throw new Error(session.error.message);
  // What is done once, at the beginning (V8 tells the profiler all code, pools are looked for), is a cost of
  // attaching and not of being attached: it is printed for itself.
  const settling = [];
  for (let elapsedMs = 0; elapsedMs < SETTLES_MS; elapsedMs += SETTLING_SLICE_MS) {
    settling.push(await measureSlice(attached, { rate, request, durationMs: SETTLING_SLICE_MS }));
  }
  const pairs = await alternate(
    pairCount,
    () => measure(untouched),
    () => measure(attached),
  );
  const idle = await measureIdle(untouched, attached);
  await session.value.close();
  for (const service of [untouched, attached]) service.child.kill('SIGKILL');

  const ratio = median(pairs.map((pair) => pair.ratio));
  const holds = ratio <= limit;
  const before = median(twins.map((pair) => pair.ratio));
  const busy = median(pairs.map((pair) => pair.untouched.mainThreadShare));
  const answered = median(pairs.map((pair) => pair.attached.perSecond));
  say(
    `\nNode ${major}, ${name}: ${rate} requests a second asked for, ${answered.toFixed(0)} answered; ` +
      `main thread of the untouched twin ${(busy * 100).toFixed(0)}% on a CPU; microseconds of CPU per request`,
  );
  for (const pair of pairs) {
    const [without, withUs] = [pair.untouched, pair.attached].map(({ usPerRequest }) =>
      usPerRequest.toFixed(1),
    );
    say(`  untouched ${without}  attached ${withUs}  ${pair.ratio.toFixed(3)}`);
  }
  say(`  the twins before attaching: median ${before.toFixed(3)} (${spread(twins)})`);
  const usual = median(pairs.map((pair) => pair.untouched.usPerRequest));
  const factors = settling.map(({ usPerRequest }) => (usPerRequest / usual).toFixed(2)).join(' ');
  say(`  the first ${SETTLES_MS / 1000} s after attaching, in turn: ${factors}`);
  say(`  attached: median ${ratio.toFixed(3)} of at most ${limit} (${spread(pairs)})`);
  // A change of the CPU profile falls into one slice of several: the median leaves it out, the sum does not.
  say(`  all slices together: ${(sumOf(pairs, 'attached') / sumOf(pairs, 'untouched')).toFixed(3)}`);
  say(`  idle, ms of CPU a second: untouched ${idle.untouched}, attached ${idle.attached}`);
  return {
    node: major,
    service: name,
    rate,
    ratio: spreadOf(pairs.map((pair) => pair.ratio)),
    limit,
    idle,
    holds,
  };
}

/** The rate at which the untouched service's main thread is on a CPU for half of the time. */
async function chooseRate(service, request) {
  let rate = 4000;
  for (let round = 0; round < 3; round++) {
    const { mainThreadShare, perSecond } = await measureSlice(service, { rate, request, durationMs: 1000 });
    rate = Math.round((perSecond * BUSY_SHARE) / mainThreadShare / 100) * 100;
  }
  return rate;
}

/** Both at once: nothing of it depends on what else the machine does. Longer than the CPU profile's window. */
async function measureIdle(untouched, attached) {
  const before = [cpuUs(untouched.pid), cpuUs(attached.pid)];
  const startedAt = performance.now();
  await sleep(IDLE_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const perSecond = (pid, beforeUs) => ((cpuUs(pid) - beforeUs) / 1000 / seconds).toFixed(1);
  return { untouched: perSecond(untouched.pid, before[0]), attached: perSecond(attached.pid, before[1]) };
}

/** In turns, and the first turn changes sides, so that a machine that slows down favours nobody. */
async function alternate(times, measureUntouched, measureAttached) {
  const pairs = [];
  for (let i = 0; i < times; i++) {
    const slices = { untouched: [], attached: [] };
    const turns = [
      async () => slices.untouched.push(await measureUntouched()),
      async () => slices.attached.push(await measureAttached()),
    ];
    for (let slice = 0; slice < slicesPerPair; slice++) {
      for (const turn of slice % 2 === 0 ? turns : turns.toReversed()) await turn();
    }
    const [untouched, attached] = [slices.untouched, slices.attached].map(joinSlices);
    const ratios = slices.attached.map(
      ({ usPerRequest }, slice) => usPerRequest / slices.untouched[slice].usPerRequest,
    );
    pairs.push({ untouched, attached, ratio: median(ratios) });
  }
  return pairs;
}

function joinSlices(slices) {
  const sum = (select) => slices.reduce((total, slice) => total + select(slice), 0);
  const cpu = sum((slice) => slice.cpu);
  const answered = sum((slice) => slice.answered);
  const mean = (select) => sum(select) / slices.length;
  return {
    cpu,
    answered,
    usPerRequest: median(slices.map((slice) => slice.usPerRequest)),
    perSecond: mean((slice) => slice.perSecond),
    mainThreadShare: mean((slice) => slice.mainThreadShare),
  };
}

async function measureSlice(service, plan) {
  const { pid } = service;
  const before = { all: cpuUs(pid), main: threadUs(pid, pid) };
  const startedAt = performance.now();
  const answered = await drive(service, plan);
  const elapsedUs = (performance.now() - startedAt) * 1000;
  const cpu = cpuUs(pid) - before.all;
  return {
    cpu,
    answered,
    usPerRequest: cpu / answered,
    perSecond: (answered / plan.durationMs) * 1000,
    mainThreadShare: (threadUs(pid, pid) - before.main) / elapsedUs,
  };
}

function sumOf(pairs, side) {
  const cpu = pairs.reduce((sum, pair) => sum + pair[side].cpu, 0);
  return cpu / pairs.reduce((sum, pair) => sum + pair[side].answered, 0);
}

async function drive(service, plan) {
  load.send({ port: service.port, ...plan });
  const [{ answered }] = await once(load, 'message');
  return answered;
}

/** All threads, the inspector's and the profiler's too. */
function cpuUs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadUs(pid, thread), 0);
}

function threadUs(pid, thread) {
  return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

async function startService(major, name) {
  const child = spawn(
    await nodeBinary(major),
    ['--inspect-port=0', join(here, 'overhead-service.cjs'), name],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  children.add(child);
  const [text] = await once(child.stdout, 'data');
  await sleep(300);
  return { child, pid: child.pid, port: Number(/ready (\d+)/.exec(text)[1]) };
}

function spread(pairs) {
  return pairs
    .map((pair) => pair.ratio.toFixed(2))
    .toSorted()
    .join(' ');
}
