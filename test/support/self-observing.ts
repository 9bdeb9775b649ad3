/** A service that tells on its own port what is installed in it; asked by itself, so that no tool is between. */
import { startTarget, type TargetOptions, type TargetProcess } from './target-process.ts';

const SELF_OBSERVING = `
const http = require('node:http'), channels = require('node:diagnostics_channel'), inspector = require('node:inspector');
const watched = ['http.server.request.start', 'http.server.response.finish', 'http.client.request.start'];
const state = () => ({
  subscribed: watched.filter((name) => channels.hasSubscribers(name)),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  inspector: inspector.url() ?? null, debugPort: process.debugPort,
  globals: Reflect.ownKeys(globalThis).map(String),
  resources: process.getActiveResourcesInfo().filter((name) => name !== 'TCPSocketWrap'),
  stackTraceLimit: Error.stackTraceLimit,
});
const server = http.createServer((request, response) => response.end(JSON.stringify(state())));
server.listen(0, '127.0.0.1', () => console.log('ready ' + server.address().port));
`;
const READY = /ready (\d+)/;

export interface InstalledState {
  readonly subscribed: readonly string[];
  readonly inspector: string | null;
}

export interface SelfObserving extends TargetProcess {
  /** What is installed in it now; the connection that asks is closed again. */
  ask(): Promise<InstalledState>;
}

/** @param extra text of a script that it runs as well */
export async function startSelfObserving(extra = '', options: TargetOptions = {}): Promise<SelfObserving> {
  const service = await startTarget(['-e', SELF_OBSERVING + extra], { ...options, ready: READY });
  const [, port] = await service.printed(READY);
  const ask = async (): Promise<InstalledState> => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    return (await answer.json()) as InstalledState;
  };
  // Its first answer loads what later ones find loaded.
  await ask();
  return { ...service, ask };
}
