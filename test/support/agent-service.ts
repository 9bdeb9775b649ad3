/** Services that were started with the in-process agent, each with a folder for its socket that is its own. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { attachTo } from '../../src/inspector/attach.ts';
import type { Attachment } from '../../src/inspector/attachment.ts';
import { findAgentSocket } from '../../src/inspector/agent-socket.ts';
import { pollUntil } from '../../src/inspector/polling.ts';
import { readProcess } from '../../src/inspector/process-record.ts';
import { startScript } from './target-process.ts';
import type { TargetOptions, TargetProcess } from './target-process.ts';

/** As `npm test` builds it. */
export const AGENT = join(import.meta.dirname, '..', '..', 'dist', 'agent.cjs');

/** Serves /derive, which blocks in `deriveHere`, and asks itself for it; a loop of JavaScript would be inlined at times. */
export const DERIVES = `
  const http = require('http');
  function deriveHere() { require('crypto').pbkdf2Sync('a', 'b', 150000, 64, 'sha512'); }
  http.createServer((request, response) => { deriveHere(); response.end('ok'); }).listen(0, '127.0.0.1', function () {
    const { port } = this.address();
    setInterval(() => http.get({ port, agent: false, path: '/derive' }, (response) => response.resume()), 250);
  });`;

/** Ends in a way of its own when it gets SIGUSR2. */
export const endsBy = (statement: string): string =>
  `const life = setInterval(() => {}, 1000); process.once('SIGUSR2', () => { ${statement}; });`;

const LISTENS_WITHIN_MS = 30_000;

export interface AgentService extends TargetProcess {
  /** The place that was named to the agent. */
  readonly place: string;
  readonly socketPath: string;
  /** The names of the sockets in the agent's folder. */
  sockets(): readonly string[];
}

export interface AgentServiceOptions extends TargetOptions {
  readonly flags?: readonly string[];
  /** Default `--import`. */
  readonly load?: '--import' | '--require';
  /** Another service's place. */
  readonly place?: string;
}

/** Starts a script with the agent and waits until that listens. */
export async function startWithAgent(
  script: string,
  { flags = [], load = '--import', place = temporaryPlace(), ...options }: AgentServiceOptions = {},
): Promise<AgentService> {
  const service = await startScript(script, {
    ...options,
    flags: [load, AGENT, ...flags],
    env: { ...options.env, LOOPSCOPE_AGENT_DIR: place },
  });
  const socketPath = await untilAgentListens(service.pid);
  return { ...service, place, socketPath, sockets: () => socketsIn(place) };
}

/** Resolves to the path of its socket. */
export async function untilAgentListens(pid: number): Promise<string> {
  const listening = (): string | null => {
    const record = readProcess(pid);
    return record === null ? null : findAgentSocket(record);
  };
  const socketPath = await pollUntil(listening, { everyMs: 10, withinMs: LISTENS_WITHIN_MS });
  if (socketPath === null) throw new Error(`no agent listens in process ${pid}`);
  return socketPath;
}

function temporaryPlace(): string {
  const place = mkdtempSync(join(tmpdir(), 'ls-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  return place;
}

const socketsIn = (place: string): readonly string[] =>
  readdirSync(join(place, `loopscope-${process.geteuid?.()}`));

export async function attached(pid: number): Promise<Attachment> {
  const result = await attachTo(pid);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}
