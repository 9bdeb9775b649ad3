/** CPU samples of the service's main thread, as one `cpu-profile` event after the other, without gaps. */
import { randomUUID } from 'node:crypto';
import type { Span } from '../model/cause-attribution.ts';
import { OWN_SCRIPT_PREFIX } from '../model/code-frame.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { buildCpuProfile } from './cpu-profile.ts';
import type { SourceKnowledge } from './cpu-profile.ts';
import { createCpuRotation } from './cpu-rotation.ts';
import { parseCpuProfile } from './cpu-samples.ts';
import type { WireCpuProfile } from './cpu-samples.ts';
import { createStackWindows } from './cpu-stack-windows.ts';
import type { StackWindows } from './cpu-stack-windows.ts';
import { createCpuStacks, STACK_COST_MS } from './cpu-stacks.ts';

export interface CpuCollector extends Collector {
  /**
   * Tells of a stall: the current window ends within a second, so that the culprit is known at once. A stall that
   * a pause of our own explains is ignored.
   */
  cut(stall: Span): void;
}

/**
 * 100 samples a second. Each wakes V8's thread and interrupts the main one: CPU time per request of a hello-world that
 * is busy half of the time is 1.02 to 1.03 of an unprofiled one's (Node 20), and 1.00 at 50 a second. But of so few the
 * routes of what runs for less than a millisecond were told wrong or late in two of three runs.
 */
const SAMPLING_INTERVAL_US = 10_000;
/** Of the main thread, for a sample that wakes it: 27 µs of CPU (Node 20). */
const SAMPLE_COST_MS = 0.027;
/** From Node 26 on, V8 charges inlined functions to themselves. */
const TELLS_INLINED_FROM_MAJOR = 26;
/** Share of a stall that a pause of our own must cover to explain it: the majority. */
const OWN_STALL_SHARE = 0.5;
/**
 * To start, V8 looks through the whole heap for code: 5 to 17 ms, and 0.70 to 0.95 ms of CPU time for each MB
 * (heaps of 80 and 300 MB of small objects, Node 20, 24 and 26).
 */
const START_PAUSE_MS_PER_MB = 0.9;
/** The longest pause that we cause, about a full collection of the same heap. A larger service is asked for stacks. */
const BEARABLE_PAUSE_MS = 250;
/** Between two questions for a stack: 30 a second, 0.6 % of a core while it lasts. */
const ASK_EVERY_MS = 33;
/** From the start, and on from each stall that counts: a service without stalls is soon left alone. */
const ASK_FOR_MS = 3000;
/**
 * Stalls of the last seconds that are worth asking for: a fiftieth of the time. A lone short one, as a collection
 * or a busy machine makes it now and then, is not.
 */
const STALLS_WITHIN_MS = 5000;
const STALLED_SHARE = 0.02;
/** Profiles that wait to be located; more means that source files cannot be read fast enough. */
const MAX_WAITING = 4;

/** @param sources what is known of the service's code; shared with whoever locates stacks, for its caches */
export function createCpuCollector(context: CollectorContext, sources: SourceKnowledge): CpuCollector {
  const { attachment, clock, emit } = context;
  const hidesInlined = majorOf(attachment.target.node) < TELLS_INLINED_FROM_MAJOR;
  let toldUntilMs = 0;
  let lastPause: Span | null = null;
  /** In the place of profiles where V8's profiler would pause the service for too long. */
  let windows: StackWindows | null = null;
  let recentStalls: Span[] = [];
  let waiting = 0;
  let building = Promise.resolve();

  const gap = (atMs: number, reason: string, lost: number | null): void => {
    emit({ kind: 'gap', atMs, signal: 'cpu-profile', reason: sanitise(reason), lost });
  };

  const stacks = createCpuStacks(attachment.session, clock, ASK_EVERY_MS, {
    onCost: (cost) =>
      emit({ kind: 'own-cost', ...cost, longestPauseMs: STACK_COST_MS, what: 'asking for stacks' }),
  });

  const build = async (profile: WireCpuProfile): Promise<void> => {
    const samples = parseCpuProfile(profile, toldUntilMs);
    toldUntilMs = samples.endMs;
    const options = { samplingIntervalUs: SAMPLING_INTERVAL_US, hidesInlined, stacks: stacks.since(0) };
    const cost = { mainThreadMs: samples.samples.length * SAMPLE_COST_MS, longestPauseMs: SAMPLE_COST_MS };
    const window = { atMs: samples.endMs, windowMs: samples.endMs - samples.startMs };
    emit({ kind: 'own-cost', ...window, ...cost, what: 'CPU samples' });
    emit(await buildCpuProfile(samples, sources, options));
  };

  const rotation = createCpuRotation(
    attachment.session,
    clock,
    `${OWN_SCRIPT_PREFIX}${randomUUID()}:`,
    SAMPLING_INTERVAL_US,
    {
      onProfile(profile) {
        if (waiting >= MAX_WAITING) {
          gap(
            profile.endTime / 1000,
            'profiles came faster than they could be read',
            profile.samples?.length ?? 0,
          );
          return;
        }
        waiting++;
        // One profile that cannot be read must not take those that follow along.
        building = building
          .then(() => build(profile))
          .catch((error: unknown) =>
            gap(profile.endTime / 1000, `a profile could not be read: ${String(error)}`, null),
          )
          .finally(() => waiting--);
      },
      onPause(pause) {
        const { startMs, endMs } = pause;
        const pauseMs = endMs - startMs;
        emit({
          kind: 'own-cost',
          atMs: endMs,
          windowMs: endMs - (lastPause?.endMs ?? startMs),
          mainThreadMs: pauseMs,
          longestPauseMs: pauseMs,
          what: lastPause === null ? 'start of the CPU profile' : 'change of the CPU profile',
        });
        lastPause = pause;
      },
      onFailure: (reason) => gap(clock.monotonicMs(), `the CPU profile failed: ${reason}`, null),
    },
  );

  return {
    name: 'cpu',
    async start() {
      const heap = await attachment.session.evaluate<number>('process.memoryUsage().heapUsed');
      const expectedMs = heap.ok ? (heap.value / 1e6) * START_PAUSE_MS_PER_MB : 0;
      if (expectedMs > BEARABLE_PAUSE_MS) {
        windows = createStackWindows(context, sources);
        const pause = `${Math.round(expectedMs)} ms`;
        gap(
          clock.monotonicMs(),
          `the CPU profiler would pause this service for about ${pause}: its stack is asked for 20 times a second instead`,
          null,
        );
        return windows.start();
      }
      stacks.takeFor(ASK_FOR_MS);
      return rotation.start();
    },
    cut(stall) {
      if (windows !== null) return windows.cut();
      if (lastPause !== null && overlapMs(stall, lastPause) > (stall.endMs - stall.startMs) * OWN_STALL_SHARE)
        return;
      recentStalls = recentStalls.filter(({ endMs }) => endMs >= stall.endMs - STALLS_WITHIN_MS);
      recentStalls.push(stall);
      const stalledMs = recentStalls.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
      if (stalledMs >= STALLS_WITHIN_MS * STALLED_SHARE) stacks.takeFor(ASK_FOR_MS);
      rotation.cut();
    },
    async stop() {
      stacks.stop();
      await windows?.stop();
      await rotation.stop();
      await building;
    },
  };
}

function overlapMs(a: Span, b: Span): number {
  return Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs);
}

function majorOf(version: string): number {
  return Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);
}
