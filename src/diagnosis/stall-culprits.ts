/**
 * Stalls grouped by who caused them: one group for each culprit and cause, with the stalls it had a hand in.
 *
 *   31 stalls: 29 in derivePassword (sync-crypto), 2 in renderReport (json)
 *     -> [{ derivePassword, share 0.94, led: 29 stalls }, { renderReport, share 0.06, led: 2 stalls }]
 */
import { attributeSpans } from '../model/cause-attribution.ts';
import type { SpanAttribution } from '../model/cause-attribution.ts';
import { frameKey } from '../model/code-frame.ts';
import type { CpuProfileEvent, StallEvent } from '../model/timeline-event.ts';

export interface StallCulprit {
  readonly attribution: SpanAttribution;
  /** Others whose work is part of the same cause: helpers called side by side by one function. */
  readonly helpers: readonly SpanAttribution[];
  /** Of the sampled time in all stalls, helpers included. */
  readonly share: number;
  /** Stalls that it took the largest part of. */
  readonly led: readonly StallEvent[];
}

/** The longest stalls speak for all: more than this many are not looked at one by one. */
const MOST_STALLS = 100;
/** From this share of one stall on a culprit leads it: the majority. */
const LEADING_SHARE = 0.5;
/** Below this share of a stall it is background, such as the framework's own work. */
const NOTABLE_SHARE = 0.1;
/** Helpers of one function appear in the same stalls; faults of two routes do so only when requests pile up. */
const TOGETHER_SHARE = 0.7;

interface Membership {
  readonly led: StallEvent[];
  readonly present: Set<StallEvent>;
}

/** The strongest first. Stalls whose samples have not arrived take no part. */
export function groupStalls(
  profiles: readonly CpuProfileEvent[],
  stalls: readonly StallEvent[],
): readonly StallCulprit[] {
  const members = new Map<string, Membership>();
  const longest = stalls
    .toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))
    .slice(0, MOST_STALLS);
  for (const stall of longest) {
    for (const [rank, attribution] of attributeSpans(profiles, [stall]).entries()) {
      if (attribution.share < NOTABLE_SHARE) break;
      const key = culpritKey(attribution);
      const member = members.get(key) ?? { led: [], present: new Set() };
      members.set(key, member);
      member.present.add(stall);
      if (rank === 0 || attribution.share >= LEADING_SHARE) member.led.push(stall);
    }
  }
  const groups: { main: SpanAttribution; helpers: SpanAttribution[]; membership: Membership }[] = [];
  for (const attribution of attributeSpans(profiles, longest)) {
    const membership = members.get(culpritKey(attribution));
    if (!membership) continue;
    const host = groups.find((group) => worksFor(attribution, membership, group.main, group.membership));
    if (host) {
      host.helpers.push(attribution);
      host.membership.led.push(...membership.led);
    } else {
      groups.push({ main: attribution, helpers: [], membership });
    }
  }
  return groups.map(({ main, helpers, membership }) => ({
    attribution: main,
    helpers,
    share: helpers.reduce((sum, helper) => sum + helper.share, main.share),
    led: [...new Set(membership.led)].toSorted((a, b) => a.startMs - b.startMs),
  }));
}

/** Key of the culprit's function; work without one is told apart by its cause. */
function culpritKey({ frame, cause }: SpanAttribution): string {
  return frame === null ? cause : frameKey(frame);
}

/** Whether a smaller culprit is a helper of a larger one: same cause, a common caller, the same stalls. */
function worksFor(
  helper: SpanAttribution,
  helperIn: Membership,
  main: SpanAttribution,
  mainIn: Membership,
): boolean {
  if (helper.cause !== main.cause || helper.frame === null || main.frame === null) return false;
  const callers = new Set(main.stack.filter((frame) => frame.origin === 'user').map(frameKey));
  const related = helper.stack.some((frame) => frame.origin === 'user' && callers.has(frameKey(frame)));
  const together = [...helperIn.present].filter((stall) => mainIn.present.has(stall)).length;
  return related && together >= helperIn.present.size * TOGETHER_SHARE;
}
