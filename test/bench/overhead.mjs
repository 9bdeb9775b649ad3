// What loopscope costs a service: CPU time per request with a live session attached, against an untouched twin of
// the same service under the same fixed rate, measured in turns. Prints every pair; fails above the limits.
//
//   npm run bench:overhead [-- --pairs 9 --seconds 2 --node 20,24 --service hello,express]
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values: given } = parseArgs({
  options: {
    pairs: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '2' },
    node: { type: 'string', default: '20,24' },
    service: { type: 'string', default: 'hello,express' },
  },
});
const pairCount = Number(given.pairs);
const sliceMs = Number(given.seconds) * 1000;

const order = JSON.stringify({
  items: Array.from({ length: 20 }, (_, i) => ({ name: `item ${i}`, price: i * 1.5, count: i })),
});
// Rates at which the services use a quarter to a third of a core on a small machine. What loopscope costs has a part
// for each request and a part for each second (a beat every 25 ms, four polls, 100 samples: about 1 % of a core on
// an idle service): at a lower rate the second part is divided by fewer requests.
const SERVICES = {
  hello: { limit: 1.08, rate: 12_000, request: 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n' },
  express: {
    limit: 1.04,
    rate: 3000,
    request: `POST /orders/4711 HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${order.length}\r\n\r\n${order}`,
  },
};

const here = import.meta.dirname;
const scratch = join(here, '..', '..', 'node_modules', '.cache', 'overhead');
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const { attachTo, nodeBinary, openLiveSession, systemClock } = await loadSources();
const load = fork(join(here, 'overhead-load.mjs'));
children.add(load);
let failed = false;
for (const major of given.node.split(',').map(Number)) {
  for (const name of given.service.split(',')) failed = !(await compare(major, name)) || failed;
}
load.kill();
await rm(scratch, { recursive: true, force: true });
process.exit(failed ? 1 : 0);

async function compare(major, name) {
  const { limit, rate, request } = SERVICES[name];
  const untouched = await startService(major, name);
  const attached = await startService(major, name);
  const measure = (service) => measureCpuPerRequest(service, { rate, request, durationMs: sliceMs });
  // Compiled code settles: V8 optimises with the first tens of thousands of requests.
  for (const service of [untouched, attached, untouched, attached]) {
    await drive(service, { rate, request, durationMs: 3000 });
  }
  const twins = await alternate(
    5,
    () => measure(untouched),
    () => measure(attached),
  );
  const attachment = await attachTo(attached.pid, { clock: systemClock });
  if (!attachment.ok) throw new Error(attachment.error.message);
  const session = await openLiveSession(attachment.value, systemClock, { heapSampling: true });
  if (!session.ok) throw new Error(session.error.message);
  // Starting a CPU profile makes V8 go over all code once; that is a cost of attaching, not of being attached.
  await drive(attached, { rate, request, durationMs: 8000 });
  const pairs = await alternate(
    pairCount,
    () => measure(untouched),
    () => measure(attached),
  );
  await session.value.close();
  for (const service of [untouched, attached]) service.child.kill('SIGKILL');

  const ratio = median(pairs.map((pair) => pair.ratio));
  const before = median(twins.map((pair) => pair.ratio));
  console.log(`\nNode ${major}, ${name}, ${rate} requests a second; microseconds of CPU per request`);
  for (const { untouchedUs, attachedUs, ratio: each } of pairs) {
    console.log(
      `  untouched ${untouchedUs.toFixed(1)}  attached ${attachedUs.toFixed(1)}  ${each.toFixed(3)}`,
    );
  }
  console.log(`  the twins before attaching: ${before.toFixed(3)} (${spread(twins)})`);
  console.log(
    `  attached: median ${ratio.toFixed(3)} of at most ${limit}, less the twins' difference ${(ratio / before).toFixed(3)}`,
  );
  return ratio <= limit;
}

/** In turns, and the first turn changes sides, so that a machine that slows down favours nobody. */
async function alternate(times, measureUntouched, measureAttached) {
  const pairs = [];
  for (let i = 0; i < times; i++) {
    const figures = {};
    const turns = [
      async () => (figures.untouchedUs = await measureUntouched()),
      async () => (figures.attachedUs = await measureAttached()),
    ];
    for (const turn of i % 2 === 0 ? turns : turns.toReversed()) await turn();
    pairs.push({ ...figures, ratio: figures.attachedUs / figures.untouchedUs });
  }
  return pairs;
}

async function measureCpuPerRequest(service, plan) {
  const before = cpuUs(service.pid);
  const answered = await drive(service, plan);
  return (cpuUs(service.pid) - before) / answered;
}

async function drive(service, plan) {
  load.send({ port: service.port, ...plan });
  const [{ answered }] = await once(load, 'message');
  return answered;
}

/** All threads, the inspector's and the profiler's too. */
function cpuUs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const ns = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    return sum + ns / 1000;
  }, 0);
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

/** The sources are TypeScript, so they are bundled as they are for the package. */
async function loadSources() {
  await mkdir(scratch, { recursive: true });
  const outfile = join(scratch, 'sources.mjs');
  const contents = `
    export { attachTo } from './src/inspector/attach.ts';
    export { openLiveSession } from './src/app/live-session.ts';
    export { systemClock } from './src/shared/clock.ts';
    export { nodeBinary } from './test/node-versions.ts';`;
  await build({
    stdin: { contents, resolveDir: join(here, '..', '..'), loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    minifySyntax: true,
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    define: { 'import.meta.dirname': JSON.stringify(join(here, '..')) },
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function spread(pairs) {
  return pairs
    .map((pair) => pair.ratio.toFixed(2))
    .toSorted()
    .join(' ');
}
