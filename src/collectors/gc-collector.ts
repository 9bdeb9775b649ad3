/** Garbage collections of the main thread, one event each. */
import type { GcEvent, TimelineEvent } from '../model/timeline-event.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import type { Collector, CollectorContext } from './collector.ts';
import type { ReadingSource } from './probe-translation.ts';
import { translateReadings } from './probe-translation.ts';

/** V8's `GCType` (include/v8-callbacks.h); minor mark-sweep is another way to collect the young generation. */
const GC_TYPES: Readonly<Record<number, GcEvent['type']>> = {
  1: 'scavenge',
  2: 'scavenge',
  4: 'mark-compact',
  8: 'incremental',
  16: 'weak-callbacks',
};

export function createGcCollector(context: Pick<CollectorContext, 'emit'>, probe: ReadingSource): Collector {
  return translateReadings('gc', probe, context.emit, translateGc);
}

export function translateGc(reading: ProbeReading): readonly TimelineEvent[] {
  const { gc } = reading;
  if (gc === null) return [];
  const events: TimelineEvent[] = gc.collections.flatMap(({ type, startMs, durationMs }) => {
    const name = GC_TYPES[type];
    return name === undefined
      ? []
      : [{ kind: 'gc', atMs: startMs + durationMs, startMs, durationMs, type: name }];
  });
  if (gc.dropped > 0) {
    const reason = 'more collections in one window than the probe has room for';
    events.push({ kind: 'gap', atMs: reading.nowMs, signal: 'gc', reason, lost: gc.dropped });
  }
  return events;
}
