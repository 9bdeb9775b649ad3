/** An event of the synthetic service, told again for a later time. */
import type { TimelineEvent } from '../../src/model/timeline-event.ts';

export function shiftEvent(event: TimelineEvent, laterMs: number): TimelineEvent {
  const later = { ...event, atMs: event.atMs + laterMs };
  switch (later.kind) {
    case 'stall':
      return { ...later, startMs: later.startMs + laterMs, endMs: later.endMs + laterMs };
    case 'gc':
      return { ...later, startMs: later.startMs + laterMs };
    case 'cpu-profile':
      return {
        ...later,
        startMs: later.startMs + laterMs,
        endMs: later.endMs + laterMs,
        sampleTimesMs: later.sampleTimesMs.map((timeMs) => timeMs + laterMs),
      };
    default:
      return later;
  }
}
