/**
 * What just happened, kept in memory while somebody watches: a recording that is begun after the fact. Its oldest
 * blocks are forgotten, by time and by size, so that it costs the same after a minute and after a day.
 */
import { createEventBatch, type EventBlock } from '../exports/event-batch.ts';
import { redactEvent } from '../exports/recording-redaction.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';

/** As long as the timeline keeps profiles: a screen shows no more of them either. */
const KEPT_MS = 10 * 60_000;
/** Ten minutes of a busy service are 4 MB. */
const KEPT_BYTES = 16 * 1024 * 1024;

export interface RecentPast {
  readonly add: (event: TimelineEvent) => void;
  /** The session's beginning, then what is kept, oldest first; redacted. */
  blocks(): readonly EventBlock[];
  /** Whether something between the two was forgotten. */
  readonly trimmed: boolean;
}

export function createRecentPast(): RecentPast {
  const batch = createEventBatch(redactEvent);
  let opening: EventBlock | null = null;
  let kept: EventBlock[] = [];
  let bytes = 0;
  let trimmed = false;

  const keep = (block: EventBlock | null): void => {
    if (block === null) return;
    if (block.opens) {
      opening = block;
      return;
    }
    kept.push(block);
    bytes += block.bytes.length;
    let forgotten = 0;
    for (const old of kept) {
      if (bytes <= KEPT_BYTES && block.lastMs - old.lastMs <= KEPT_MS) break;
      bytes -= old.bytes.length;
      forgotten++;
    }
    if (forgotten === 0) return;
    kept = kept.slice(forgotten);
    trimmed = true;
  };
  return {
    add: (event) => keep(batch.add(event)),
    blocks() {
      keep(batch.flush());
      return opening === null ? kept : [opening, ...kept];
    },
    get trimmed() {
      return trimmed;
    },
  };
}
