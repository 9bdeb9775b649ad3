/**
 * The stalls that the service is to blame for: without the pauses of loopscope itself and without the start-up,
 * in which every service loads its modules and nobody waits.
 */
import { selectSpanProfile } from '../model/span-profile.ts';
import type { StallEvent } from '../model/timeline-event.ts';
import { selectProfiles } from '../timeline/code-selectors.ts';
import { selectStalls } from '../timeline/loop-selectors.ts';
import { overlapMs } from '../timeline/series.ts';
import type { Span } from '../timeline/series.ts';
import type { Timeline } from '../timeline/timeline.ts';

/** A stall is ours when at least half of it is. */
const OWN_SHARE = 0.5;

/** Start-ups of services that load much code take 1 to 4 s; a stall this early and before any request is one. */
const START_UP_MS = 5_000;

export function selectServiceStalls(timeline: Timeline, span: Span): readonly StallEvent[] {
  const profiles = selectProfiles(timeline, span);
  return selectStalls(timeline, span).filter((stall) => {
    if (isStartUp(timeline, stall)) return false;
    const lengthMs = stall.endMs - stall.startMs;
    if (longestOwnPauseMs(timeline, stall) >= lengthMs * OWN_SHARE) return false;
    return selectSpanProfile(profiles, stall.startMs, stall.endMs).ownMs < lengthMs * OWN_SHARE;
  });
}

function longestOwnPauseMs(timeline: Timeline, stall: StallEvent): number {
  const span = { fromMs: stall.startMs, toMs: stall.endMs };
  return timeline.ownCost
    .between(stall.startMs, stall.endMs)
    .filter((window) => overlapMs(window, span) > 0)
    .reduce((longest, { event }) => Math.max(longest, event.longestPauseMs), 0);
}

function isStartUp(timeline: Timeline, stall: StallEvent): boolean {
  const { session } = timeline;
  const startedAtWallMs = session?.target.startedAtWallMs ?? null;
  if (!session || startedAtWallMs === null) return false;
  const startedAtMs = session.atMs - (session.wallMs - startedAtWallMs);
  if (stall.startMs > startedAtMs + START_UP_MS) return false;
  const served = timeline.requests
    .between(Number.NEGATIVE_INFINITY, stall.endMs)
    .some((window) => window.routes.size > 0 || window.inFlight > 0);
  const began = timeline.requestStarts
    .between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    .some(({ event }) => event.startsMs.some((startMs) => startMs <= stall.endMs));
  return !served && !began;
}
