/** Where the CPU time of a span went, by function. */
import { buildCallTree, hottestFunctions } from '../model/call-tree.ts';
import type { CallTreeNode, FunctionTime } from '../model/call-tree.ts';
import type { CpuProfileEvent } from '../model/timeline-event.ts';
import type { Span } from './series.ts';
import type { Timeline } from './timeline.ts';

/** Profiles that hold samples of the span. They reach back ten minutes; earlier spans have none. */
export function selectProfiles(timeline: Timeline, span: Span): readonly CpuProfileEvent[] {
  return timeline.profiles.between(span.fromMs, span.toMs).map((kept) => kept.event);
}

export function selectHottestFunctions(
  timeline: Timeline,
  span: Span,
  limit: number,
): readonly FunctionTime[] {
  return hottestFunctions(selectProfiles(timeline, span), span.fromMs, span.toMs, limit);
}

export function selectCallTree(timeline: Timeline, span: Span): CallTreeNode {
  return buildCallTree(selectProfiles(timeline, span), span.fromMs, span.toMs);
}
