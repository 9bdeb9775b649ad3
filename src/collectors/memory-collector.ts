/** The service's memory as V8 counts it, once a second and after full collections. */
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import type { ReadingSource } from './probe-translation.ts';
import { translateReadings } from './probe-translation.ts';

export function createMemoryCollector(
  context: Pick<CollectorContext, 'emit'>,
  probe: ReadingSource,
): Collector {
  const translate = ({ memory, nowMs }: ProbeReading): readonly TimelineEvent[] => {
    if (memory === null) return [];
    const spaces = memory.spaces.map((space) => ({ ...space, name: sanitise(space.name) }));
    return [{ kind: 'memory', atMs: nowMs, ...memory, spaces }];
  };
  return translateReadings('memory', probe, context.emit, translate);
}
