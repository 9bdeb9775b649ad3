// What loopscope costs a service under a fixed rate, against an untouched twin: CPU time per request, p99, the longest
// pause; and CPU time per second while both are idle. Prints every round; fails above the limits.
//
//   npm run bench:overhead [-- --rounds 15 --node 20,24 --service hello,express --json --join]
//
//   --join    keeps the rows of the last result that are not measured now: so that all of it may be measured in pieces
//
// Of two services that were started alike, one is up to 5% dearer for as long as it lives. So both have both roles:
//
//   A and B, neither attached   the twins: what comes out without us
//   A attached, B untouched     A/B = cost x twin
//   B attached, A untouched     B/A = cost / twin      ->  cost = sqrt(A/B x B/A)
//   A and B, neither attached   what stays behind
//
// A round is a second of each, in short slices that take turns, so that what else the machine does falls on both. Of CPU
// time, the figure is the median of all pairs of slices with the interval that holds the true one in 95 of 100 cases: it
// is within its bar when all of the interval is. Of p99, it is that of the rounds.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exitOnSignals, median, medianWithin, quantile } from './measuring.mjs';
import { cpuUs, drive, joinSlices, measureSlice, startService } from './overhead-slices.mjs';
import { loadSources } from './sources.mjs';

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    node: { type: 'string', default: '20,24' },
    service: { type: 'string', default: 'hello,express' },
    json: { type: 'boolean', default: false },
    join: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(given.rounds);
// The noise of one pair is 6% at 40, 100 and 200 ms alike (two untouched twins): many short ones tell most.
const SLICE_MS = 40;
const SLICES_PER_ROUND = 25;
const TWIN_ROUNDS = Math.min(ROUNDS, 5);

const order = JSON.stringify({
  items: Array.from({ length: 20 }, (_, i) => ({ name: `item ${i}`, price: i * 1.5, count: i })),
});
// What loopscope costs has a part for each request and a part for each second (polls, CPU samples): at a low rate the
// second part is divided by few requests, at a very high one it vanishes. So the rate is the one that keeps the
// service's main thread busy half of the time, which services that do their job are.
const BUSY_SHARE = 0.5;
const IDLE_MS = 5500;
// What is done once, at the beginning (V8 tells the profiler all code, pools are looked for, memory is looked at), is a
// cost of attaching and not of being attached: it is printed for itself.
const SETTLES_MS = 12_000;
const SETTLING_SLICE_MS = 2000;
const SERVICES = {
  hello: { limit: 1.04, request: 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n' },
  express: {
    limit: 1.02,
    request: `POST /orders/4711 HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${order.length}\r\n\r\n${order}`,
  },
};
const P99_LIMIT = 1.1;
const PAUSE_LIMIT_MS = 15;

exitOnSignals();
const say = given.json ? () => {} : console.log;
const { attachTo, nodeBinary, openLiveSession, systemClock } = await loadSources({
  'src/inspector/attach.ts': ['attachTo'],
  'src/app/live-session.ts': ['openLiveSession'],
  'src/shared/clock.ts': ['systemClock'],
  'test/node-versions.ts': ['nodeBinary'],
});
const rows = [];
for (const major of given.node.split(',').map(Number)) {
  for (const name of given.service.split(',')) rows.push(await compare(major, name));
}
if (given.json)
  console.log(JSON.stringify({ rounds: ROUNDS, rows: [...(given.join ? earlierRows() : []), ...rows] }));
process.exit(rows.every(({ holds }) => holds) ? 0 : 1);

function earlierRows() {
  const file = join(import.meta.dirname, 'results', 'overhead.json');
  const isNew = (earlier) =>
    rows.some(({ node, service }) => node === earlier.node && service === earlier.service);
  const rowsBefore = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rows : [];
  return rowsBefore.filter((row) => !isNew(row));
}

async function compare(major, name) {
  const { limit, request } = SERVICES[name];
  const binary = await nodeBinary(major);
  const services = [await startService(binary, name), await startService(binary, name)];
  // Compiled code settles: V8 optimises with the first tens of thousands of requests.
  for (const service of [...services, ...services]) {
    await drive(service, { rate: 4000, request, durationMs: 1500 });
  }
  const rate = await chooseRate(services[0], request);
  say(`\nNode ${major}, ${name}: ${rate} requests a second; microseconds of CPU per request, p99 in ms`);
  const measure = (service, durationMs = SLICE_MS) => measureSlice(service, { rate, request, durationMs });

  const before = await alternate(TWIN_ROUNDS, services, measure);
  const turns = [];
  for (const attached of services) {
    const untouched = services.find((service) => service !== attached);
    turns.push(await measureAttached(attached, untouched, measure));
  }
  const after = await alternate(TWIN_ROUNDS, services, measure);
  for (const { child } of services) child.kill('SIGKILL');

  const bothRoles = (parts, select) => {
    const [one, other] = turns.map((turn) => parts(turn).map((pair) => ratioOf(pair, select)));
    return medianWithin(one.map((ratio, i) => Math.sqrt(ratio * other[i])));
  };
  const all = turns.flatMap((turn) => roundsOf(turn));
  const row = {
    node: major,
    service: name,
    rate,
    ratio: bothRoles(pairsOf, usPerRequest),
    limit,
    p99: bothRoles(roundsOf, p99),
    p99Ms: median(all.map(([untouched]) => p99(untouched))),
    ownPauseMs: Math.max(...turns.map(({ ownPause }) => ownPause.ms)),
    longestAnswerMs: [0, 1].map((side) => Math.max(...all.map((round) => longest(round[side])))),
    idle: turns[0].idle,
  };
  row.holds = row.ratio.high <= limit && row.p99.median <= P99_LIMIT && row.ownPauseMs <= PAUSE_LIMIT_MS;
  tell(row, { before, after, turns, all });
  return row;
}

async function measureAttached(attached, untouched, measure) {
  const attachment = await attachTo(attached.pid, { clock: systemClock });
  if (!attachment.ok) throw new Error(attachment.error.message);
  let ownPause = { ms: 0, what: 'none' };
  const session = await openLiveSession(attachment.value, systemClock, {
    heapSampling: true,
    blockedBefore: null,
    onEvent(event) {
      if (event.kind === 'own-cost' && event.longestPauseMs > ownPause.ms) {
        ownPause = { ms: event.longestPauseMs, what: event.what };
      }
    },
  });
  if (!session.ok) throw new Error(session.error.message);
  const settling = [];
  for (let elapsedMs = 0; elapsedMs < SETTLES_MS; elapsedMs += SETTLING_SLICE_MS) {
    settling.push(usPerRequest(await measure(attached, SETTLING_SLICE_MS)));
  }
  const pauseAtStart = ownPause;
  ownPause = { ms: 0, what: 'none' };
  const rounds = await alternate(ROUNDS, [untouched, attached], measure);
  const idle = await measureIdle(untouched, attached);
  await session.value.close();
  return { settling, rounds, idle, ownPause, pauseAtStart };
}

/** The rate at which the service's main thread is on a CPU for half of the time. */
async function chooseRate(service, request) {
  let rate = 4000;
  for (let round = 0; round < 3; round++) {
    const { mainUs, elapsedUs, answered } = await measureSlice(service, { rate, request, durationMs: 1000 });
    rate = Math.round((answered * BUSY_SHARE * elapsedUs) / mainUs / 100) * 100;
  }
  return rate;
}

/** Both at once: nothing of it depends on what else the machine does. Longer than the CPU profile's window. */
async function measureIdle(...services) {
  const beforeUs = services.map(({ pid }) => cpuUs(pid));
  const startedAt = performance.now();
  await sleep(IDLE_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const [untouched, attached] = services.map(({ pid }, i) => (cpuUs(pid) - beforeUs[i]) / 1000 / seconds);
  return { untouched, attached };
}

/** Rounds of pairs of slices. The first of a pair changes sides, so that a machine that slows down favours nobody. */
async function alternate(times, services, measure) {
  const rounds = [];
  for (let round = 0; round < times; round++) {
    const pairs = [];
    for (let slice = 0; slice < SLICES_PER_ROUND; slice++) {
      const pair = [];
      for (const side of (round + slice) % 2 === 0 ? [0, 1] : [1, 0]) {
        pair[side] = await measure(services[side]);
      }
      pairs.push(pair);
    }
    rounds.push(pairs);
  }
  return rounds;
}

function pairsOf({ rounds }) {
  return rounds.flat();
}

/** Each round as one pair. */
function roundsOf({ rounds }) {
  return rounds.map((pairs) => [0, 1].map((side) => joinSlices(pairs.map((pair) => pair[side]))));
}

function usPerRequest(side) {
  return side.cpuUs / side.answered;
}

function p99({ latenciesMs }) {
  return quantile(latenciesMs, 0.99);
}

function longest({ latenciesMs }) {
  return quantile(latenciesMs, 1);
}

/** The second of a pair against its first. */
function ratioOf([first, second], select) {
  return select(second) / select(first);
}

function tell(row, { before, after, turns, all }) {
  for (const [i, turn] of turns.entries()) {
    const { settling, pauseAtStart } = turn;
    const rounds = roundsOf(turn);
    const usual = median(rounds.map(([untouched]) => usPerRequest(untouched)));
    const factors = settling.map((us) => (us / usual).toFixed(2)).join(' ');
    say(
      `  ${'AB'[i]} attached; the first ${SETTLES_MS / 1000} s, in turn: ${factors}; longest pause ${sayPause(pauseAtStart)}`,
    );
    for (const round of rounds) {
      const [without, withUs] = round.map(
        (side) => `${usPerRequest(side).toFixed(1)} (${p99(side).toFixed(2)})`,
      );
      say(`    untouched ${without}  attached ${withUs}  ${ratioOf(round, usPerRequest).toFixed(3)}`);
    }
  }
  const raw = (turn) => sayFigure(medianWithin(pairsOf(turn).map((pair) => ratioOf(pair, usPerRequest))));
  const [first, second] = turns.map(raw);
  say(`  B/A with neither attached: before ${raw({ rounds: before })}, afterwards ${raw({ rounds: after })}`);
  say(`  attached/untouched, as measured: A ${first}, B ${second}`);
  say(`  CPU per request, twins cancelled: ${sayFigure(row.ratio)} of at most ${row.limit}`);
  // A change of the CPU profile falls into one round of several: the median leaves it out, the sum does not.
  const sides = [0, 1].map((side) => joinSlices(all.map((round) => round[side])));
  say(`  all rounds of both roles together: ${ratioOf(sides, usPerRequest).toFixed(3)}`);
  say(`  p99: ${sayFigure(row.p99)} of at most ${P99_LIMIT}, ${row.p99Ms.toFixed(2)} ms untouched`);
  const [untouchedMs, attachedMs] = row.longestAnswerMs.map((ms) => ms.toFixed(1));
  const pauses = turns.map(({ ownPause }) => sayPause(ownPause)).join(', ');
  say(
    `  longest pause of ours: ${pauses} of at most ${PAUSE_LIMIT_MS}; longest answer: untouched ${untouchedMs} ms, attached ${attachedMs} ms`,
  );
  const idle = turns.map((turn) => `${turn.idle.untouched.toFixed(1)} -> ${turn.idle.attached.toFixed(1)}`);
  say(`  idle, ms of CPU a second, untouched -> attached: ${idle.join(', ')}`);
  say(`  ${row.holds ? 'within its bars' : 'a bar is missed'}`);
}

function sayFigure({ median: middle, low, high }) {
  return `${middle.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

function sayPause({ ms, what }) {
  return `${ms.toFixed(1)} ms (${what})`;
}
