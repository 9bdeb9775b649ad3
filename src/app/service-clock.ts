/**
 * The service's monotonic clock, read from here. On this machine it is our own; elsewhere it differs by an offset
 * that is asked for once, when attaching.
 */
import type { Attachment } from '../inspector/attachment.ts';
import type { Clock } from '../shared/clock.ts';

/** The answer with the shortest round trip bounds the error best; three are enough to miss one hiccup. */
const ATTEMPTS = 3;
const ANSWER_WITHIN_MS = 2_000;
const NOW_EXPRESSION = 'Number(process.hrtime.bigint()) / 1e6';

/** Falls back to our own clock where the service does not answer: its events then bring their own times. */
export async function readServiceClock(attachment: Attachment, clock: Clock): Promise<Clock> {
  if (attachment.local) return clock;
  let offsetMs = 0;
  let bestRoundTripMs = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const sentMs = clock.monotonicMs();
    const answer = await attachment.session.evaluate<number>(NOW_EXPRESSION, { timeoutMs: ANSWER_WITHIN_MS });
    const receivedMs = clock.monotonicMs();
    if (!answer.ok || receivedMs - sentMs >= bestRoundTripMs) continue;
    bestRoundTripMs = receivedMs - sentMs;
    offsetMs = answer.value - (sentMs + receivedMs) / 2;
  }
  return { monotonicMs: () => clock.monotonicMs() + offsetMs, wallMs: () => clock.wallMs() };
}
