/** A RabbitMQ server for one test file: its own data, its own ports, gone afterwards. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.ts';

export interface RabbitServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Debian's package puts it here, beside a wrapper in the path that insists on an account of its own. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** Whether a server can be started: it is a large package, and the tests that need it can be skipped. */
export const hasRabbit = (): boolean => existsSync(SERVER);

/** Starts it on a free port, without Erlang's port mapper. Debian: `rabbitmq-server`. */
export async function startRabbit(): Promise<RabbitServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'loopscope-rabbit-'));
  const [port, distributionPort] = await Promise.all([freePort(), freePort()]);
  const account = accountOfServer();
  if (account !== null) chownSync(folder, account.uid, account.gid);
  const env = {
    ...process.env,
    HOME: folder,
    RABBITMQ_NODENAME: `loopscope-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: path.join(folder, 'data'),
    RABBITMQ_LOG_BASE: path.join(folder, 'log'),
    RABBITMQ_PID_FILE: path.join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-start_epmd false -erl_epmd_port 0 +sbwt none +S 1',
    RABBITMQ_LOGS: '-',
  };
  const server = spawn(SERVER, [], {
    env,
    cwd: folder,
    ...account,
    // A group of its own: the script starts Erlang beside itself.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(server, 'exit');
  const kill = (): void => {
    try {
      process.kill(-server.pid!, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  process.once('exit', kill);
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (text: string): void => {
      said += text;
      if (/Server startup complete|completed with \d+ plugins/.test(said)) resolve();
    };
    server.stdout.setEncoding('utf8').on('data', hear);
    server.stderr.setEncoding('utf8').on('data', hear);
    server.once('exit', () => reject(new Error(`RabbitMQ did not start: ${said.slice(-2000)}`)));
  });
  return {
    port,
    async stop() {
      kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The account that the package made, where we are root. */
function accountOfServer(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const [, , uid, gid] = execFileSync('getent', ['passwd', 'rabbitmq'], { encoding: 'utf8' }).split(':');
  return { uid: Number(uid), gid: Number(gid) };
}
