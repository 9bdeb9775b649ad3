/** The sampling heap profiler, started from inside the service as an extension of the probe. */
import type { ExtensionHost, ProbeExtension } from './in-service/probe-lifecycle.ts';

export const ALLOCATION = 'allocation';

/**
 * Text of a function of an `ExtensionHost`: starts the sampler of Node 26, which can be read without a collection.
 * Fails on versions that have none; the extension is not there then.
 */
export const allocationSamplerText = (samplingIntervalBytes: number): string =>
  `(host) => (${String(startSampler)})(host, ${samplingIntervalBytes})`;

interface SamplingV8 {
  startHeapProfile(options: { readonly sampleInterval: number }): { stop(): string };
}

function startSampler(host: ExtensionHost, sampleInterval: number): ProbeExtension {
  const v8 = host.builtin('v8') as SamplingV8;
  const sampler = v8.startHeapProfile({ sampleInterval });
  return { remove: () => void sampler.stop() };
}
