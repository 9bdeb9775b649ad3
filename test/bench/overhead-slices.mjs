// One service under the load of the overhead benchmark: started, driven, and what it used meanwhile.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const here = import.meta.dirname;
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
let load = null;

/** @param binary the Node that runs it; `name` is one of overhead-service.cjs */
export async function startService(binary, name) {
  const child = spawn(binary, ['--inspect-port=0', join(here, 'overhead-service.cjs'), name], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.add(child);
  const [text] = await once(child.stdout, 'data');
  await sleep(300);
  return { child, pid: child.pid, port: Number(/ready (\d+)/.exec(text)[1]) };
}

/** Requests at a fixed rate: `{ request, rate, durationMs }`. Resolves when all of them are answered. */
export async function drive(service, plan) {
  if (load === null) {
    load = fork(join(here, 'overhead-load.mjs'));
    children.add(load);
  }
  load.send({ port: service.port, ...plan });
  const [told] = await once(load, 'message');
  return told;
}

export async function measureSlice(service, plan) {
  const { pid } = service;
  const before = { all: cpuUs(pid), main: threadUs(pid, pid) };
  const startedAt = performance.now();
  const { answered, latenciesMs } = await drive(service, plan);
  const elapsedUs = (performance.now() - startedAt) * 1000;
  const mainUs = threadUs(pid, pid) - before.main;
  return { cpuUs: cpuUs(pid) - before.all, mainUs, elapsedUs, answered, latenciesMs };
}

/** Several slices as one. */
export function joinSlices(slices) {
  const sum = (name) => slices.reduce((total, slice) => total + slice[name], 0);
  return {
    cpuUs: sum('cpuUs'),
    mainUs: sum('mainUs'),
    elapsedUs: sum('elapsedUs'),
    answered: sum('answered'),
    latenciesMs: slices.flatMap(({ latenciesMs }) => latenciesMs),
  };
}

/** CPU time of all threads, the inspector's and the profiler's too. */
export function cpuUs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadUs(pid, thread), 0);
}

function threadUs(pid, thread) {
  return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}
