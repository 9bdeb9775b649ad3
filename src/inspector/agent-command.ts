/**
 * How a service would be started with the in-process agent, from how it was started.
 *
 *   node --disable-sigusr1 server.js  ->  node --import loopscope/agent --disable-sigusr1 server.js
 */
import { sanitise } from '../shared/sanitiser.ts';
import { nodeOptionsOf } from './debug-port.ts';
import type { ProcessRecord } from './process-record.ts';

/** Through the environment it reaches a service whatever starts it, and all its child processes. */
export const AGENT_BY_ENVIRONMENT = "NODE_OPTIONS='--import loopscope/agent'";

const PERMISSION = /^--(?:experimental-)?permission$/;
/** Before, a process with permissions lets nobody inspect it. */
const FIRST_NODE_WITH_ALLOWED_INSPECTOR = 24;
/** Node 18 knows `--import` only from 18.18 on. */
const FIRST_NODE_WITH_IMPORT = 20;
/** Longer ones are scripts given with `-e`. */
const LONGEST_COMMAND = 300;
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/**
 * What to do about a process that cannot be attached to, as the hint of a refusal.
 * @param version `v22.12.0`, or null where the executable does not tell
 */
export function adviseAgent(process: ProcessRecord, version: string | null): string {
  const permissions = nodeOptionsOf(process).some((option) => PERMISSION.test(option));
  const major = Number(/^v(\d+)/.exec(version ?? '')?.[1] ?? Infinity);
  if (permissions && major < FIRST_NODE_WITH_ALLOWED_INSPECTOR) {
    return `Node ${major} lets nobody inspect a process that has --permission: start it without`;
  }
  const load = major < FIRST_NODE_WITH_IMPORT ? '--require' : '--import';
  const allow = permissions ? ['--allow-worker', '--allow-inspector'] : [];
  const [program = 'node', ...args] = process.commandLine;
  const words = [program, load, 'loopscope/agent', ...allow, ...args].map(quoted);
  const command = sanitise(words.join(' '));
  return command.length <= LONGEST_COMMAND && process.commandLine.length > 1
    ? `npm install loopscope, and start it with its agent: ${command}`
    : `npm install loopscope, and start it with its agent: ${AGENT_BY_ENVIRONMENT}`;
}

/** As a POSIX shell takes it for one word. */
const quoted = (word: string): string =>
  PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
