/**
 * Gathers events into the blocks of a recording, as they happen: a block a second, sooner when there is much, so
 * that a crash loses a second.
 *
 *   batch.add(event)  -> null, null, …, the block when it is full
 *   batch.flush()     -> the block so far
 */
import type { TimelineEvent } from '../model/timeline-event.ts';
import { encodeBlock } from './recording-block.ts';

/** What a crash may lose, in the session's own time. */
const BLOCK_MS = 1_000;
/** Larger blocks pack no better. An estimate by the length of JSON: bytes are at most three times as many. */
const BLOCK_CHARACTERS = 256 * 1024;

export interface EventBlock {
  readonly bytes: Uint8Array;
  /** When the newest event in it happened, in the service's monotonic milliseconds. */
  readonly lastMs: number;
  /** The session's first event, which no recording can do without, is in it. */
  readonly opens: boolean;
}

export interface EventBatch {
  /** Takes an event; gives back the block that it completes. */
  add(event: TimelineEvent): EventBlock | null;
  /** The events that no block holds yet. */
  flush(): EventBlock | null;
}

/** @param change applied to each event first, to leave out what must not be kept */
export function createEventBatch(change: (event: TimelineEvent) => TimelineEvent): EventBatch {
  let events: TimelineEvent[] = [];
  let characters = 0;
  let firstMs = 0;
  let lastMs = Number.NEGATIVE_INFINITY;

  const flush = (): EventBlock | null => {
    if (events.length === 0) return null;
    const opens = events.some(({ kind }) => kind === 'session-started');
    const bytes = encodeBlock('events', events) ?? encodeBlock('events', [tooLarge(events)]);
    events = [];
    characters = 0;
    return bytes && { bytes, lastMs, opens };
  };
  return {
    add(event) {
      const kept = change(event);
      lastMs = Math.max(lastMs, event.atMs);
      if (events.length === 0) firstMs = lastMs;
      events.push(kept);
      characters += JSON.stringify(kept).length;
      // The session's beginning stands alone: it stays when the oldest blocks go.
      const full =
        event.kind === 'session-started' || lastMs - firstMs >= BLOCK_MS || characters >= BLOCK_CHARACTERS;
      return full ? flush() : null;
    },
    flush,
  };
}

/** Stands for what no reader would take. */
function tooLarge(events: readonly TimelineEvent[]): TimelineEvent {
  const { kind, atMs } = events.at(-1) as TimelineEvent;
  return { kind: 'gap', atMs, signal: kind, reason: 'too large for a recording', lost: events.length };
}
