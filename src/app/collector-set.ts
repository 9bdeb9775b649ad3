/** Which collectors a live session has, in which order they begin and end, and what passes between them. */
import { createAllocationCollector } from '../collectors/allocation-collector.ts';
import { createBlockedCollector } from '../collectors/blocked-collector.ts';
import type { Collector, CollectorContext } from '../collectors/collector.ts';
import { createContextCollector } from '../collectors/context-collector.ts';
import {
  grantContext,
  INITIAL_CONTEXT_NEED,
  isContextWanted,
  reduceContextNeed,
  SAMPLE_FOR_MS,
} from '../collectors/context-need.ts';
import { createCpuCollector } from '../collectors/cpu-collector.ts';
import { createSourceKnowledge } from '../collectors/cpu-profile.ts';
import { createGovernor, DEFAULT_MAX_OVERHEAD, reduceGovernor, takeNotice } from '../collectors/governor.ts';
import { createFrameworkCollector } from '../collectors/framework-collector.ts';
import { createGcCollector } from '../collectors/gc-collector.ts';
import { createJobsCollector } from '../collectors/jobs-collector.ts';
import { createLoopCollector } from '../collectors/loop-collector.ts';
import { createMemoryCollector } from '../collectors/memory-collector.ts';
import { createOutgoingCollector } from '../collectors/outgoing-collector.ts';
import { createOwnCostCollector } from '../collectors/own-cost-collector.ts';
import { createPoolsCollector } from '../collectors/pools-collector.ts';
import { readMainThreadTimes } from '../inspector/main-thread-times.ts';
import { createProcessCollector } from '../collectors/process-collector.ts';
import { createRequestsCollector } from '../collectors/requests-collector.ts';
import { createResponsesCollector } from '../collectors/responses-collector.ts';
import { rootOfProcess } from '../collectors/source-files.ts';
import { createThreadpoolCollector } from '../collectors/threadpool-collector.ts';
import { createThreadsCollector } from '../collectors/threads-collector.ts';
import { createWorkersCollector } from '../collectors/workers-collector.ts';
import type { OwnCostEvent, TimelineEvent } from '../model/timeline-event.ts';
import { createExtensionReader } from '../probes/extension-reader.ts';
import { createProbeClient } from '../probes/probe-client.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { ok, type Result } from '../shared/result.ts';

export interface CollectorOptions {
  /** Which call sites allocate what lives on. Reading it forces a collection, at most 2 % of the time. */
  readonly heapSampling: boolean;
  /** Whether allocations are read once also where nothing grows: the user asked who allocates. */
  readonly readsAllocations?: boolean;
  /** Share of the main thread that watching may take in a minute, 0 to 1; 0.02 when it is left out. */
  readonly maxOverhead?: number;
}

export interface RunningCollectors {
  /** Hands over what is still held, and takes everything of ours out of the service. */
  stop(): Promise<void>;
}

/** Starts all collectors. Fails only when the probe is refused; nothing is left in the service then. */
export async function startCollectors(
  context: CollectorContext,
  options: CollectorOptions,
): Promise<Result<RunningCollectors, CodedError>> {
  const { attachment, clock } = context;
  const probe = createProbeClient({ session: attachment.session, clock, opened: attachment.opened });
  const sources = createSourceKnowledge(
    attachment.local ? rootOfProcess(attachment.target.pid) : null,
    attachment.target.cwd,
  );
  let contextNeed = INITIAL_CONTEXT_NEED;
  let governor = createGovernor(options.maxOverhead ?? DEFAULT_MAX_OVERHEAD);
  let isStopping = false;
  const govern = (event: OwnCostEvent): void => {
    governor = reduceGovernor(governor, event);
    if (governor.isHeldBack) void contexts.disable();
    const notice = takeNotice(governor, event.atMs);
    if (notice === null) return;
    const [reason, told] = notice;
    governor = told;
    context.emit({ kind: 'gap', atMs: event.atMs, signal: 'own-cost', reason, lost: null });
  };
  const emit = (event: TimelineEvent): void => {
    context.emit(event);
    if (event.kind === 'own-cost') govern(event);
    // What ran in the stall is in the profile that is being taken: its end makes it readable at once.
    if (event.kind === 'stall' && !governor.isHeldBack) cpu.cut(event);
    contextNeed = reduceContextNeed(contextNeed, event);
    if (!isStopping && !governor.isHeldBack && isContextWanted(contextNeed, clock.monotonicMs())) {
      contextNeed = grantContext(contextNeed, clock.monotonicMs());
      void contexts.enable(SAMPLE_FOR_MS);
    }
  };
  const inner: CollectorContext = { ...context, emit };
  const contexts = createContextCollector(inner, sources.locator);
  const cpu = createCpuCollector(inner, sources);
  // These only listen, or look from outside: they begin first, so that the probe's first words are heard.
  const listeners: readonly Collector[] = [
    createProcessCollector(inner),
    createLoopCollector(
      inner,
      probe,
      attachment.local ? () => readMainThreadTimes(attachment.target.pid) : null,
    ),
    createRequestsCollector(inner, probe),
    createGcCollector(inner, probe),
    createMemoryCollector(inner, probe),
    createOwnCostCollector(inner, probe),
    createBlockedCollector(inner, { probe, locator: sources.locator }),
  ];
  const reader = createExtensionReader(attachment.session, probe);
  const frameworks = createFrameworkCollector(reader);
  // These put parts of their own into the service, each when its signal needs it.
  const extensions: readonly Collector[] = [
    frameworks,
    // Before the pools: their search shows it what it passes.
    createJobsCollector(inner, reader),
    createPoolsCollector(inner, sources.locator, reader),
    createThreadpoolCollector(inner, reader),
    createOutgoingCollector(inner, reader),
    createResponsesCollector(inner, probe),
    createWorkersCollector(inner, reader),
    createThreadsCollector(inner, sources.locator),
    contexts,
    ...(options.heapSampling
      ? [
          createAllocationCollector(inner, {
            probe,
            locator: sources.locator,
            mayLook: () => !governor.isHeldBack,
            isAskedFor: options.readsAllocations === true,
          }),
        ]
      : []),
  ];
  const stopListening = async (): Promise<void> => {
    for (const collector of listeners) await collector.stop();
  };
  for (const collector of listeners) await collector.start();

  const installed = await probe.install();
  if (!installed.ok) {
    await stopListening();
    return installed;
  }
  // Before the profiler, so that routes have their names from the first request on.
  void frameworks.start();
  // Not waited for: the profiler walks all code first, and a native call that blocks would hold up the first findings.
  const extending = cpu.start().then(() => Promise.all(extensions.map((collector) => collector.start())));
  return ok({
    async stop() {
      isStopping = true;
      await Promise.race([extending, attachment.ended]);
      await Promise.all(extensions.map((collector) => collector.stop()));
      await cpu.stop();
      await probe.uninstall();
      await stopListening();
    },
  });
}
