/** `v8-profiler-next`, if the service has it installed: V8's own profilers, reached without its inspector. */
import { createRequire } from 'node:module';
import type { WireCpuProfile } from '../collectors/cpu-samples.ts';
import { findTool } from './native-tools.ts';

/** What we use of the package. */
interface ProfilerPackage {
  setGenerateType(type: 1): void;
  setSamplingInterval(intervalUs: number): void;
  startProfiling(name: string, withSamples: true): void;
  stopProfiling(name: string): WireCpuProfile & { delete(): void };
  startSamplingHeapProfiling(intervalBytes: number, frames: number): void;
  stopSamplingHeapProfiling(): unknown;
}

export interface NativeProfiler {
  startHeapSampler(intervalBytes: number): { stop(): void };
  setCpuInterval(intervalUs: number): void;
  startCpuProfile(name: string): void;
  /** In the protocol's form. */
  stopCpuProfile(name: string): WireCpuProfile;
}

/** Profiles as the protocol has them, not as trees of the package's own. */
const AS_PROTOCOL = 1;
/** As many as V8's own protocol asks for. */
const SAMPLED_FRAMES = 128;

/** Null when the package is not installed, or was compiled for another Node. */
export function loadProfiler(packagePlaces: readonly string[]): NativeProfiler | null {
  const found = findTool('v8-profiler-next', packagePlaces);
  if (found === null) return null;
  let profiler: ProfilerPackage;
  try {
    profiler = createRequire(found.path)(found.path) as ProfilerPackage;
  } catch {
    return null;
  }
  return {
    startHeapSampler(intervalBytes) {
      profiler.startSamplingHeapProfiling(intervalBytes, SAMPLED_FRAMES);
      return { stop: () => void profiler.stopSamplingHeapProfiling() };
    },
    setCpuInterval: (intervalUs) => profiler.setSamplingInterval(intervalUs),
    startCpuProfile(name) {
      profiler.setGenerateType(AS_PROTOCOL);
      profiler.startProfiling(name, true);
    },
    stopCpuProfile(name) {
      const profile = profiler.stopProfiling(name);
      const { startTime, endTime, samples, timeDeltas } = profile;
      const nodes = profile.nodes.map(({ id, callFrame, children }) => ({
        id,
        callFrame: fromOne(callFrame),
        ...(children === undefined ? {} : { children }),
      }));
      profile.delete();
      return { nodes, startTime, endTime, ...(samples && { samples }), ...(timeDeltas && { timeDeltas }) };
    },
  };
}

/** The package counts lines and columns from 1, the protocol from 0. */
const fromOne = (frame: WireCpuProfile['nodes'][number]['callFrame']): typeof frame => ({
  functionName: frame.functionName,
  url: frame.url,
  lineNumber: frame.lineNumber - 1,
  columnNumber: frame.columnNumber - 1,
});
