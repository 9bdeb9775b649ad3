/** A PostgreSQL server for one test file: its own data, its own port, gone afterwards. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.ts';

export interface PostgresServer {
  readonly port: number;
  /** What drivers read: PGHOST, PGPORT, PGUSER, PGDATABASE. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts it on a free port. The server must be installed (Debian: `postgresql`); it refuses to run as root. */
export async function startPostgres(maxConnections = 60): Promise<PostgresServer> {
  const bin = folderOfServer();
  const folder = mkdtempSync(path.join(tmpdir(), 'loopscope-postgres-'));
  const owner = ownerOfServer();
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  const as = { cwd: folder, ...owner };
  execFileSync(path.join(bin, 'initdb'), ['-D', 'data', '-A', 'trust', '-U', 'postgres', '--no-sync'], {
    ...as,
    stdio: 'pipe',
  });
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: String(maxConnections),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [path.join(bin, 'postgres'), '-D', 'data', '-p', String(port), ...flags];
  // The kernel ends it when the tests are killed and can no longer do so.
  const server = spawn('setpriv', ['--pdeathsig', 'QUIT', ...command], {
    ...as,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(server, 'exit');
  const stop = async (): Promise<void> => {
    // SIGQUIT is PostgreSQL's immediate shutdown: it takes its children along, which SIGKILL would not.
    server.kill('SIGQUIT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', () => server.kill('SIGQUIT'));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)));
  });
  return {
    port,
    env: { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGDATABASE: 'postgres' },
    stop,
  };
}

function folderOfServer(): string {
  const installed = '/usr/lib/postgresql';
  try {
    const [newest] = readdirSync(installed).toSorted().toReversed();
    if (newest !== undefined) return path.join(installed, newest, 'bin');
  } catch {
    // Said below, as for an empty folder.
  }
  throw new Error('PostgreSQL is not installed: apt-get install postgresql');
}

/** The account that the package made, where we are root. */
function ownerOfServer(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const [, , uid, gid] = execFileSync('getent', ['passwd', 'postgres'], { encoding: 'utf8' }).split(':');
  return { uid: Number(uid), gid: Number(gid) };
}
