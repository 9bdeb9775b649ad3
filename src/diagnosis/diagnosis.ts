/** All detectors over one span of the timeline, ranked, with the readiness card. */
import type { Finding, FindingKind, ReadinessCheck, Verdict } from '../model/finding.ts';
import type { Span } from '../timeline/series.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { createDiagnosisView, selectUnseen, selectUntried } from './detector.ts';
import type { DiagnosisView } from './detector.ts';
import { DETECTORS } from './detectors.ts';
import { rankFindings } from './ranking.ts';
import { assessReadiness } from './readiness.ts';

export interface Diagnosis {
  /** Causes before symptoms, the worst first. */
  readonly findings: readonly Finding[];
  /** Always all six, in the contract's order. */
  readonly readiness: readonly ReadinessCheck[];
  readonly verdicts: ReadonlyMap<FindingKind, Verdict>;
}

/** Depends on the timeline alone: the same events give the same diagnosis, live or replayed. */
export function diagnose(timeline: Timeline, span: Span): Diagnosis {
  const view = createDiagnosisView(timeline, span);
  const verdicts = new Map(
    DETECTORS.map((detector) => [detector.kind, asFarAsSeen(view, detector.detect(view))]),
  );
  const findings = rankFindings(
    [...verdicts.values()].flatMap((verdict) => (verdict.kind === 'found' ? verdict.findings : [])),
  );
  return { findings, readiness: assessReadiness(view, findings, verdicts), verdicts };
}

/** That nothing was found says little where little was seen. */
function asFarAsSeen(view: DiagnosisView, verdict: Verdict): Verdict {
  const because = verdict.kind === 'not-found' ? (selectUnseen(view) ?? selectUntried(view)) : null;
  return because === null ? verdict : { kind: 'not-enough-seen', because };
}
