/**
 * Windows of a profile that is made of stacks alone. Nothing runs in the service between two questions, and no
 * question takes longer for a larger heap.
 */
import { createCpuStacks, STACK_COST_MS } from './cpu-stacks.ts';
import { buildStackProfile } from './cpu-profile.ts';
import type { SourceKnowledge } from './cpu-profile.ts';
import type { CollectorContext } from './collector.ts';

export interface StackWindows {
  start(): void;
  /** Ends the current window within a second. */
  cut(): void;
  /** Hands over the last window. */
  stop(): Promise<void>;
}

/** 20 a second, 0.4 % of a core: four for a stall of 200 ms. */
const ASK_EVERY_MS = 50;
const WINDOW_MS = 5000;
const SHORTEST_WINDOW_MS = 1000;
const FOR_GOOD_MS = Number.POSITIVE_INFINITY;

export function createStackWindows(
  { attachment, clock, emit }: CollectorContext,
  sources: SourceKnowledge,
): StackWindows {
  const stacks = createCpuStacks(attachment.session, clock, ASK_EVERY_MS, {
    onCost: (cost) =>
      emit({ kind: 'own-cost', ...cost, longestPauseMs: STACK_COST_MS, what: 'asking for stacks' }),
  });
  let startMs = 0;
  let timer: NodeJS.Timeout | null = null;
  let telling = Promise.resolve();

  const tell = (): void => {
    const taken = stacks.since(startMs);
    const last = taken.at(-1);
    // A window ends with the last answer: what runs since then will be told by the next one.
    if (last !== undefined) {
      const window = { startMs, endMs: last.atMs };
      startMs = last.atMs;
      telling = telling.then(async () =>
        emit(await buildStackProfile(window, taken, sources, ASK_EVERY_MS * 1000)),
      );
    }
    schedule(WINDOW_MS);
  };
  const schedule = (inMs: number): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(tell, inMs);
    timer.unref();
  };

  return {
    start() {
      startMs = clock.monotonicMs();
      stacks.takeFor(FOR_GOOD_MS);
      schedule(WINDOW_MS);
    },
    cut: () => schedule(Math.max(0, startMs + SHORTEST_WINDOW_MS - clock.monotonicMs())),
    async stop() {
      stacks.stop();
      tell();
      if (timer !== null) clearTimeout(timer);
      await telling;
    },
  };
}
