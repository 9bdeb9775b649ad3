/**
 * The sampling heap profiler, started from inside the service as an extension of the probe: so it can be read without
 * a collection. Node 26 has a function for it; the in-process agent can do it on any Node with `v8-profiler-next`.
 */
import type { ExtensionHost, ProbeExtension } from './in-service/installed-probe.ts';

export const ALLOCATION = 'allocation';

/** The agent's main half hangs on `globalThis` under this symbol, while the service lives. */
export const AGENT_SYMBOL = 'loopscope.agent';

/** What code that is evaluated in the service finds there. */
export interface AgentInService {
  /** The service ends: the agent's thread lets its clients go, or Node would say that it waits for them. */
  leave(): void;
  /**
   * Starts V8's sampling heap profiler in a way that needs no collection to be read. Null when `v8-profiler-next` is
   * not installed. Loads a package: not to be called from an evaluate, which may interrupt anything.
   */
  startHeapSampler(intervalBytes: number): { stop(): void } | null;
}

export interface AllocationSampler extends ProbeExtension {
  /** False when this service has no such sampler. */
  readonly samples: boolean;
}

/** Text of a function of an `ExtensionHost`, that makes an `AllocationSampler`. */
export const allocationSamplerText = (samplingIntervalBytes: number): string =>
  `(host) => (${String(startSampler)})(host, ${samplingIntervalBytes}, ${JSON.stringify(AGENT_SYMBOL)})`;

interface SamplingV8 {
  startHeapProfile?(options: { readonly sampleInterval: number }): { stop(): unknown };
}

function startSampler(host: ExtensionHost, sampleInterval: number, agentSymbol: string): AllocationSampler {
  const holder = globalThis as unknown as Record<symbol, AgentInService | undefined>;
  const v8 = host.builtin('v8') as SamplingV8;
  const sampler =
    v8.startHeapProfile?.({ sampleInterval }) ??
    holder[Symbol.for(agentSymbol)]?.startHeapSampler(sampleInterval) ??
    null;
  return {
    samples: sampler !== null,
    remove() {
      sampler?.stop();
    },
  };
}
