/**
 * One diagnosis of several processes: what several of them have is said once, with the processes named.
 *
 *   [4711: hash blocks (critical)], [4712: nothing], [4713: hash blocks (warning)]
 *     -> [hash blocks, critical, on 4711 and 4713]
 */
import { compareSeverity, type Finding, type ReadinessCheck } from '../model/finding.ts';
import { READINESS_CHECKS } from '../model/finding.ts';
import type { FleetFinding, FleetReadinessCheck } from '../model/fleet-report.ts';

export interface DiagnosedProcess {
  readonly pid: number;
  readonly findings: readonly Finding[];
  readonly readiness: readonly ReadinessCheck[];
}

/** That one process could tell outweighs that others could not. */
const VERDICT_ORDER: Readonly<Record<ReadinessCheck['verdict'], number>> = {
  fail: 0,
  warn: 1,
  pass: 2,
  unknown: 3,
};

/**
 * Findings of the same fault as one, the worst first; what more processes have comes before what fewer have. What is
 * said of it (title, evidence, culprits) is what the process says that has it worst.
 */
export function mergeFindings(processes: readonly DiagnosedProcess[]): readonly FleetFinding[] {
  const faults = new Map<string, { readonly pid: number; readonly finding: Finding }[]>();
  for (const { pid, findings } of processes) {
    for (const finding of findings) {
      const fault = faultOf(finding);
      faults.set(fault, [...(faults.get(fault) ?? []), { pid, finding }]);
    }
  }
  return [...faults.values()]
    .map((each): FleetFinding => {
      const ranked = each.toSorted((a, b) => compareFindings(a.finding, b.finding));
      const [{ finding }] = ranked as [(typeof ranked)[number]];
      const routes = [...new Set(ranked.flatMap((one) => one.finding.routes))];
      return { ...finding, routes, processes: ranked.map(({ pid }) => pid) };
    })
    .toSorted((a, b) => compareFindings(a, b) || b.processes.length - a.processes.length);
}

/** All six checks, each with its worst verdict and why. */
export function mergeReadiness(processes: readonly DiagnosedProcess[]): readonly FleetReadinessCheck[] {
  return READINESS_CHECKS.flatMap((name) => {
    const given = processes.flatMap(({ pid, readiness }) =>
      readiness.filter(({ check }) => check === name).map((check) => ({ pid, check })),
    );
    const [worst] = given.toSorted((a, b) => VERDICT_ORDER[a.check.verdict] - VERDICT_ORDER[b.check.verdict]);
    if (worst === undefined) return [];
    const alike = given.filter(({ check }) => check.verdict === worst.check.verdict);
    const findings = [...new Set(alike.flatMap(({ check }) => check.findings))];
    return { ...worst.check, findings, processes: alike.map(({ pid }) => pid) };
  });
}

/** The same function in another file is another fault. */
const faultOf = (finding: Finding): string => `${finding.id} ${finding.culprits[0]?.file ?? ''}`;

const compareFindings = (a: Finding, b: Finding): number =>
  compareSeverity(a, b) || b.confidence - a.confidence;
