/**
 * The order in which findings are read: causes before the symptoms they explain, the worst first among equals, and
 * one finding for each cause.
 *
 *   [process-saturated, event-loop-blocked] -> [event-loop-blocked]       the full loop is explained
 *   [memory-limit, memory-growth]           -> [memory-growth, memory-limit]
 */
import type { Finding, FindingKind, Severity } from '../model/finding.ts';

const SEVERITY_ORDER: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

/** Nearer to the root of things first. */
const KIND_ORDER: Readonly<Record<FindingKind, number>> = {
  'event-loop-frozen': 0,
  'pool-exhausted': 1,
  'background-work': 2,
  'event-loop-blocked': 3,
  'memory-growth': 4,
  'threadpool-saturated': 5,
  'large-responses': 6,
  'gc-pressure': 7,
  'memory-limit': 8,
  'slow-dependency': 9,
  'process-saturated': 10,
};

/** Shown after its cause. */
const SYMPTOMS_OF: Partial<Readonly<Record<FindingKind, readonly FindingKind[]>>> = {
  'memory-growth': ['memory-limit', 'gc-pressure'],
  'large-responses': ['gc-pressure'],
  'background-work': ['event-loop-blocked'],
};

/** Adds nothing once the cause is known: more processes do not mend a function that blocks. */
const EXPLAINED_BY: Partial<Readonly<Record<FindingKind, readonly FindingKind[]>>> = {
  'event-loop-blocked': ['process-saturated', 'slow-dependency'],
  'event-loop-frozen': ['process-saturated', 'slow-dependency'],
  'background-work': ['process-saturated'],
  'gc-pressure': ['process-saturated'],
  'pool-exhausted': ['slow-dependency'],
  'threadpool-saturated': ['slow-dependency'],
};

/** Causes of saturation that stand by themselves, whatever else is found. */
const NEVER_EXPLAINED: ReadonlySet<string> = new Set(['worker-restarts', 'unbalanced-workers']);

export function rankFindings(findings: readonly Finding[]): readonly Finding[] {
  const present = new Set(findings.map((finding) => finding.kind));
  const explained = new Set([...present].flatMap((kind) => EXPLAINED_BY[kind] ?? []));
  const ranked = findings
    .filter((finding) => !explained.has(finding.kind) || NEVER_EXPLAINED.has(finding.cause))
    .toSorted(
      (a, b) =>
        SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
        KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
        shareOf(b) - shareOf(a) ||
        b.confidence - a.confidence,
    );
  return withDistinctIds(symptomsAfterCauses(ranked));
}

function symptomsAfterCauses(ranked: readonly Finding[]): readonly Finding[] {
  const ordered: Finding[] = [];
  const place = (finding: Finding): void => {
    if (ordered.includes(finding)) return;
    const isCause = (other: Finding): boolean => SYMPTOMS_OF[other.kind]?.includes(finding.kind) ?? false;
    for (const cause of ranked.filter(isCause)) place(cause);
    ordered.push(finding);
  };
  for (const finding of ranked) place(finding);
  return ordered;
}

/** Two functions of one name are told apart by their place, the first keeps the plain id. */
function withDistinctIds(findings: readonly Finding[]): readonly Finding[] {
  const taken = new Set<string>();
  return findings.map((finding) => {
    const [culprit] = finding.culprits;
    const id =
      taken.has(finding.id) && culprit ? `${finding.id}@${culprit.file}:${culprit.line}` : finding.id;
    taken.add(finding.id);
    return id === finding.id ? finding : { ...finding, id };
  });
}

const shareOf = (finding: Finding): number => finding.culprits[0]?.share ?? 0;
