/** The Node processes of this machine, and how each can be attached to. Looks only: nothing is signalled or asked. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pidusage from 'pidusage';
import type { CodedError } from '../shared/coded-error.ts';
import { ageMsOf } from './kernel-state.ts';
import { findApproach, recogniseNode } from './preflight.ts';
import { commandOf, environmentVariableOf, readProcess } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { allPids, ancestryOf } from './process-table.ts';

export type InspectorState =
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
  /** Percent of one core, now; null when it ended while we looked. */
  readonly cpuPercent: number | null;
  readonly rssBytes: number | null;
  /** Started by `cluster.fork()`: it shares its ports with its primary. */
  readonly clusterWorker: boolean;
  readonly inspector: InspectorState;
}

/** The kernel counts CPU time in steps of 10 ms: this gives 4 % of a core. */
const CPU_WINDOW_MS = 250;
/** A package runner on behalf of loopscope: `npm exec loopscope attach server.js` is not the service. */
const RUNNER = /\b(?:npx|npm (?:exec|run)|pnpm|yarn|bunx?)\b.*\bloopscope\b/;
const OWN_SCRIPT = /^loopscope(?:\.js)?$/;

/** All Node processes but loopscope's own and those that started it, by pid. */
export async function listNodeProcesses(wallMs: number): Promise<readonly NodeProcess[]> {
  const records = nodeProcessRecords();
  const pids = records.map((record) => record.pid);
  const usage = await usageOf(pids);
  const users = userNames();
  return Promise.all(
    records.map(async (record): Promise<NodeProcess> => {
      const recognised = recogniseNode(record.pid);
      return {
        pid: record.pid,
        parentPid: record.parentPid,
        command: commandOf(record),
        node: recognised.ok ? recognised.value.executable.version : null,
        user: users.get(record.userId) ?? String(record.userId),
        startedAtWallMs: Math.round(wallMs - ageMsOf(record)),
        cpuPercent: usage[record.pid]?.cpu ?? null,
        rssBytes: usage[record.pid]?.memory ?? null,
        clusterWorker: isClusterWorker(record.pid),
        inspector: await inspectorStateOf(record.pid),
      };
    }),
  );
}

/** The processes that can be meant by a target: Node, and no loopscope. */
export function nodeProcessRecords(): readonly ProcessRecord[] {
  const ancestors = new Set(ancestryOf(process.pid));
  return allPids()
    .map(readProcess)
    .filter((record) => record !== null)
    .filter((record) => looksLikeNode(record) && !isLoopscope(record, ancestors));
}

/** Started by the cluster module; only the environment says so, and only to the same user. */
export const isClusterWorker = (pid: number): boolean =>
  environmentVariableOf(pid, 'NODE_UNIQUE_ID') !== null;

function looksLikeNode(record: ProcessRecord): boolean {
  const recognised = recogniseNode(record.pid);
  if (recognised.ok) return true;
  // Another user's executable cannot be read; its name is a hint good enough for a list.
  const named = /^node(?:js)?$/.test(basename(record.commandLine[0] ?? ''));
  return named && recognised.error.code === 'other-user';
}

function isLoopscope(record: ProcessRecord, ancestors: ReadonlySet<number>): boolean {
  if (record.pid === process.pid) return true;
  const script = record.commandLine.slice(1).find((argument) => !argument.startsWith('-')) ?? '';
  if (OWN_SCRIPT.test(basename(script))) return true;
  const runsPackages = RUNNER.test(record.commandLine.join(' '));
  return runsPackages || (ancestors.has(record.pid) && /^np[mx]\b/.test(record.commandLine[0] ?? ''));
}

async function inspectorStateOf(pid: number): Promise<InspectorState> {
  const recognised = recogniseNode(pid);
  const approach = recognised.ok ? await findApproach(recognised.value, false) : recognised;
  if (!approach.ok) return { kind: 'unavailable', because: approach.error };
  if (approach.value.kind === 'signal') return { kind: 'closed' };
  const { port, openedBy } = approach.value.inspector;
  return { kind: 'open', port, openedBy };
}

/** What processes use now: the first question only begins the measurement. */
async function usageOf(pids: readonly number[]): Promise<Record<number, pidusage.Status | undefined>> {
  // One that ends meanwhile fails its own question only, so each is asked about by itself.
  const ask = (): Promise<PromiseSettledResult<pidusage.Status>[]> =>
    Promise.allSettled(pids.map((pid) => pidusage(pid)));
  await ask();
  await sleep(CPU_WINDOW_MS);
  const each = await ask();
  pidusage.clear();
  return Object.fromEntries(
    each.map((status, index) => [pids[index], status.status === 'fulfilled' ? status.value : undefined]),
  );
}

function userNames(): ReadonlyMap<number, string> {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return new Map(lines.map((line) => line.split(':')).map(([name, , id]) => [Number(id), name ?? '']));
  } catch {
    return new Map();
  }
}
