/**
 * The event loop: its delay and utilization for each window, its stalls, and windows of the probe that were lost.
 *
 *   reading { loop: { stalls: [{ startMs: 60, endMs: 260 }], … } }  ->  loop, stall 60..260
 */
import type { MainThreadTimes } from '../inspector/main-thread-times.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { ProbeClient } from '../probes/probe-client.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { translateReadings } from './probe-translation.ts';

/** @param mainThreadTimes the main thread's account by the kernel; null for a service that is not on this machine */
export function createLoopCollector(
  context: Pick<CollectorContext, 'emit'>,
  probe: Pick<ProbeClient, 'onReading' | 'onGap' | 'serviceNowMs'>,
  mainThreadTimes: (() => MainThreadTimes | null) | null,
): Collector {
  let before = mainThreadTimes?.() ?? null;
  const readings = translateReadings('loop', probe, context.emit, (reading) => {
    const now = mainThreadTimes?.() ?? null;
    const activeMs = before && now && activeBetween(before, now);
    before = now;
    return translateLoop(reading, activeMs);
  });
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

/**
 * The stalls come before the window they lie in, so that whoever sees the window knows them.
 *
 * While V8 profiles, each of its signals interrupts the loop's waiting, and libuv then forgets what it has waited so
 * far: an idle loop seems half busy (measured on Node 18 to 26). So its account is an upper bound; the lower one is
 * what the kernel saw the main thread do, and the stalls, in which it may have slept in a call.
 * @param activeMs the main thread's time on a CPU or ready for one in the window; null where it is not known
 */
export function translateLoop(
  reading: ProbeReading,
  activeMs: number | null = null,
): readonly TimelineEvent[] {
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
  const stalledMs = loop.stalls.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const seen = activeMs === null || windowMs <= 0 ? 1 : Math.max(activeMs, stalledMs) / windowMs;
  const utilization = Math.min(loop.utilization, seen);
  events.push({ kind: 'loop', atMs: nowMs, windowMs, utilization, delay: loop.delay });
  return events;
}

function activeBetween(before: MainThreadTimes, now: MainThreadTimes): number {
  return now.cpuMs - before.cpuMs + (now.waitMs ?? 0) - (before.waitMs ?? 0);
}
