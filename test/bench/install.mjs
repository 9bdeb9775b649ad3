// What installing costs: `npx` with a cold cache, from the packed tarball, and of the peers from the registry. Packages,
// bytes and seconds; fails when a bar is missed. Of the peers only a download, once: registries are not for benches.
//
//   npm run bench:install [-- --rounds 5 --peers clinic,0x --json]
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spreadOf } from './measuring.mjs';
import { PEER_VERSIONS } from './peer-packages.mjs';

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    peers: { type: 'string', default: 'clinic,0x,@platformatic/flame' },
    json: { type: 'boolean', default: false },
  },
});
/** Of the issue "Proof". */
const BARS = { packages: 45, megabytes: 12 };

const repository = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'loopscope-install-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const [{ filename }] = JSON.parse(
  execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
);

const loopscope = Array.from({ length: Number(given.rounds) }, () =>
  install(join(scratch, filename), 'loopscope'),
);
const rows = [rowOf('loopscope', loopscope)];
for (const peer of given.peers.split(',').filter((name) => name !== '')) {
  const program = peer === '@platformatic/flame' ? 'flame' : peer;
  rows.push(rowOf(peer, [install(`${peer}@${PEER_VERSIONS[peer]}`, program)]));
}
const [own] = rows;
const holds = own.packages <= BARS.packages && own.megabytes <= BARS.megabytes;
if (given.json) console.log(JSON.stringify({ rounds: Number(given.rounds), bars: BARS, rows, holds }));
else {
  for (const row of rows) {
    console.log(
      `${row.name.padEnd(22)} ${String(row.packages).padStart(4)} packages ${row.megabytes.toFixed(1).padStart(6)} MB ${row.seconds.median.toFixed(1).padStart(6)} s`,
    );
  }
  console.log(
    `loopscope: at most ${BARS.packages} packages, ${BARS.megabytes} MB  ${holds ? 'ok' : 'MISSED'}`,
  );
}
process.exit(holds ? 0 : 1);

/** Asks for the program's version, or its help where it has none: what is measured is the way there. */
function install(wanted, program) {
  const cache = mkdtempSync(join(scratch, 'cache-'));
  const folder = join(cache, 'empty');
  mkdirSync(folder);
  const beganAt = performance.now();
  execFileSync('npx', ['--yes', '--package', wanted, '--', program, '--version'], {
    cwd: folder,
    // Packages with native parts would be compiled, which says more of the machine than of them.
    env: { ...process.env, npm_config_cache: cache, npm_config_ignore_scripts: 'true', NO_INSIGHT: '1' },
    stdio: 'ignore',
  });
  const seconds = (performance.now() - beganAt) / 1000;
  const installed = measureFolder(join(cache, '_npx'));
  rmSync(cache, { recursive: true, force: true });
  return { seconds, ...installed };
}

/** A package is a folder straight below `node_modules`, or below a scope there, with a manifest. */
function measureFolder(folder) {
  const files = readdirSync(folder, { recursive: true });
  const isPackage = /(^|\/)node_modules\/(@[^/]+\/)?[^/@.][^/]*\/package\.json$/;
  const bytes = files.reduce((sum, file) => {
    const entry = lstatSync(join(folder, file));
    return sum + (entry.isFile() ? entry.size : 0);
  }, 0);
  return { packages: files.filter((file) => isPackage.test(file)).length, megabytes: bytes / 1e6 };
}

function rowOf(name, installed) {
  const [{ packages, megabytes }] = installed;
  return { name, packages, megabytes, seconds: spreadOf(installed.map(({ seconds }) => seconds)) };
}
