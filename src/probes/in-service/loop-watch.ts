/**
 * What drives the loop meter. This text runs inside the service.
 *
 *   timers: beat ── check: settled ── (the loop waits, 25 ms at most) ── check: woken ── timers: beat …
 *
 * `settled` comes after the other timers that were due with ours, so that what they did is not taken for what the
 * loop did after its wait. `woken` is an immediate without a reference: it runs when the loop has been woken, and
 * does not keep it turning.
 */
import type { LoopMeter } from './loop-meter.ts';

export interface LoopWatchDependencies {
  readonly timers: Pick<
    typeof import('node:timers'),
    'setTimeout' | 'clearTimeout' | 'setImmediate' | 'clearImmediate'
  >;
  readonly meter: Pick<LoopMeter, 'beat' | 'turn'>;
  readonly beatMs: number;
  readonly nowMs: () => number;
  readonly onFailure: () => void;
}

/** Watches until the result is called. */
export function watchLoop(dependencies: LoopWatchDependencies): () => void {
  const { timers, meter, beatMs, nowMs, onFailure } = dependencies;
  let stopped = false;
  let immediate: NodeJS.Immediate | null = null;

  /** An exception in one of these would end the service. */
  const guarded = (step: () => void) => (): void => {
    if (stopped) return;
    try {
      step();
    } catch {
      onFailure();
    }
  };
  const onWoken = guarded(() => {
    meter.turn(nowMs());
    timer.refresh();
  });
  const onSettled = guarded(() => {
    meter.turn(nowMs());
    immediate = timers.setImmediate(onWoken).unref();
  });
  const onBeat = guarded(() => {
    meter.beat(nowMs());
    // Never without a timer: it bounds what a block can be mistaken by, because the loop's own account of its
    // waiting is wrong while V8 profiles (each of its signals makes libuv begin to count anew).
    timer.refresh();
    immediate = timers.setImmediate(onSettled);
  });
  const timer = timers.setTimeout(onBeat, beatMs).unref();

  return () => {
    stopped = true;
    timers.clearTimeout(timer);
    if (immediate !== null) timers.clearImmediate(immediate);
  };
}
