// From "it is slow" to the function's name: each tool on the same faulty services under the same load. A tool that
// attaches begins at once; every other one has to stop the service and start it again. A profile is taken over five
// seconds and read as an expert reads it: what libraries and native code take is charged to the application's function
// that called them. The time to open a page and to look at it is nobody's.
//
//   npm run bench:naming [-- --rounds 5 --services sort,pbkdf2 --tools loopscope,0x --json]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { spawn as spawnInTerminal } from '@lydell/node-pty';
import { alternate, exitOnSignals, spreadOf } from './measuring.mjs';
import {
  blockedAtNames,
  clinicFlameName,
  cpuProfileName,
  heaviestIn,
  pprofName,
  zeroXName,
} from './named-functions.mjs';
import { binOf, installPeers, versionsOf } from './peer-packages.mjs';

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    services: { type: 'string', default: 'sort,pbkdf2,json,dependency' },
    tools: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const here = import.meta.dirname;
const repository = join(here, '..', '..');
const cache = join(repository, 'node_modules', '.cache');
const WATCHED_MS = 5_000;
/** The fault has been there for a while when somebody looks. */
const SLOW_FOR_MS = 2_000;
const GIVEN_UP_MS = 120_000;
/** Requests a second: the fault takes about half of the loop, the rest waits behind it. */
const RATES = { faulty: 2, healthy: 20 };

const SERVICES = {
  sort: { file: 'http-blocks-in-sort.mjs', culprit: 'rankNames', path: '/ranking' },
  pbkdf2: {
    file: 'express-blocks-in-pbkdf2.cjs',
    culprit: 'derivePassword',
    method: 'POST',
    path: '/accounts/ada/login',
  },
  json: { file: 'http-blocks-in-json-parse.cjs', culprit: 'loadCatalogue', path: '/catalogue/size' },
  dependency: {
    file: 'express-blocks-in-dependency.mjs',
    culprit: 'hashPassword',
    method: 'POST',
    path: '/users/3/password',
  },
};

/** What stands before the service's file, what ends the run, and where the name is read. */
const RESTARTED = {
  'node --cpu-prof': {
    args: ['--cpu-prof', '--require', join(here, 'ends-on-interrupt.cjs')],
    ends: 'service',
    read: cpuProfileName,
  },
  '0x': { args: [binOf('0x', '0x'), '--tree-debug', '--', 'node'], ends: 'service', read: zeroXName },
  'clinic flame': {
    args: [binOf('clinic', 'clinic'), 'flame', '--', 'node'],
    ends: 'service',
    read: clinicFlameName,
  },
  // Its report names the kind of trouble and recommends another tool for the function.
  'clinic doctor': {
    args: [binOf('clinic', 'clinic'), 'doctor', '--', 'node'],
    ends: 'service',
    read: () => null,
  },
  '@platformatic/flame': {
    args: [binOf('@platformatic/flame', 'flame'), 'run'],
    ends: 'tool',
    read: pprofName,
  },
  'blocked-at': {
    args: ['--require', join(here, 'blocked-at-hook.cjs')],
    ends: 'service',
    read: blockedAtNames,
  },
};

const started = new Set();
mkdirSync(cache, { recursive: true });
const scratch = mkdtempSync(join(cache, 'bench-naming-'));
exitOnSignals();
process.on('exit', () => {
  for (const child of started) killGroup(child);
  rmSync(scratch, { recursive: true, force: true });
});

const peers = installPeers(['clinic', '0x', '@platformatic/flame', 'blocked-at']);
const tools = given.tools?.split(',') ?? ['loopscope', 'Profiler.start and stop', ...Object.keys(RESTARTED)];
const rows = [];
for (const name of given.services.split(',')) {
  const service = { ...SERVICES[name], file: join(repository, 'test', 'services', SERVICES[name].file) };
  const named = await alternate(Number(given.rounds), tools, (tool) => nameWith(tool, service));
  for (const tool of tools) {
    const count = (verdict) => named[tool].filter((each) => each.verdict === verdict).length;
    const row = {
      service: name,
      culprit: service.culprit,
      tool,
      restarts: tool in RESTARTED,
      seconds: spreadOf(named[tool].map(({ seconds }) => seconds)),
      right: count('right'),
      wrong: count('wrong'),
      nothing: count('nothing'),
    };
    rows.push(row);
    if (!given.json) print(row);
  }
}
if (given.json)
  console.log(JSON.stringify({ rounds: Number(given.rounds), versions: versionsOf(peers), rows }));
process.exit(0);

/** Seconds until the tool has named a function, or has ended without; and whether the name is right. */
async function nameWith(tool, service) {
  const folder = mkdtempSync(join(scratch, 'run-'));
  const slow = await startService(['--inspect-port=0'], service, folder);
  await sleep(SLOW_FOR_MS);
  const beganAt = performance.now();
  let name;
  try {
    if (tool === 'loopscope') name = await attachLoopscope(slow);
    else if (tool in RESTARTED) name = await restartWith(RESTARTED[tool], slow, service, folder);
    else name = await profileNaively(slow, service);
  } catch (fault) {
    console.error(`${tool}: ${fault.message}`);
    name = null;
  }
  const seconds = (performance.now() - beganAt) / 1000;
  stop(slow);
  if (name === null) return { seconds, verdict: 'nothing' };
  return { seconds, verdict: name === service.culprit ? 'right' : 'wrong' };
}

/** The first sentence of the verdict on the screen. */
function attachLoopscope({ child }) {
  return new Promise((resolve, reject) => {
    const terminal = spawnInTerminal(
      process.execPath,
      [join(repository, 'bin', 'loopscope.js'), 'attach', String(child.pid)],
      {
        cols: 160,
        rows: 50,
        cwd: scratch,
        env: { PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
      },
    );
    const givenUp = setTimeout(() => terminal.kill('SIGTERM'), GIVEN_UP_MS);
    let output = '';
    let name = null;
    terminal.onData((data) => {
      output += data;
      // As a terminal does that does not know its background.
      if (data.includes('\x1b[c')) terminal.write('\x1b[?62c');
      const [, said] = /([\w$.]+) blocks the event loop/.exec(stripVTControlCharacters(output)) ?? [];
      if (said === undefined || name !== null) return;
      name = said;
      resolve(name);
      terminal.kill('SIGTERM');
    });
    terminal.onExit(() => {
      clearTimeout(givenUp);
      if (name === null)
        reject(new Error(`it named nothing: ${stripVTControlCharacters(output).slice(-300)}`));
    });
  });
}

async function restartWith({ args, ends, read }, slow, service, folder) {
  stop(slow);
  const running = await startService(args, service, folder);
  await sleep(WATCHED_MS);
  const exited = once(running.child, 'exit');
  process.kill(ends === 'tool' ? running.child.pid : running.pid, 'SIGINT');
  await Promise.race([exited, sleep(GIVEN_UP_MS)]);
  const name = await read({ folder, file: service.file, output: running.output() });
  stop(running);
  return name;
}

/** The signal, the inspector, one profile. */
async function profileNaively(slow, service) {
  const { WebSocket } = await import('undici');
  process.kill(slow.pid, 'SIGUSR1');
  const [url] = await slow.printed(/ws:\/\/\S+/);
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let last = 0;
  const answer = (method) => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        const message = JSON.parse(data);
        if (message.id === id) resolve(message.result);
      });
    });
  };
  await answer('Profiler.enable');
  await answer('Profiler.start');
  await sleep(WATCHED_MS);
  const { profile } = await answer('Profiler.stop');
  socket.close();
  return heaviestIn(profile, service.file);
}

/** Starts the service, alone or with a tool, and puts load on it until it is stopped. In a group of its own. */
async function startService(args, service, folder) {
  const child = spawn(process.execPath, [...args, service.file], {
    cwd: folder,
    // clinic asks a person whether it may count its users, and waits.
    env: { ...process.env, NO_INSIGHT: '1', NO_UPDATE_NOTIFIER: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const printed = async (pattern) => {
    const givenUp = AbortSignal.timeout(GIVEN_UP_MS);
    for (;;) {
      const found = pattern.exec(output);
      if (found) return found;
      if (givenUp.aborted || child.exitCode !== null) throw new Error(`no ${pattern}: ${output.slice(-300)}`);
      await sleep(10);
    }
  };
  const [, port] = await printed(/ready (\d+)/);
  return {
    child,
    pid: innermost(child.pid),
    printed,
    output: () => output,
    stopLoad: putLoad(Number(port), service),
  };
}

/** The tools start the service as their child. */
function innermost(pid) {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return child ? innermost(Number(child)) : pid;
}

function stop({ child, stopLoad }) {
  stopLoad();
  killGroup(child);
  started.delete(child);
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function putLoad(port, { method = 'GET', path }) {
  const agent = new Agent({ keepAlive: true });
  const send = (options) =>
    request({ host: '127.0.0.1', port, agent, ...options }, (response) => response.resume())
      .on('error', () => {})
      .end();
  const timers = [
    setInterval(() => send({ method, path }), 1000 / RATES.faulty),
    setInterval(() => send({ path: '/health' }), 1000 / RATES.healthy),
  ];
  return () => {
    timers.forEach(clearInterval);
    agent.destroy();
  };
}

function print({ service, tool, seconds, right, wrong, nothing }) {
  const spread = `${seconds.least.toFixed(1)}..${seconds.most.toFixed(1)}`;
  const verdicts = `right ${right}, wrong ${wrong}, nothing ${nothing}`;
  console.log(
    `${service.padEnd(11)} ${tool.padEnd(24)} ${seconds.median.toFixed(1).padStart(6)} s  ${spread.padStart(12)}  ${verdicts}`,
  );
}
