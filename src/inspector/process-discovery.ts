/** The Node processes of this machine, and how each can be attached to. Looks only: nothing is signalled or asked. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CodedError } from '../shared/coded-error.ts';
import { readUnixSockets } from './agent-socket.ts';
import { ageMsOf } from './kernel-state.ts';
import { nodeExecutableOf } from './node-executable.ts';
import { isLoopscope } from './own-processes.ts';
import { findApproach, recogniseNode } from './preflight.ts';
import type { ApproachOptions } from './preflight.ts';
import { TICKS_PER_SECOND, commandOf, isStill, linkOf, readProcess } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { allPids, ancestryOf, isClusterWorker } from './process-table.ts';
import { socketsInNamespaceOf } from './socket-table.ts';

export type InspectorState =
  /** The in-process agent answers in its stead. */
  | { readonly kind: 'agent' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly port: number; readonly openedBy: 'user' | 'loopscope' }
  | { readonly kind: 'unavailable'; readonly because: CodedError };

export interface NodeProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
  /** `v22.12.0`; null for a build that does not carry its version in the file. */
  readonly node: string | null;
  readonly user: string;
  readonly startedAtWallMs: number;
  /** Percent of one core, now. */
  readonly cpuPercent: number | null;
  readonly rssBytes: number | null;
  /** Started by `cluster.fork()`: it shares its ports with its primary. */
  readonly clusterWorker: boolean;
  readonly inspector: InspectorState;
}

/** The kernel counts CPU time in steps of 10 ms: this gives 4 % of a core. */
const CPU_WINDOW_MS = 250;
/**
 * All Node processes but loopscope's own and those that started it, and none that ended while we looked: by pid, those
 * that can be attached to first.
 */
export async function listNodeProcesses(wallMs: number): Promise<readonly NodeProcess[]> {
  const records = nodeProcessRecords();
  const fromMs = performance.now();
  const users = userNames();
  const tables: NetworkTables = {
    socketsOf: oncePerNamespace(socketsInNamespaceOf),
    unixSocketsOf: oncePerNamespace(readUnixSockets),
  };
  const processes = await Promise.all(
    records.map(async (record) => ({
      record,
      pid: record.pid,
      parentPid: record.parentPid,
      command: commandOf(record),
      node: nodeExecutableOf(record.pid)?.version ?? null,
      user: users.get(record.userId) ?? String(record.userId),
      startedAtWallMs: Math.round(wallMs - ageMsOf(record)),
      clusterWorker: isClusterWorker(record.pid),
      inspector: await inspectorStateOf(record.pid, tables),
    })),
  );
  await sleep(Math.max(0, fromMs + CPU_WINDOW_MS - performance.now()));
  const windowMs = performance.now() - fromMs;
  const unavailable = ({ inspector }: NodeProcess): number => (inspector.kind === 'unavailable' ? 1 : 0);
  return processes
    .flatMap(({ record, ...process }): NodeProcess[] => {
      const now = readProcess(record.pid);
      if (now === null || !isStill(record, now)) return [];
      const cpuMs = ((now.cpuTicks - record.cpuTicks) * 1000) / TICKS_PER_SECOND;
      return [{ ...process, cpuPercent: (cpuMs / windowMs) * 100, rssBytes: now.rssBytes }];
    })
    .toSorted((a, b) => unavailable(a) - unavailable(b) || a.pid - b.pid);
}

/** The processes that can be meant by a target: Node, and no loopscope. */
export function nodeProcessRecords(): readonly ProcessRecord[] {
  const ancestors = new Set(ancestryOf(process.pid));
  return allPids()
    .map(readProcess)
    .filter((record) => record !== null)
    .filter((record) => record.state !== 'Z' && record.state !== 'X')
    .filter((record) => looksLikeNode(record) && !isLoopscope(record, ancestors));
}

function looksLikeNode(record: ProcessRecord): boolean {
  const recognised = recogniseNode(record.pid);
  if (recognised.ok) return true;
  // An executable that may not be read: its name is a hint good enough for a list.
  const named = /^node(?:js)?$/.test(basename(record.commandLine[0] ?? ''));
  return named && recognised.error.code !== 'not-node';
}

type NetworkTables = Required<Pick<ApproachOptions, 'socketsOf' | 'unixSocketsOf'>>;

async function inspectorStateOf(pid: number, tables: NetworkTables): Promise<InspectorState> {
  const recognised = recogniseNode(pid);
  const approach = recognised.ok
    ? await findApproach(recognised.value, { startUpMs: CPU_WINDOW_MS, ...tables })
    : recognised;
  if (!approach.ok) return { kind: 'unavailable', because: approach.error };
  if (approach.value.kind === 'signal') return { kind: 'closed' };
  if (approach.value.kind === 'agent') return { kind: 'agent' };
  const { port, openedBy } = approach.value.inspector;
  return { kind: 'open', port, openedBy };
}

/** The kernel takes 10 ms for the table of a busy machine, and most processes share one. */
function oncePerNamespace<T>(read: (pid: number) => T): (pid: number) => T {
  const known = new Map<string, T>();
  return (pid) => {
    const namespace = linkOf(pid, 'ns/net') ?? `of ${pid}`;
    const value = known.get(namespace) ?? read(pid);
    known.set(namespace, value);
    return value;
  };
}

function userNames(): ReadonlyMap<number, string> {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return new Map(lines.map((line) => line.split(':')).map(([name, , id]) => [Number(id), name ?? '']));
  } catch {
    return new Map();
  }
}
