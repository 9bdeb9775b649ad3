// npm run bench: every claim that the README makes, measured again, each into a file of its own below `results`; then the
// README's table is written from those files.
//
//   npm run bench [-- --only start,install]
//   npm run bench -- --only heap -- --heaps real --rounds 1 --join      what stands after -- is for the bench
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts } from './measuring.mjs';

/** What is run for each claim; the whole of it takes about two hours. */
const CLAIMS = {
  start: ['start.mjs'],
  install: ['install.mjs'],
  naming: ['naming.mjs', '--services', 'pbkdf2,dependency'],
  overhead: ['overhead.mjs', '--node', '20,22,24,26'],
  peers: ['peers.mjs'],
  heap: ['heap.mjs', '--heaps', 'real,15,100,500'],
  screens: ['ui.mjs'],
  growth: ['growth.mjs'],
  self: ['self.mjs'],
};

const { values: given, positionals } = parseArgs({
  options: { only: { type: 'string' } },
  allowPositionals: true,
});
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
let missed = 0;
for (const claim of given.only?.split(',') ?? Object.keys(CLAIMS)) {
  const [script, ...args] = CLAIMS[claim];
  console.log(`${claim} …`);
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, script), ...args, ...positionals, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  const told = stdout.trim().split('\n').at(-1);
  if (!told?.startsWith('{')) throw new Error(`${script} ended with ${status} and without figures`);
  const result = {
    claim,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine: machineFacts(),
    ...JSON.parse(told),
  };
  writeFileSync(join(results, `${claim}.json`), `${JSON.stringify(result, null, 2)}\n`);
  if (status !== 0) missed++;
  console.log(status === 0 ? `${claim}: within its bars` : `${claim}: a bar is MISSED`);
}
spawnSync('npm', ['run', '--silent', 'bench:write'], { stdio: 'inherit' });
process.exit(missed === 0 ? 0 : 1);
