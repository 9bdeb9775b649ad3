/** A session as the screens see it, live or replayed: the timeline, and a diagnosis of its last minute that is kept fresh. */
import type { LiveSession } from './live-session.ts';
import { diagnose, type Diagnosis } from '../diagnosis/diagnosis.ts';
import type { TimelineSource } from '../presentation/screen-data.ts';
import type { Clock } from '../shared/clock.ts';
import { selectLastSpan } from '../timeline/session-selectors.ts';

/** What is over for a minute is not why the service is slow now. */
const DIAGNOSED_MS = 60_000;
/** A verdict that changes more often than once a second cannot be read; a new block is shown at once regardless. */
const DIAGNOSE_EVERY_MS = 1_000;

export interface LiveSource extends TimelineSource {
  /** Diagnoses anew the next time it is asked: the session's timeline is another one. */
  readonly refresh: () => void;
}

/** Diagnoses when asked, at most once a second: a screen that nobody looks at costs nothing. */
export function createLiveSource(
  session: Pick<LiveSession, 'timeline' | 'subscribe'>,
  clock: Clock,
): LiveSource {
  let current: Pick<Diagnosis, 'findings' | 'readiness'> = { findings: [], readiness: [] };
  let diagnosedAtMs = -Infinity;
  let stale = true;
  session.subscribe((event) => {
    stale = true;
    if (event.kind === 'blocked') diagnosedAtMs = -Infinity;
  });
  const refresh = (): void => {
    stale = true;
    diagnosedAtMs = -Infinity;
  };
  const refreshed = (): Pick<Diagnosis, 'findings' | 'readiness'> => {
    const nowMs = clock.monotonicMs();
    if (!stale || nowMs - diagnosedAtMs < DIAGNOSE_EVERY_MS) return current;
    const span = selectLastSpan(session.timeline, DIAGNOSED_MS);
    if (span !== null) current = diagnose(session.timeline, span);
    stale = false;
    diagnosedAtMs = nowMs;
    return current;
  };
  return {
    timeline: () => session.timeline,
    findings: () => refreshed().findings,
    readiness: () => refreshed().readiness,
    subscribe: (listener) => session.subscribe(listener),
    refresh,
  };
}
