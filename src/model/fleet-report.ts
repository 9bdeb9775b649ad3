/**
 * Several processes in one report, `loopscope.fleet/1`: each process's own report, and one diagnosis of all of them.
 *
 *   { findings: [{ id: 'event-loop-blocked:cpu:hash', processes: [4711, 4713], … }], processes: [report, report, …] }
 */
import type { Finding, ReadinessCheck } from './finding.ts';
import type { Report } from './report.ts';

export const FLEET_SCHEMA = 'loopscope.fleet/1';

/** One fault, wherever it shows: the words are those of the process that has it worst. */
export interface FleetFinding extends Finding {
  /** Pids of the processes that have it, the worst first. */
  readonly processes: readonly number[];
}

/** The worst verdict of any process; `unknown` only where no process could tell. */
export interface FleetReadinessCheck extends ReadinessCheck {
  /** Pids of the processes with this verdict. */
  readonly processes: readonly number[];
}

/** A process that could not be attached to, and why. */
export interface UnattachedProcess {
  readonly target: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface FleetReport {
  readonly schema: typeof FLEET_SCHEMA;
  readonly loopscope: string;
  readonly processes: readonly Report[];
  readonly unattached: readonly UnattachedProcess[];
  readonly findings: readonly FleetFinding[];
  readonly readiness: readonly FleetReadinessCheck[];
}
