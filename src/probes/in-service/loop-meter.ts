/**
 * The event loop, measured by one heartbeat. This text runs inside the service.
 *
 *   beats at 0, 25, 50 | a callback runs from 60 to 260 | beat at 260  ->  stall 60..260, delay 185 ms
 *
 * One JavaScript timer serves for the delay histogram, the stalls and "blocked now". `monitorEventLoopDelay` would
 * be a second timer with four times the wake-ups, and gives percentiles where windows have to be added up.
 */

export interface LoopMeter {
  beat(nowMs: number): void;
  /** How long the loop has been busy without coming by, and since when. */
  selectBusy(nowMs: number): { readonly sinceMs: number; readonly ageMs: number };
  /** Cuts the window: what was counted since the last cut. */
  read(nowMs: number): WireLoop;
}

export interface WireLoop {
  readonly utilization: number;
  /** bucket, count, bucket, count … in microseconds. */
  readonly delay: readonly number[];
  /** start, end, start, end … */
  readonly stalls: readonly number[];
  readonly droppedStalls: number;
}

export interface LoopMeterDependencies {
  readonly beatMs: number;
  readonly startedMs: number;
  /** Total milliseconds in which the loop waited for events. */
  readonly idleMs: () => number;
  readonly bucketOf: (valueUs: number) => number;
  readonly bucketCount: number;
  readonly onStall: (startMs: number, endMs: number) => void;
}

export function createLoopMeter(dependencies: LoopMeterDependencies): LoopMeter {
  // Shorter delays are ordinary work; from about 50 ms on users of the service can tell.
  const STALL_MS = 50;
  const MAX_STALLS_PER_WINDOW = 64;
  const { beatMs, idleMs, bucketOf, onStall } = dependencies;
  const counts = new Uint32Array(dependencies.bucketCount);
  const touched: number[] = [];
  let stalls: number[] = [];
  let droppedStalls = 0;
  let lastBeatMs = dependencies.startedMs;
  let idleAtBeatMs = idleMs();
  let cutMs = dependencies.startedMs;
  let idleAtCutMs = idleAtBeatMs;

  /** The part of the time since the last beat that the loop did not wait: when it waits, nothing blocks it. */
  const selectBusy = (nowMs: number): { sinceMs: number; ageMs: number } => {
    const elapsedMs = nowMs - lastBeatMs;
    const ageMs = Math.max(0, Math.min(elapsedMs, elapsedMs - (idleMs() - idleAtBeatMs)));
    return { sinceMs: nowMs - ageMs, ageMs };
  };

  return {
    beat(nowMs) {
      const lateMs = Math.max(0, nowMs - lastBeatMs - beatMs);
      const bucket = bucketOf(lateMs * 1000);
      if (counts[bucket]!++ === 0) touched.push(bucket);
      if (lateMs + beatMs >= STALL_MS) {
        const busy = selectBusy(nowMs);
        if (busy.ageMs >= STALL_MS) {
          if (stalls.length < MAX_STALLS_PER_WINDOW * 2) stalls.push(busy.sinceMs, nowMs);
          else droppedStalls++;
          onStall(busy.sinceMs, nowMs);
        }
      }
      lastBeatMs = nowMs;
      idleAtBeatMs = idleMs();
    },
    selectBusy,
    read(nowMs) {
      const delay: number[] = [];
      for (const bucket of touched) {
        delay.push(bucket, counts[bucket]!);
        counts[bucket] = 0;
      }
      touched.length = 0;
      const idleNowMs = idleMs();
      const windowMs = nowMs - cutMs;
      const idle = idleNowMs - idleAtCutMs;
      const reading = {
        utilization: windowMs > 0 ? Math.max(0, Math.min(1, 1 - idle / windowMs)) : 0,
        delay,
        stalls,
        droppedStalls,
      };
      cutMs = nowMs;
      idleAtCutMs = idleNowMs;
      stalls = [];
      droppedStalls = 0;
      return reading;
    },
  };
}
