/**
 * The event loop: its delay and utilization for each window, its stalls, and windows of the probe that were lost.
 *
 *   reading { loop: { stalls: [{ startMs: 60, endMs: 260 }], … } }  ->  loop, stall 60..260
 */
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { ProbeClient } from '../probes/probe-client.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { translateReadings } from './probe-translation.ts';

export function createLoopCollector(
  context: Pick<CollectorContext, 'emit'>,
  probe: Pick<ProbeClient, 'onReading' | 'onGap' | 'serviceNowMs'>,
): Collector {
  const readings = translateReadings('loop', probe, context.emit, translateLoop);
  let unsubscribe: (() => void) | null = null;
  return {
    name: readings.name,
    async start() {
      await readings.start();
      unsubscribe ??= probe.onGap(({ reason, lost }) =>
        context.emit({
          kind: 'gap',
          atMs: probe.serviceNowMs(),
          signal: 'loop',
          reason: sanitise(reason),
          lost,
        }),
      );
    },
    async stop() {
      unsubscribe?.();
      unsubscribe = null;
      await readings.stop();
    },
  };
}

/** The stalls come before the window they lie in, so that whoever sees the window knows them. */
export function translateLoop(reading: ProbeReading): readonly TimelineEvent[] {
  const { loop, nowMs, windowMs } = reading;
  if (loop === null) return [];
  const events: TimelineEvent[] = loop.stalls.map(({ startMs, endMs }) => ({
    kind: 'stall',
    atMs: endMs,
    startMs,
    endMs,
  }));
  if (loop.droppedStalls > 0) {
    const reason = 'more stalls in one window than the probe has room for';
    events.push({ kind: 'gap', atMs: nowMs, signal: 'stall', reason, lost: loop.droppedStalls });
  }
  events.push({ kind: 'loop', atMs: nowMs, windowMs, utilization: loop.utilization, delay: loop.delay });
  return events;
}
