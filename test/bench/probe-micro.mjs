// The probe's own part of a request, alone: nanoseconds and bytes allocated for `begin` and `end` of one request,
// as they run inside a service. Medians of rounds, on the Node that runs this.
//
//   npm run bench:probe
import { performance } from 'node:perf_hooks';
import { spawnSync } from 'node:child_process';
import { median } from './measuring.mjs';
import { loadSources } from './sources.mjs';

if (globalThis.gc === undefined) {
  // A scavenge within a round would hide what the round allocated.
  const flags = ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256'];
  process.exit(
    spawnSync(process.execPath, [...flags, ...process.argv.slice(1)], { stdio: 'inherit' }).status ?? 1,
  );
}

const REQUESTS = 200_000;
const ROUNDS = 15;
const IN_FLIGHT = 16;

const { createMeter } = await loadSources({ 'test/support/request-meter.ts': ['createMeter'] });
const distinctUrls = (prefix) => Array.from({ length: REQUESTS }, (_, i) => `${prefix}${i}`);
const express = { route: { path: '/users/:user' }, baseUrl: '/api' };
const SCENARIOS = [
  ['one path', () => '/health', {}],
  ['500 paths with a query', (i) => `/users/list?page=${i % 500}`, {}],
  ['a route of Express', (i) => `/api/users/${i % 500}`, express],
  ['every path is new', (i) => distinct[i], {}],
];
const distinct = distinctUrls('/orders/');

console.log(`Node ${process.version}: begin and end of one request, ${ROUNDS} rounds of ${REQUESTS}`);
for (const [name, urlOf, request] of SCENARIOS) {
  const meter = createMeter();
  const rounds = Array.from({ length: ROUNDS }, () => measure(meter, urlOf, request));
  const idle = Array.from({ length: ROUNDS }, () => measure(null, urlOf, request));
  const ns = median(rounds.map((round) => round.ns)) - median(idle.map((round) => round.ns));
  const bytes = median(rounds.map((round) => round.bytes)) - median(idle.map((round) => round.bytes));
  console.log(`  ${name.padEnd(24)} ${ns.toFixed(0).padStart(5)} ns  ${bytes.toFixed(0).padStart(5)} bytes`);
}

/** Without a meter it measures the loop itself, its strings and its clock readings. */
function measure(meter, urlOf, request) {
  const responses = Array.from({ length: REQUESTS }, () => ({ destroyed: false, statusCode: 200 }));
  globalThis.gc();
  const heapBefore = process.memoryUsage().heapUsed;
  const startedAt = performance.now();
  for (let i = 0; i < REQUESTS; i++) {
    const url = urlOf(i);
    const beganAt = performance.now();
    if (meter !== null) meter.begin(responses[i], 'GET', url, beganAt, true);
    const ends = i - IN_FLIGHT;
    const endedAt = performance.now();
    if (meter !== null && ends >= 0) meter.end(responses[ends], request, 200, 11, endedAt);
  }
  const ns = ((performance.now() - startedAt) * 1e6) / REQUESTS;
  const bytes = (process.memoryUsage().heapUsed - heapBefore) / REQUESTS;
  if (meter !== null) {
    for (const response of responses.slice(-IN_FLIGHT))
      meter.end(response, request, 200, 11, performance.now());
    meter.read(performance.now());
  }
  return { ns, bytes };
}
