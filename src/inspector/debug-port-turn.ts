/**
 * Every Node opens its inspector on the same port, and one that finds it taken complains on the service's stderr and
 * opens nothing. So several loopscopes take turns: from the signal until the new inspector has been moved away.
 */
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { linkOf } from './process-record.ts';

const TRY_EVERY_MS = 20;

/**
 * Waits for the turn and takes it; the result ends it. Null when the others did not finish within `withinMs`.
 *
 * The turn is an abstract Unix socket (its name begins with a zero byte): no file, and gone with the process that
 * held it, however that ended.
 */
export async function takeDebugPortTurn(pid: number, withinMs: number): Promise<(() => void) | null> {
  const path = `\0loopscope-debug-port-${linkOf(pid, 'ns/net') ?? ''}`;
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const server = createServer().unref();
    if (await listensOn(server, path)) return () => server.close();
    if (performance.now() >= giveUpAt) return null;
    await sleep(TRY_EVERY_MS);
  }
}

async function listensOn(server: Server, path: string): Promise<boolean> {
  try {
    server.listen(path);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  }
}
