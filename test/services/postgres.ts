/**
 * A PostgreSQL of the tests' own: Debian's binaries, a data folder below the temporary one, a port of the loopback
 * interface that was free, no password. Nothing of an installed server is used or touched.
 */
import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DEBIAN_HOME = '/usr/lib/postgresql';
const READY = /database system is ready to accept connections/;
const READY_WITHIN_MS = 30_000;

export interface Postgres {
  /** The variables by which pg and all that is built on it find this server. */
  readonly env: Readonly<Record<'PGHOST' | 'PGPORT' | 'PGUSER' | 'PGDATABASE', string>>;
  stop(): Promise<void>;
}

/** Starts a server in about two seconds. Throws with what to install when there is no PostgreSQL on this machine. */
export async function startPostgres(): Promise<Postgres> {
  const binaries = await findBinaries();
  const folder = await mkdtemp(join(tmpdir(), 'loopscope-postgres-'));
  const [setpriv, ...flags] = await ownerCommand(folder);
  const env = { ...process.env, LC_ALL: 'C' };
  await run(
    setpriv,
    [
      ...flags,
      join(binaries, 'initdb'),
      '-D',
      join(folder, 'data'),
      '-U',
      'postgres',
      '-A',
      'trust',
      '--no-sync',
    ],
    { env, cwd: folder },
  );
  const port = String(await freePort());
  const settings = [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
    '-c',
    `unix_socket_directories=${folder}`,
  ];
  const server = spawn(
    setpriv,
    [...flags, join(binaries, 'postgres'), '-D', join(folder, 'data'), '-p', port, ...settings],
    { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => resolve()).once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    // "Immediate shutdown": there is nothing to save.
    server.kill('SIGQUIT');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  let log = '';
  const ready = new Promise<boolean>((resolve) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (READY.test(log)) resolve(true);
    });
    setTimeout(() => resolve(false), READY_WITHIN_MS).unref();
  });
  if (await Promise.race([ready, exited.then(() => false)])) {
    return { env: { PGHOST: '127.0.0.1', PGPORT: port, PGUSER: 'postgres', PGDATABASE: 'postgres' }, stop };
  }
  await stop();
  throw new Error(`PostgreSQL did not start: ${log}`);
}

/** The newest version that Debian has installed; its binaries are not on the PATH. */
async function findBinaries(): Promise<string> {
  const versions = await readdir(DEBIAN_HOME).catch(() => []);
  const newest = versions.toSorted((a, b) => Number(a) - Number(b)).at(-1);
  if (newest !== undefined) return join(DEBIAN_HOME, newest, 'bin');
  throw new Error('this test needs PostgreSQL: apt-get install postgresql');
}

/**
 * The command that the server is started with: PostgreSQL refuses to run as root, and must not outlive the tests,
 * also not when they are killed.
 */
async function ownerCommand(folder: string): Promise<[string, ...string[]]> {
  const command: [string, ...string[]] = ['setpriv', '--pdeathsig', 'QUIT'];
  if (process.getuid?.() !== 0) return command;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => (await run('id', [flag, 'postgres'])).stdout),
  );
  await chown(folder, Number(uid), Number(gid));
  return [...command, '--reuid=postgres', '--regid=postgres', '--clear-groups'];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
