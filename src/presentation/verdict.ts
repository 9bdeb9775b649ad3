/**
 * The one sentence that is read first: blocked now, else the worst finding, else that all is well, else that not
 * enough was seen.
 */
import { compareSeverity, type Culprit, type Finding } from '../model/finding.ts';
import type { BlockedEvent, CodeFrame } from '../model/timeline-event.ts';
import { isApplicationFrame } from '../model/code-frame.ts';
import { assertNever } from '../shared/result.ts';
import { selectBlockedAt, selectStallFigures, type BlockedNow } from '../timeline/loop-selectors.ts';
import { selectConnection } from '../timeline/session-selectors.ts';
import { formatPlace, formatSeconds } from './format.ts';
import type { ScreenData } from './screen-data.ts';

export type Verdict =
  | {
      readonly kind: 'blocked';
      readonly headline: string;
      readonly where: string;
      readonly detail: string;
      readonly stack: readonly CodeFrame[];
    }
  | { readonly kind: 'finding'; readonly finding: Finding; readonly others: number }
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'lost'; readonly how: string }
  | { readonly kind: 'unexplained'; readonly because: string }
  | { readonly kind: 'healthy'; readonly forMs: number }
  | { readonly kind: 'watching'; readonly forMs: number };

/** Before this long even a healthy service has not shown that it is: the window of `check`. */
const ENOUGH_SEEN_MS = 10_000;

/** How well a culprit is known, for people. */
export const CERTAINTY_WORDS: Readonly<Record<Culprit['certainty'], string>> = {
  exact: 'exact: its stack was taken while it blocked',
  caller: 'V8 may have charged a function that it inlined to this one',
  statistical: 'by its share of the samples',
};

/** Worst first; within a severity in the order of the diagnosis. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(compareSeverity);
}

/** A service that stalls twice a second would have the screen flicker: a shorter block is told by the header alone. */
const LONG_BLOCK_MS = 1_000;

const isLong = ({ forMs }: BlockedNow): boolean => forMs >= LONG_BLOCK_MS;

/** Whether the loop has been blocked for so long that nothing else matters. */
export function isLongBlocked({ timeline, span }: ScreenData): boolean {
  const blocked = selectBlockedAt(timeline, span.toMs);
  return blocked !== null && isLong(blocked);
}

export function selectVerdict(data: ScreenData): Verdict {
  const { timeline, span } = data;
  const blocked = selectBlockedAt(timeline, span.toMs);
  const [worst, ...others] = sortFindings(data.findings);
  if (blocked && (isLong(blocked) || !worst)) return blockedVerdict(blocked);
  const connection = selectConnection(timeline, span.toMs);
  if (connection?.state === 'ended' && !worst) return { kind: 'ended', how: connection.how ?? 'it is gone' };
  if (connection?.state === 'lost' && !worst)
    return { kind: 'lost', how: connection.how ?? 'the connection broke' };
  if (worst && worst.severity !== 'info') return { kind: 'finding', finding: worst, others: others.length };
  const forMs = span.toMs - span.fromMs;
  if (forMs < ENOUGH_SEEN_MS) return { kind: 'watching', forMs };
  const because = unexplained(data);
  return because === null ? { kind: 'healthy', forMs } : { kind: 'unexplained', because };
}

/** Slow without a finding is not healthy: the first check that says so, or stalls that nobody is blamed for yet. */
function unexplained({ timeline, span, readiness }: ScreenData): string | null {
  const doubt = readiness.find(({ check, verdict }) =>
    check === 'async-correctness'
      ? verdict !== 'pass' && selectStallFigures(timeline, span).count > 0
      : verdict === 'fail' || (verdict === 'warn' && check === 'latency-tracking'),
  );
  return doubt?.because ?? null;
}

/**
 *   BLOCKED for 3.2 s   in handler src/app.js:12   JavaScript, GET /report
 */
function blockedVerdict(blocked: BlockedNow): Verdict {
  const { latest, forMs } = blocked;
  const culprit = latest.stack.find(isApplicationFrame) ?? latest.stack[0];
  return {
    kind: 'blocked',
    headline: `BLOCKED for ${formatSeconds(forMs)}`,
    where: culprit ? `in ${culprit.function} ${formatPlace(culprit)}` : `in a native call`,
    detail: [blockedIn(latest), latest.route].filter((part) => part !== null && part !== '').join(', '),
    stack: latest.stack,
  };
}

/** The verdict in one line: what a page or a ticket is called. */
export function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'finding':
      return verdict.finding.title;
    case 'blocked':
      return `${verdict.headline} ${verdict.where}`;
    case 'ended':
      return `The service ended: ${verdict.how}`;
    case 'lost':
      return `The connection was lost: ${verdict.how}`;
    case 'unexplained':
      return `Slow, and nothing found that explains it: ${verdict.because}`;
    case 'healthy':
      return 'Nothing found';
    case 'watching':
      return 'Nothing found, and too little was seen to say that all is well';
    default:
      return assertNever(verdict);
  }
}

function blockedIn(latest: BlockedEvent): string {
  if (latest.in === 'javascript') return 'JavaScript';
  return latest.nativeState === null ? 'native code' : `native code, ${latest.nativeState}`;
}

/** Where a finding's strongest culprit is: `hash src/auth.js:12`; '' without one. */
export function formatCulprit(culprit: Culprit | undefined): string {
  if (!culprit) return '';
  const place = formatPlace(culprit);
  return culprit.package === null
    ? `${culprit.function} ${place}`
    : `${culprit.function} ${place} (${culprit.package})`;
}
