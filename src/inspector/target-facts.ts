/** What is told about a target once, when it is attached to: from the process itself, and from the kernel. */
import { cpus } from 'node:os';
import type { TargetInfo } from '../model/timeline-event.ts';
import { sanitise } from '../shared/sanitiser.ts';
import { readCgroupLimits } from './cgroup-limits.ts';
import { ageMsOf } from './kernel-state.ts';
import { linkOf, readProcess } from './process-record.ts';

/** What the service answers about itself; its strings are its own. */
export interface OwnFacts {
  readonly pid: number;
  readonly version: string;
  readonly debugPort: number;
  readonly heapLimitBytes: number;
  readonly hostname: string;
  readonly command: string;
  readonly cwd: string;
  readonly cores: number;
  readonly machineCores: number;
  readonly uptimeMs: number;
}

/** One evaluate that gives `OwnFacts`. The working folder may have been deleted, and `cwd()` then throws. */
export const OWN_FACTS = `(() => {
  const os = require('os');
  const cwd = () => { try { return process.cwd(); } catch { return ''; } };
  return {
    pid: process.pid,
    version: process.version,
    debugPort: process.debugPort,
    heapLimitBytes: require('v8').getHeapStatistics().heap_size_limit,
    hostname: os.hostname(),
    command: [process.argv0, ...process.execArgv, ...process.argv.slice(1)].join(' '),
    cwd: cwd(),
    cores: os.availableParallelism ? os.availableParallelism() : os.cpus().length,
    machineCores: os.cpus().length,
    uptimeMs: process.uptime() * 1000,
  };
})()`;

/** Joins both sides. `localPid` is null for a target on another machine, of which only its own word is known. */
export function targetInfoFrom(
  facts: OwnFacts,
  localPid: number | null,
  attachedBy: TargetInfo['attachedBy'],
  wallMs: number,
): TargetInfo {
  const local = localPid === null ? null : readProcess(localPid);
  const limits = local === null ? null : readCgroupLimits(local.pid);
  return {
    pid: local?.pid ?? facts.pid,
    node: sanitise(facts.version),
    command: sanitise(local === null ? facts.command : local.commandLine.join(' ')),
    cwd: sanitise((local === null ? null : linkOf(local.pid, 'cwd')) ?? facts.cwd),
    hostname: sanitise(facts.hostname),
    cores: Math.min(facts.cores, limits?.cores ?? facts.cores),
    machineCores: local === null ? facts.machineCores : cpus().length,
    cgroupMemoryLimitBytes: limits?.memoryBytes ?? null,
    heapLimitBytes: facts.heapLimitBytes,
    attachedBy,
    startedAtWallMs: Math.round(wallMs - (local === null ? facts.uptimeMs : ageMsOf(local))),
  };
}
