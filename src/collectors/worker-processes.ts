/**
 * The workers of a cluster as the kernel knows them: children of one process, each told by the variable that
 * `cluster` (and pm2, which uses it) puts into its environment.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface WorkerProcess {
  readonly pid: number;
  /** CPU time of all its threads since it started. */
  readonly cpuMs: number;
}

/** Linux reports CPU time in hundredths of a second, whatever its own timer. */
const MS_PER_TICK = 10;

/** Workers that a process forked, or, when it is a worker itself, it and its siblings; empty when there are none. */
export function workersOf(pid: number): readonly WorkerProcess[] {
  const parent = isWorker(pid) ? parentOf(pid) : pid;
  return parent === null
    ? []
    : childrenOf(parent)
        .filter(isWorker)
        .flatMap((child) => accountOf(child) ?? []);
}

export function isWorker(pid: number): boolean {
  return /(^|\0)NODE_UNIQUE_ID=/.test(read(`/proc/${pid}/environ`) ?? '');
}

/** Each thread lists the children that it forked. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      (read(`/proc/${pid}/task/${task}/children`) ?? '').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function accountOf(pid: number): WorkerProcess | null {
  const fields = statOf(pid);
  if (fields === null || fields[0] === 'Z') return null;
  return { pid, cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK };
}

function parentOf(pid: number): number | null {
  const parent = Number(statOf(pid)?.[1]);
  return parent > 0 ? parent : null;
}

/** Fields of `stat` after the command's name, which may hold anything; the first is the state. */
function statOf(pid: number): readonly string[] | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended, or belongs to somebody else.
    return null;
  }
}
