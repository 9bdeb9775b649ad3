/** A Redis server for one test file: nothing on disk, its own port, gone afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.ts';

export interface RedisServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts it on a free port. The server must be installed (Debian: `redis-server`). */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  process.once('exit', () => server.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error('redis-server did not start')));
  });
  return {
    port,
    async stop() {
      server.kill('SIGKILL');
      await exited;
    },
  };
}
