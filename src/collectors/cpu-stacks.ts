/**
 * Stacks taken by asking, at some 30 moments a second: exact where the profiler is not.
 *
 *   takeFor(3 s) -> spin < handler (asked at 0, answered at 0.3 ms), spin < handler, nothing … -> rests
 *
 * V8 answers in the middle of JavaScript, and then knows every function: inlined ones, and loops that it optimised
 * while they ran before the profiler came, which the profiler never hears of. Asking costs the service 0.2 ms each.
 */
import type { Clock } from '../shared/clock.ts';
import type { InspectorSession } from '../inspector/session.ts';
import { STACK_EXPRESSION } from '../probes/stack-probe.ts';
import type { WireStack } from '../probes/stack-probe.ts';
import { parseStack } from './blocked-stack.ts';
import { createPauses } from './pauses.ts';
import type { ScriptPlace } from './source-locator.ts';

export interface ExactStack {
  readonly atMs: number;
  /** From the question to the answer, on the service's clock: a native call holds the answer back. */
  readonly waitedMs: number;
  /** Innermost first, at the lines where execution stood; empty when nothing was running. */
  readonly places: readonly ScriptPlace[];
}

export interface CpuStacks {
  /** Takes stacks for this long from now on, also where it does so already. */
  takeFor(durationMs: number): void;
  /** The stacks since a moment of the service's clock, oldest first; they reach back a minute. */
  since(fromMs: number): readonly ExactStack[];
  stop(): void;
}

export interface CpuStackHandlers {
  /** Our time on the service's main thread for a series of questions. */
  readonly onCost: (cost: {
    readonly atMs: number;
    readonly windowMs: number;
    readonly mainThreadMs: number;
  }) => void;
}

/** One question as the service pays it: 0.1 to 0.3 ms, measured. */
export const STACK_COST_MS = 0.2;
const TELL_COST_EVERY_MS = 1000;
/** Code is optimised within seconds; what ran a minute ago may not be what runs now. */
const KEPT_MS = 60_000;
/** A minute at 20 a second. */
const MAX_KEPT = 1200;
/** A native call may hold the answer back for as long as it likes. */
const NO_DEADLINE_MS = 2 ** 31 - 1;

/** @param everyMs between an answer and the next question */
export function createCpuStacks(
  session: InspectorSession,
  clock: Clock,
  everyMs: number,
  { onCost }: CpuStackHandlers,
): CpuStacks {
  const pauses = createPauses();
  let kept: ExactStack[] = [];
  let untilMs = 0;
  let isRunning = false;

  const take = async (): Promise<void> => {
    const sentMs = clock.monotonicMs();
    const answer = await session.evaluate<WireStack>(STACK_EXPRESSION, {
      timeoutMs: NO_DEADLINE_MS,
    });
    if (!answer.ok || !Array.isArray(answer.value)) return;
    const [atMs, stack] = answer.value;
    if (typeof atMs !== 'number' || typeof stack !== 'string') return;
    kept.push({ atMs, waitedMs: atMs - sentMs, places: parseStack(stack) });
    if (kept.length > MAX_KEPT) kept = kept.slice(-MAX_KEPT / 2);
  };

  const run = async (): Promise<void> => {
    let toldMs = clock.monotonicMs();
    let taken = 0;
    while (!pauses.ended && !session.closed && clock.monotonicMs() < untilMs) {
      await take();
      taken++;
      const nowMs = clock.monotonicMs();
      if (nowMs - toldMs >= TELL_COST_EVERY_MS) {
        onCost({ atMs: nowMs, windowMs: nowMs - toldMs, mainThreadMs: taken * STACK_COST_MS });
        taken = 0;
        toldMs = nowMs;
      }
      await pauses.pause(everyMs);
    }
    isRunning = false;
  };

  return {
    takeFor(durationMs) {
      untilMs = clock.monotonicMs() + durationMs;
      if (isRunning || pauses.ended) return;
      isRunning = true;
      // Never waited for: an answer may take as long as the service blocks.
      void run();
    },
    since(fromMs) {
      const oldestMs = clock.monotonicMs() - KEPT_MS;
      kept = kept.filter(({ atMs }) => atMs >= oldestMs);
      return kept.filter(({ atMs }) => atMs >= fromMs);
    },
    stop: () => pauses.end(),
  };
}
