/** What the collectors that read the probe have in common: each turns every reading into events of its signal. */
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { ProbeClient } from '../probes/probe-client.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import type { Collector } from './collector.ts';

/** Who polls the probe; its owner installs and removes it. */
export type ReadingSource = Pick<ProbeClient, 'onReading'>;

/**
 * A collector that emits what `translate` makes of each reading. It puts nothing into the service itself, so that
 * starting and stopping it is subscribing and unsubscribing.
 */
export function translateReadings(
  name: string,
  probe: ReadingSource,
  emit: (event: TimelineEvent) => void,
  translate: (reading: ProbeReading) => readonly TimelineEvent[],
): Collector {
  let unsubscribe: (() => void) | null = null;
  return {
    name,
    async start() {
      unsubscribe ??= probe.onReading((reading) => {
        for (const event of translate(reading)) emit(event);
      });
    },
    async stop() {
      unsubscribe?.();
      unsubscribe = null;
    },
  };
}
