/** What the probe costs the service, for each window: the instrument confesses. */
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import type { Collector, CollectorContext } from './collector.ts';
import type { ReadingSource } from './probe-translation.ts';
import { translateReadings } from './probe-translation.ts';

/** What the event calls the probe's part: it cannot be put off. */
export const PROBE_COST = 'probe';

export function createOwnCostCollector(
  context: Pick<CollectorContext, 'emit'>,
  probe: ReadingSource,
): Collector {
  return translateReadings('own-cost', probe, context.emit, translateOwnCost);
}

export function translateOwnCost({ cost, nowMs, windowMs }: ProbeReading): readonly TimelineEvent[] {
  if (cost === null) return [];
  return [{ kind: 'own-cost', atMs: nowMs, windowMs, ...cost, what: PROBE_COST }];
}
