/**
 * What a container allows its processes: cores and memory, from cgroup v2 or v1. A limit may stand at any level
 * above the process, and the smallest one counts.
 *
 *   cpu.max '150000 100000' -> 1.5 cores        memory.max '536870912' -> 512 MB
 *
 * Files: kernel documentation, admin-guide/cgroup-v2.rst ("cpu.max", "memory.max") and cgroup-v1/memory.rst,
 * scheduler/sched-bwc.rst ("cpu.cfs_quota_us").
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface CgroupLimits {
  /** May be a fraction; null when there is no quota. */
  readonly cores: number | null;
  readonly memoryBytes: number | null;
}

/** cgroup v1 says "no limit" with the largest number of pages that fits; no machine has half of it. */
const UNLIMITED_BYTES = 2 ** 62;

/**
 * @param root where the file system of the process begins, for a container that is looked at from outside:
 *   `/proc/PID/root`; a test brings its own
 */
export function readCgroupLimits(pid: number, root = '', procFolder = '/proc'): CgroupLimits {
  const memberships = readOrNull(`${procFolder}/${pid}/cgroup`) ?? '';
  const cores: number[] = [];
  const memory: number[] = [];
  for (const line of memberships.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const folder of foldersUpwards(path)) {
      const read = (mount: string, file: string): string | null =>
        readOrNull(join(root, '/sys/fs/cgroup', mount, folder, file));
      if (controllers === '') {
        cores.push(...coresFromCpuMax(read('', 'cpu.max')));
        memory.push(...bytesFrom(read('', 'memory.max')));
      }
      if (controllers.split(',').includes('cpu')) {
        const quota = read('cpu', 'cpu.cfs_quota_us')?.trim();
        const period = read('cpu', 'cpu.cfs_period_us')?.trim();
        cores.push(...coresFromCpuMax(`${quota ?? 'max'} ${period ?? '100000'}`));
      }
      if (controllers.split(',').includes('memory')) {
        memory.push(...bytesFrom(read('memory', 'memory.limit_in_bytes')));
      }
    }
  }
  return { cores: smallest(cores), memoryBytes: smallest(memory) };
}

/** `/a/b` -> `/a/b`, `/a`, `/`: inside a container the path may be one that only the host knows, and `/` is its own. */
function foldersUpwards(path: string): readonly string[] {
  const folders = [path];
  while ((folders.at(-1) ?? '/') !== '/') folders.push(dirname(folders.at(-1) ?? '/'));
  return folders;
}

/** `'150000 100000'`: microseconds of CPU time in each period of so many microseconds; `max` or -1 is no limit. */
function coresFromCpuMax(text: string | null): readonly number[] {
  const [quota, period] = (text ?? '').trim().split(' ').map(Number);
  const limited = quota !== undefined && period !== undefined && quota > 0 && period > 0;
  return limited ? [quota / period] : [];
}

function bytesFrom(text: string | null): readonly number[] {
  const bytes = Number(text?.trim() || 'max');
  return Number.isFinite(bytes) && bytes < UNLIMITED_BYTES ? [bytes] : [];
}

const smallest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.min(...values);

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
