/** CPU samples of the service's main thread, as one `cpu-profile` event after the other, without gaps. */
import { randomUUID } from 'node:crypto';
import { OWN_SCRIPT_PREFIX } from '../model/code-frame.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { buildCpuProfile } from './cpu-profile.ts';
import type { SourceKnowledge } from './cpu-profile.ts';
import { createCpuRotation } from './cpu-rotation.ts';
import { parseCpuProfile } from './cpu-samples.ts';
import type { WireCpuProfile } from './cpu-samples.ts';

export interface CpuCollector extends Collector {
  /** Ends the current window within a second: call it after a stall, so that its culprit is told at once. */
  cut(): void;
}

/** 100 samples a second: measured at 0.99 to 1.04 of the CPU time of an unprofiled twin. */
const SAMPLING_INTERVAL_US = 10_000;
/** From Node 26 on, V8 charges inlined functions to themselves. */
const TELLS_INLINED_FROM_MAJOR = 26;
/** Profiles that wait to be located; more means that source files cannot be read fast enough. */
const MAX_WAITING = 4;

/** @param sources what is known of the service's code; shared with whoever locates stacks, for its caches */
export function createCpuCollector(context: CollectorContext, sources: SourceKnowledge): CpuCollector {
  const { attachment, clock, emit } = context;
  const options = {
    samplingIntervalUs: SAMPLING_INTERVAL_US,
    hidesInlined: majorOf(attachment.target.node) < TELLS_INLINED_FROM_MAJOR,
  };
  let toldUntilMs = 0;
  let lastPauseMs: number | null = null;
  let waiting = 0;
  let building = Promise.resolve();

  const gap = (atMs: number, reason: string, lost: number | null): void => {
    emit({ kind: 'gap', atMs, signal: 'cpu-profile', reason: sanitise(reason), lost });
  };

  const build = async (profile: WireCpuProfile): Promise<void> => {
    const samples = parseCpuProfile(profile, toldUntilMs);
    toldUntilMs = samples.endMs;
    emit(await buildCpuProfile(samples, sources, options));
    waiting--;
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
        building = building.then(() => build(profile));
      },
      onPause({ startMs, endMs }) {
        const pauseMs = endMs - startMs;
        emit({
          kind: 'own-cost',
          atMs: endMs,
          windowMs: endMs - (lastPauseMs ?? startMs),
          mainThreadMs: pauseMs,
          longestPauseMs: pauseMs,
          what: lastPauseMs === null ? 'start of the CPU profile' : 'change of the CPU profile',
        });
        lastPauseMs = endMs;
      },
      onFailure: (reason) => gap(clock.monotonicMs(), `the CPU profile failed: ${reason}`, null),
    },
  );

  return {
    name: 'cpu',
    start: () => rotation.start(),
    cut: () => rotation.cut(),
    async stop() {
      await rotation.stop();
      await building;
    },
  };
}

function majorOf(version: string): number {
  return Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);
}
