/**
 * The event loop, measured from its own turns. This text runs inside the service.
 *
 *   turn at 0 | beat at 25 | the loop waits until 60 | a callback runs until 260 | turn at 260  ->  stall 60..260
 *   turn at 260 | a timer's callback runs until 400 | beat at 400                               ->  stall 260..400
 *
 * Two stamps take turns: a timer (`beat`), 25 ms after the last `turn`, and an unreferenced immediate (`turn`), which
 * Node runs when the loop turns for some other reason and which never makes it turn. The timer wakes
 * an idle loop 40 times a second, for 3.5 ms of CPU: without it a block could not be told from waiting while V8
 * profiles, because the loop's own account of its waiting is wrong then. `monitorEventLoopDelay` would be a further timer with a hundred
 * wake-ups a second, and gives percentiles where windows have to be added up.
 */

export interface LoopMeter {
  /** The timer that was to come `beatMs` after the last turn. */
  beat(nowMs: number): void;
  /** The loop has waited once since the last beat, and has done what it was woken for. */
  turn(nowMs: number): void;
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
  let stampMs = dependencies.startedMs;
  let idleAtStampMs = idleMs();
  let cutMs = dependencies.startedMs;
  let idleAtCutMs = idleAtStampMs;

  /** The part of the time since the last stamp that the loop did not wait: when it waits, nothing blocks it. */
  const selectBusy = (nowMs: number): { sinceMs: number; ageMs: number } => {
    const elapsedMs = nowMs - stampMs;
    const ageMs = Math.max(0, Math.min(elapsedMs, elapsedMs - (idleMs() - idleAtStampMs)));
    return { sinceMs: nowMs - ageMs, ageMs };
  };

  const countDelay = (delayMs: number): void => {
    const bucket = bucketOf(delayMs * 1000);
    if (counts[bucket]!++ === 0) touched.push(bucket);
  };

  const noteStall = ({ sinceMs, ageMs }: { sinceMs: number; ageMs: number }, nowMs: number): void => {
    if (ageMs < STALL_MS) return;
    if (stalls.length < MAX_STALLS_PER_WINDOW * 2) stalls.push(sinceMs, nowMs);
    else droppedStalls++;
    onStall(sinceMs, nowMs);
  };

  const stamp = (nowMs: number): void => {
    stampMs = nowMs;
    idleAtStampMs = idleMs();
  };

  return {
    beat(nowMs) {
      const elapsedMs = nowMs - stampMs;
      countDelay(Math.max(0, elapsedMs - beatMs));
      // Many short turns between two stamps are no stall, however busy: then the timer is in time.
      if (elapsedMs >= STALL_MS) noteStall(selectBusy(nowMs), nowMs);
      stamp(nowMs);
    },
    turn(nowMs) {
      const busy = selectBusy(nowMs);
      // A short turn held nobody up; of a long one, what is due within it is late by what is left of it.
      if (busy.ageMs > beatMs) countDelay(busy.ageMs - beatMs);
      noteStall(busy, nowMs);
      stamp(nowMs);
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
