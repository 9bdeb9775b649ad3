/**
 * What a container allows its processes, and what it has used: cores and memory, from cgroup v2 or v1. A limit may
 * stand at any level above the process, and the smallest one counts.
 *
 *   cpu.max '150000 100000' -> 1.5 cores        memory.max '536870912' -> 512 MB
 *
 * Files: kernel documentation, admin-guide/cgroup-v2.rst ("cpu.max", "memory.max", "memory.current") and
 * cgroup-v1/memory.rst, scheduler/sched-bwc.rst ("cpu.cfs_quota_us").
 */
import { cgroupFoldersOf, readCgroupFile, viewOf } from './cgroup-folders.ts';
import type { CgroupFolder, CgroupView } from './cgroup-folders.ts';

export interface CgroupLimits {
  /** May be a fraction; null when there is no quota. */
  readonly cores: number | null;
  readonly memoryBytes: number | null;
}

/** cgroup v1 says "no limit" with the largest number of pages that fits; no machine has half of it. */
const UNLIMITED_BYTES = 2 ** 62;

export function readCgroupLimits(pid: number, view: CgroupView = viewOf(pid)): CgroupLimits {
  return {
    cores: smallest(cgroupFoldersOf(pid, 'cpu', view).flatMap(coresOf)),
    memoryBytes: smallest(cgroupFoldersOf(pid, 'memory', view).flatMap(limitBytesOf)),
  };
}

/** Memory charged to the container of a process, the page cache included; null outside of one. */
export function readCgroupMemoryBytes(pid: number, view: CgroupView = viewOf(pid)): number | null {
  for (const folder of cgroupFoldersOf(pid, 'memory', view)) {
    const file = folder.version === 2 ? 'memory.current' : 'memory.usage_in_bytes';
    const bytes = Number(readCgroupFile(folder, file) || Number.NaN);
    if (Number.isFinite(bytes)) return bytes;
  }
  return null;
}

/** `'150000 100000'`: microseconds of CPU time in each period of so many microseconds; `max` or -1 is no limit. */
function coresOf(folder: CgroupFolder): readonly number[] {
  const text =
    folder.version === 2
      ? readCgroupFile(folder, 'cpu.max')
      : `${readCgroupFile(folder, 'cpu.cfs_quota_us')} ${readCgroupFile(folder, 'cpu.cfs_period_us')}`;
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number);
  const limited = quota !== undefined && period !== undefined && quota > 0 && period > 0;
  return limited ? [quota / period] : [];
}

function limitBytesOf(folder: CgroupFolder): readonly number[] {
  const text = readCgroupFile(folder, folder.version === 2 ? 'memory.max' : 'memory.limit_in_bytes');
  const bytes = Number(text?.trim() || 'max');
  return Number.isFinite(bytes) && bytes < UNLIMITED_BYTES ? [bytes] : [];
}

const smallest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.min(...values);
