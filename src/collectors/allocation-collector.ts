/**
 * Live bytes by allocating call site, from V8's sampling heap profiler: on from the start, read when that is worth
 * its cost (allocation-policy.ts).
 */
import type { AllocationEvent } from '../model/timeline-event.ts';
import { ALLOCATION, allocationSamplerText } from '../probes/allocation-probe.ts';
import { extendProbe, extensionExpression, ownScript, removeExtension } from '../probes/extension.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import { judgeAllocationLook } from './allocation-policy.ts';
import { locateSites } from './allocation-profile.ts';
import type { SamplingHeapProfileNode } from './allocation-profile.ts';
import { createHeldMemory } from './held-memory.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { createPauses } from './pauses.ts';
import type { ReadingSource } from './probe-translation.ts';
import type { SourceLocator } from './source-locator.ts';

/**
 * Each sample costs about 10 µs, and a busy service allocates 200 MB a second: 400 samples. What is called growth
 * (4 MB at least) is eight samples or more, enough to name the site that it comes from.
 */
const SAMPLING_INTERVAL_BYTES = 524_288;
/** What was allocated since is then enough to tell sites apart, and lives long enough to be called kept. */
const FIRST_LOOK_AFTER_MS = 2500;
const JUDGE_EVERY_MS = 500;
const FIRST_NODE_WITH_SAMPLER = 26;
const SAMPLER_STARTS_WITHIN_MS = 2000;
const ANSWERS_WITHIN_MS = 30_000;
/** CPU time of the process with it: on a busy machine a pause is longer than the work in it. */
const SERVICE_TIMES = `({ atMs: performance.now(), usedUs: process.cpuUsage() })${ownScript(ALLOCATION)}`;
/** Whether the sampler runs; null until that is known. */
const SAMPLER_STATE = `${extensionExpression(ALLOCATION)}?.samples ?? null`;

export interface AllocationSources {
  readonly probe: ReadingSource;
  readonly locator: SourceLocator;
  /** Whether the first look needs no reason in the memory. */
  readonly isAskedFor: boolean;
  /** Whether a look may be afforded now. */
  readonly mayLook: () => boolean;
}

export interface AllocationCollector extends Collector {
  /** Reads now, whatever it costs. Null when the service did not answer. */
  look(): Promise<AllocationEvent | null>;
}

export function createAllocationCollector(
  context: CollectorContext,
  sources: AllocationSources,
): AllocationCollector {
  return new SamplingAllocationCollector(context, sources);
}

class SamplingAllocationCollector implements AllocationCollector {
  readonly name = 'allocation';
  readonly #context: CollectorContext;
  readonly #sources: AllocationSources;
  readonly #pauses = createPauses();
  #running: Promise<void> = Promise.resolve();
  #stopListening: (() => void) | null = null;
  /** Whether a look costs a full collection. */
  #collects = true;
  #heapUsedBytes = 0;
  readonly #held = createHeldMemory();
  #lastLookMs = 0;
  #lastCostMs: number | null = null;
  #looks = 0;
  #saidTooLarge = false;

  constructor(context: CollectorContext, sources: AllocationSources) {
    this.#context = context;
    this.#sources = sources;
  }

  async start(): Promise<void> {
    this.#stopListening = this.#sources.probe.onReading((reading) => this.#hear(reading));
    this.#collects = !(await this.#startFromInside());
    if (this.#collects) await this.#startFromOutside();
    this.#running = this.#judgeAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.#pauses.end();
    this.#stopListening?.();
    await this.#running;
    const { session } = this.#context.attachment;
    // `stopSampling` would hand over a last profile, after a full collection: 2.9 s of pause for a heap of 700 MB.
    if (this.#collects) await session.call('HeapProfiler.disable');
    await removeExtension(session, ALLOCATION);
  }

  async look(): Promise<AllocationEvent | null> {
    const { attachment, clock, emit } = this.#context;
    const { session } = attachment;
    const beganMs = clock.monotonicMs();
    // Asked together they are answered one behind the other: the service's own clock leaves out how late we are.
    const [before, answer, after] = await Promise.all([
      session.evaluate<ServiceTimes>(SERVICE_TIMES),
      session.call<{ readonly profile: { readonly head: SamplingHeapProfileNode } }>(
        'HeapProfiler.getSamplingProfile',
        {},
        { timeoutMs: ANSWERS_WITHIN_MS },
      ),
      session.evaluate<ServiceTimes>(SERVICE_TIMES, { timeoutMs: ANSWERS_WITHIN_MS }),
    ]);
    const atMs = clock.monotonicMs();
    const cost = before.ok && after.ok ? costBetween(before.value, after.value) : null;
    const readCostMs = Math.min(atMs - beganMs, cost?.pauseMs ?? Infinity);
    this.#lastLookMs = atMs;
    this.#lastCostMs = Math.min(readCostMs, cost?.workMs ?? Infinity);
    this.#looks++;
    this.#held.looked();
    if (!answer.ok) return null;
    const sites = await locateSites(answer.value.profile.head, this.#sources.locator);
    const event: AllocationEvent = { kind: 'allocation', atMs, readCostMs, sites };
    emit(event);
    const own = { mainThreadMs: this.#lastCostMs, longestPauseMs: readCostMs };
    emit({ kind: 'own-cost', atMs, windowMs: readCostMs, ...own, what: 'reading allocations' });
    return event;
  }

  #hear({ memory, gc }: ProbeReading): void {
    for (const { type } of gc?.collections ?? []) this.#held.collected(type);
    if (memory === null) return;
    this.#heapUsedBytes = memory.heapUsedBytes;
    this.#held.read(memory);
  }

  /** True when the sampler could be started in the way that needs no collection to be read. */
  async #startFromInside(): Promise<boolean> {
    const { session, target } = this.#context.attachment;
    const isOldNode = Number(/^v(\d+)/.exec(target.node)?.[1]) < FIRST_NODE_WITH_SAMPLER;
    if (isOldNode && target.attachedBy !== 'agent') return false;
    if (!(await extendProbe(session, ALLOCATION, allocationSamplerText(SAMPLING_INTERVAL_BYTES))))
      return false;
    for (let waitedMs = 0; waitedMs < SAMPLER_STARTS_WITHIN_MS; waitedMs += 50) {
      const samples = await session.evaluate<boolean | null>(SAMPLER_STATE);
      if (samples.ok && samples.value !== null) return samples.value;
      await this.#pauses.pause(50);
    }
    return false;
  }

  async #startFromOutside(): Promise<void> {
    const started = await this.#context.attachment.session.call('HeapProfiler.startSampling', {
      samplingInterval: SAMPLING_INTERVAL_BYTES,
    });
    if (!started.ok) this.#tellGap('the heap profiler could not be started');
  }

  async #judgeAgainAndAgain(): Promise<void> {
    const { attachment, clock } = this.#context;
    await this.#pauses.pause(FIRST_LOOK_AFTER_MS);
    while (!this.#pauses.ended && !attachment.session.closed) {
      const need = {
        nowMs: clock.monotonicMs(),
        heapUsedBytes: this.#heapUsedBytes,
        looks: this.#looks,
        ...this.#held.figures(),
        ...(this.#sources.isAskedFor && this.#looks === 0 ? { gainedBytes: Infinity } : {}),
        lastLookMs: this.#lastLookMs,
        lastCostMs: this.#lastCostMs,
      };
      const verdict = judgeAllocationLook(need, this.#collects);
      if (verdict.kind === 'look' && this.#sources.mayLook()) await this.look();
      else if (verdict.kind === 'too-large' && !this.#saidTooLarge) {
        this.#saidTooLarge = true;
        this.#tellGap(
          `a look at the allocations would stop the service for ${Math.round(verdict.pauseMs)} ms`,
        );
      }
      await this.#pauses.pause(JUDGE_EVERY_MS);
    }
  }

  #tellGap(reason: string): void {
    const { emit, clock } = this.#context;
    emit({ kind: 'gap', atMs: clock.monotonicMs(), signal: 'allocation', reason, lost: null });
  }
}

interface ServiceTimes {
  readonly atMs: number;
  readonly usedUs: { readonly user: number; readonly system: number };
}

function costBetween(before: ServiceTimes, after: ServiceTimes): { pauseMs: number; workMs: number } {
  const usedMs = ({ usedUs }: ServiceTimes): number => (usedUs.user + usedUs.system) / 1000;
  return { pauseMs: after.atMs - before.atMs, workMs: usedMs(after) - usedMs(before) };
}
