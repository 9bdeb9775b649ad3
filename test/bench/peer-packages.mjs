// The tools that loopscope is measured against. They are large and only wanted here, so they are installed on demand
// beside other caches, in versions that are written down.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PEER_VERSIONS = {
  clinic: '13.0.0',
  '0x': '6.0.0',
  '@platformatic/flame': '1.0.0',
  'blocked-at': '1.2.0',
};

export const peerFolder = join(import.meta.dirname, '../../node_modules/.cache/bench-peers');

const folderOf = (name) => join(peerFolder, 'node_modules', name);
const manifestOf = (name) => JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'));

/** Installs what is missing. */
export function installPeers(names) {
  if (names.every((name) => existsSync(folderOf(name)))) return names;
  mkdirSync(peerFolder, { recursive: true });
  writeFileSync(join(peerFolder, 'package.json'), '{"private":true}');
  const wanted = names.map((name) => `${name}@${PEER_VERSIONS[name]}`);
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...wanted];
  const { status } = spawnSync('npm', npm, { cwd: peerFolder, stdio: 'inherit' });
  if (status !== 0) throw new Error('the peers could not be installed');
  return names;
}

export const versionsOf = (names) =>
  Object.fromEntries(names.map((name) => [name, manifestOf(name).version]));

/** A program that a peer brings. */
export function binOf(name, program) {
  const { bin } = manifestOf(name);
  return join(folderOf(name), typeof bin === 'string' ? bin : bin[program]);
}
