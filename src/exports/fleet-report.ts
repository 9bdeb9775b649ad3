/** The report on several processes, `loopscope.fleet/1`, as JSON and as a person reads it. */
import { FLEET_SCHEMA } from '../model/fleet-report.ts';
import type { FleetReport, UnattachedProcess } from '../model/fleet-report.ts';
import type { Report } from '../model/report.ts';
import { mergeFindings, mergeReadiness } from '../diagnosis/fleet-diagnosis.ts';

/** @param version of loopscope itself */
export function createFleetReport(
  reports: readonly Report[],
  unattached: readonly UnattachedProcess[],
  version: string,
): FleetReport {
  const diagnosed = reports.map(({ target, findings, readiness }) => ({
    pid: target.pid,
    findings,
    readiness,
  }));
  return {
    schema: FLEET_SCHEMA,
    loopscope: version,
    processes: reports,
    unattached,
    findings: mergeFindings(diagnosed),
    readiness: mergeReadiness(diagnosed),
  };
}
