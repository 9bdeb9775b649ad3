/**
 * The order in which findings are read: causes before the symptoms they explain, the worst first among equals, and
 * one finding for each cause.
 *
 *   [process-saturated, event-loop-blocked] -> [event-loop-blocked]       the full loop is explained
 *   [memory-limit, memory-growth]           -> [memory-growth, memory-limit]
 */
import { compareSeverity, type Finding, type FindingKind } from '../model/finding.ts';

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

/**
 * Adds nothing once the cause is known: more processes do not mend one function that blocks. A loop that is full of
 * many functions is another matter: there more processes are the cure.
 */
const EXPLAINED_BY: Partial<Readonly<Record<FindingKind, readonly FindingKind[]>>> = {
  'event-loop-blocked': ['process-saturated', 'slow-dependency'],
  'event-loop-frozen': ['process-saturated', 'slow-dependency'],
  'background-work': ['process-saturated'],
  'gc-pressure': ['process-saturated'],
  'pool-exhausted': ['slow-dependency'],
  'threadpool-saturated': ['slow-dependency'],
};

/** Causes of saturation that stand by themselves, whatever else is found. */
const NEVER_EXPLAINED: ReadonlySet<string> = new Set([
  'worker-restarts',
  'unbalanced-workers',
  'worker-thread',
]);

export function rankFindings(findings: readonly Finding[]): readonly Finding[] {
  const causes = findings
    .filter((finding) => !findings.some((other) => isSameFault(finding, other)))
    .map((finding): Finding => {
      const isLesser = findings.some((other) => isLesserSide(finding, other));
      return isLesser ? { ...finding, severity: 'info' } : finding;
    });
  const explained = new Set(causes.filter(hasOneCulprit).flatMap(({ kind }) => EXPLAINED_BY[kind] ?? []));
  const ranked = causes
    .filter((finding) => !explained.has(finding.kind) || NEVER_EXPLAINED.has(finding.cause))
    .toSorted(
      (a, b) =>
        compareSeverity(a, b) ||
        KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
        shareOf(b) - shareOf(a) ||
        b.confidence - a.confidence,
    );
  return withDistinctIds(symptomsAfterCauses(ranked));
}

/** A culprit with less than half of the harm leaves most of it to others. */
const MAIN_SHARE = 0.5;

/** Findings that name no function speak of something that is one by itself: a pool, a host. */
const hasOneCulprit = ({ culprits: [first] }: Finding): boolean =>
  first === undefined || first.share >= MAIN_SHARE;

/** Whether a finding shows what another one tells better: of one function, or of one collector. */
function isSameFault(finding: Finding, other: Finding): boolean {
  switch (`${finding.kind} < ${other.kind}`) {
    case 'event-loop-blocked < event-loop-frozen':
    case 'event-loop-blocked < background-work':
    case 'event-loop-frozen < background-work':
      return sharesCulprit(finding, other);
    case 'event-loop-blocked < gc-pressure':
      return finding.cause === 'gc';
    case 'gc-pressure < event-loop-blocked':
    case 'gc-pressure < event-loop-frozen':
      return other.cause !== 'gc' && sharesCulprit(finding, other);
    case 'memory-growth < large-responses':
      return finding.cause === 'native' || (finding.cause === 'external' && sharesRoute(finding, other));
    default:
      return false;
  }
}

/**
 * Two sides of one fault, of which each tells what the other does not: a response that is built whole, and the
 * function that builds it. The building comes first only where it is the larger harm.
 */
function isLesserSide(finding: Finding, other: Finding): boolean {
  switch (`${finding.kind} < ${other.kind}`) {
    case 'event-loop-blocked < large-responses':
      return finding.severity !== 'critical' && sharesRoute(finding, other);
    case 'large-responses < event-loop-blocked':
      return other.severity === 'critical' && sharesRoute(finding, other);
    default:
      return false;
  }
}

const sharesRoute = ({ routes }: Finding, other: Finding): boolean =>
  routes.some((route) => other.routes.includes(route));

/** The strongest culprit of one is among those of the other. */
function sharesCulprit({ culprits: [first] }: Finding, { culprits }: Finding): boolean {
  return culprits.some((culprit) => culprit.function === first?.function && culprit.file === first.file);
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
