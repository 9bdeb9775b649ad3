/**
 * The agent's own thread: listens on a Unix socket and passes the protocol between its clients and the service's main
 * thread. While nobody is connected it sleeps in the kernel.
 *
 * The file of the socket goes when the thread ends, with the process or without it: libuv removes what it bound. A
 * process that is killed leaves it, and whoever looks next removes it.
 */
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import packageJson from '../../package.json' with { type: 'json' };
import {
  AGENT_FOLDER_VARIABLE,
  agentPlaces,
  agentSocketName,
  clearAgentFolder,
  guardSocket,
  provideAgentFolder,
} from '../inspector/agent-folder.ts';
import { serveClient } from './agent-connection.ts';
import type { AgentDescription, AgentThreadData, ToAgentThread } from './agent-wire.ts';
import { findTool, TOOL_NAMES } from './native-tools.ts';
import type { ToolName } from './native-tools.ts';
import { createRelayedDebuggees } from './relayed-debuggee.ts';
import { say } from './service-stderr.ts';

/** In an incident two or three people look at once; each has two connections at most. */
const MOST_CLIENTS = 8;

const { packagePlaces, environment, hasInspector } = workerData as AgentThreadData;
const leavers = new Set<() => void>();
const loaded = new Set<ToolName>();
const relayed = createRelayedDebuggees((message) => parentPort?.postMessage(message));

parentPort?.on('message', (message: ToAgentThread) => {
  if (message.kind === 'leave') for (const leave of leavers) leave();
  else if (message.kind === 'loaded') loaded.add(message.tool);
  else relayed.hear(message.connection, message.message);
});

void serve();

async function serve(): Promise<void> {
  const userId = process.geteuid?.();
  if (userId === undefined) return say('it needs a system with Unix sockets and file modes; it is not there');
  const connectDebuggee = hasInspector
    ? (await import('./inspector-debuggee.ts')).connectInspector
    : relayed.connect;
  let socketPath = '';
  const server = createServer((socket) => {
    const leave = serveClient(socket, { connectDebuggee, describe: () => describe(socketPath) });
    leavers.add(leave);
    socket.on('close', () => leavers.delete(leave));
  });
  server.maxConnections = MOST_CLIENTS;
  const refusals: string[] = [];
  for (const place of agentPlaces(environment)) {
    const folder = provideAgentFolder(place, userId);
    if (!folder.ok) {
      refusals.push(folder.error);
      continue;
    }
    socketPath = join(folder.value, agentSocketName(process.pid));
    const refusal = await listen(server, socketPath);
    if (refusal === null) {
      guardSocket(socketPath);
      await clearAgentFolder(folder.value, userId);
      return;
    }
    refusals.push(`${folder.value}: ${refusal}`);
  }
  say(`nobody can attach through it: it found no place for its socket (${refusals.join('; ')}).`);
  say(`Give it one that can be written to: ${AGENT_FOLDER_VARIABLE}=/some/folder`);
}

function listen(server: Server, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const refused = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    server.once('error', refused);
    server.listen(path, () => {
      server.off('error', refused);
      // Out of descriptors, for instance: one client is not served, the service goes on.
      server.on('error', () => {});
      resolve(null);
    });
  });
}

const describe = (socketPath: string): AgentDescription => ({
  version: packageJson.version,
  socketPath,
  inspector: hasInspector,
  tools: TOOL_NAMES.map((name) => ({
    name,
    version: findTool(name, packagePlaces)?.version ?? null,
    loaded: loaded.has(name),
  })),
});
