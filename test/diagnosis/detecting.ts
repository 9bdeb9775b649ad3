/** One detector on a timeline of twenty seconds, given as events. */
import { createDiagnosisView, type Detector } from '../../src/diagnosis/detector.ts';
import type { Finding, Verdict } from '../../src/model/finding.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import { loop, requests, session, START_MS, timelineOf } from '../timeline/event-text.ts';

export const SECONDS = 20;

export function detect(detector: Detector, ...parts: readonly (readonly TimelineEvent[])[]): Verdict {
  const timeline = timelineOf(session(), ...parts);
  return detector.detect(
    createDiagnosisView(timeline, { fromMs: START_MS, toMs: START_MS + SECONDS * 1000 }),
  );
}

export function foundBy(
  detector: Detector,
  ...parts: readonly (readonly TimelineEvent[])[]
): readonly Finding[] {
  const verdict = detect(detector, ...parts);
  return verdict.kind === 'found' ? verdict.findings : [];
}

export const idleLoop = loop('.'.repeat(SECONDS * 4));
export const fullLoop = loop('#'.repeat(SECONDS * 4));
export const traffic = requests('GET /a', { perSecond: 20, latencyMs: 5, seconds: SECONDS });
