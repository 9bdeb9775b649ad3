/**
 * What the user typed as a target, turned into something to attach to.
 *
 *   4711            a pid
 *   server.js       a part of one process's command line
 *   :3000           the process that serves on port 3000
 *   10.0.0.7:9229   an inspector
 *   ws://…          an inspector, by the URL it printed
 */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { AttachTarget } from './attach.ts';
import * as errors from './attach-errors.ts';
import { hasOwnNetwork } from './network-namespace.ts';
import { nodeProcessRecords } from './process-discovery.ts';
import { readProcess, shortCommandOf } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { ancestryOf, holdersOf, isClusterWorker } from './process-table.ts';
import { listeningSocketsOf, socketsInNamespaceOf } from './socket-table.ts';
import type { TcpSocket } from './socket-table.ts';

const LARGEST_PORT = 65_535;
/** Characters of what was typed that are repeated in a message. */
const LONGEST_LABEL = 80;

/** Finds what is meant, from the kernel's tables alone: no port is connected to. */
export function resolveTarget(
  text: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Result<AttachTarget, CodedError>> {
  return Promise.resolve(resolve(text.trim(), theOnly, platform));
}

/** The root of the tree that is meant: of several processes that fit, the one that started the others. */
export function resolveTree(text: string): Result<number, CodedError> {
  const resolved = resolve(text.trim(), theRoot);
  if (!resolved.ok) return resolved;
  if (typeof resolved.value === 'number') return ok(resolved.value);
  return fail(errors.targetInvalid(`${sanitise(text, LONGEST_LABEL)}: an address has no tree of processes`));
}

/** Chooses of the processes that fit, or says why none can be meant. */
type Choice = (
  label: string,
  matches: readonly ProcessRecord[],
  whyNone: string,
) => Result<AttachTarget, CodedError>;

function resolve(
  text: string,
  choose: Choice,
  platform: NodeJS.Platform = process.platform,
): Result<AttachTarget, CodedError> {
  if (/^\d+$/.test(text)) return ok(Number(text));
  if (/^wss?:/i.test(text)) return inspectorUrl(text);
  const [, host, digits] = /^([\w.-]*|\[[\da-f:.]+\]):(\d+)$/i.exec(text) ?? [];
  const port = Number(digits ?? 1);
  if (port === 0 || port > LARGEST_PORT) return fail(errors.targetInvalid(`${text}: no such port`));
  const isSearched = host === undefined || host === '';
  if (isSearched && text !== '' && platform !== 'linux') {
    return fail(errors.processesUnlisted(sanitise(text, LONGEST_LABEL)));
  }
  if (host === undefined) return processByCommand(text, choose);
  return host === '' ? processByPort(port, choose) : ok({ host: host.replace(/^\[|\]$/g, ''), port });
}

function inspectorUrl(text: string): Result<AttachTarget, CodedError> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const usable = url?.protocol === 'ws:' && url.hostname !== '' && url.pathname !== '/';
  return usable
    ? ok({ webSocketUrl: url.href })
    : fail(
        errors.targetInvalid(
          `${sanitise(text, LONGEST_LABEL)}: an inspector's URL looks like ws://127.0.0.1:9229/0f2c…`,
        ),
      );
}

function processByCommand(text: string, choose: Choice): Result<AttachTarget, CodedError> {
  if (text === '') return fail(errors.targetInvalid('no target was named'));
  const matches = nodeProcessRecords().filter((record) => record.commandLine.join(' ').includes(text));
  return choose(sanitise(text, LONGEST_LABEL), matches, 'no Node process has it in its command line');
}

/**
 * Whoever listens, here or, failing that, in a container; of a cluster the workers, because the primary only hands
 * connections on.
 */
function processByPort(port: number, choose: Choice): Result<AttachTarget, CodedError> {
  const label = `:${port}`;
  const isMeant = (socket: TcpSocket): boolean => socket.state === 'listening' && socket.port === port;
  const listening = socketsInNamespaceOf(process.pid).filter(isMeant);
  const nodes = nodeProcessRecords();
  const holders = new Set(holdersOf(new Set(listening.map((socket) => socket.inode))));
  if (!nodes.some((record) => holders.has(record.pid))) {
    const contained = nodes.filter(({ pid }) => hasOwnNetwork(pid) && listeningSocketsOf(pid).some(isMeant));
    for (const { pid } of contained) holders.add(pid);
  }
  if (holders.size === 0 && listening.length === 0) {
    return fail(errors.targetNotFound(label, 'nothing listens on that port'));
  }
  const serving = nodes.filter((record) => holders.has(record.pid));
  const workers = nodes.filter((record) => holders.has(record.parentPid) && isClusterWorker(record.pid));
  const other = [...holders].map(readProcess).find((record) => record !== null);
  const why =
    other === undefined ? 'the process that listens there cannot be seen' : `${labelOf(other)} is not Node`;
  return choose(label, workers.length > 0 ? workers : serving, why);
}

function theOnly(
  label: string,
  matches: readonly ProcessRecord[],
  whyNone: string,
): Result<AttachTarget, CodedError> {
  const [first, second] = matches;
  if (first === undefined) return fail(errors.targetNotFound(label, whyNone));
  return second === undefined ? ok(first.pid) : fail(errors.targetAmbiguous(label, matches.map(labelOf)));
}

/** Of workers that are alike it is their parent. */
function theRoot(
  label: string,
  matches: readonly ProcessRecord[],
  whyNone: string,
): Result<AttachTarget, CodedError> {
  const pids = new Set(matches.map(({ pid }) => pid));
  const roots = matches.filter(
    ({ pid }) =>
      !ancestryOf(pid)
        .slice(1)
        .some((ancestor) => pids.has(ancestor)),
  );
  const parents = new Set(roots.map(({ parentPid }) => parentPid));
  const [parent = 0] = parents;
  const siblings = roots.length > 1 && parents.size === 1 && roots.every(({ pid }) => isClusterWorker(pid));
  return siblings ? ok(parent) : theOnly(label, roots, whyNone);
}

const labelOf = (record: ProcessRecord): string => `${record.pid} (${shortCommandOf(record)})`;
