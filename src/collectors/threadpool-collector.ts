/**
 * The thread pool: how long a small task waits for a thread, once a second, and what fills the pool when it waits.
 *
 * Files and DNS are seen in what the service has outstanding. Crypto and compression are not: when those two don't
 * explain a full pool, Node's own trace of the pool's work is taken for a second, and not again for a while.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { ExtensionReader, FollowedExtension } from '../probes/extension-reader.ts';
import type { WireThreadpool } from '../probes/in-service/threadpool-meter.ts';
import { THREADPOOL, THREADPOOL_METER_TEXT } from '../probes/threadpool-probe.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { createPauses } from './pauses.ts';
import type { FilledBy, TraceEvent } from './threadpool-work.ts';
import { reduceTrace, selectFilledBy, TRACED_CATEGORY } from './threadpool-work.ts';

/** An idle pool answers in 0.1 to 0.2 ms (measured); from here on callers feel it. */
const FULL_FROM_MS = 50;
const TRACE_FOR_MS = 1000;
/** A trace costs the service a pause of 10 to 50 ms at its end (measured): rare enough to be forgotten. */
const TRACE_AGAIN_AFTER_MS = 30_000;
const EMPTY_TRACE_AGAIN_AFTER_MS = 5000;
/** The trace's data comes after the message that says it is complete. */
const TRACE_ARRIVES_WITHIN_MS = 2000;
/** libuv's own default. */
const DEFAULT_SIZE = 4;

export function createThreadpoolCollector(context: CollectorContext, extensions: ExtensionReader): Collector {
  return new ThreadpoolCollector(context, extensions);
}

class ThreadpoolCollector implements Collector {
  readonly name = 'threadpool';
  readonly #context: CollectorContext;
  readonly #pauses = createPauses();
  readonly #extensions: ExtensionReader;
  #followed: FollowedExtension | null = null;
  /** While a trace runs, readings are left out. */
  #telling: Promise<void> | null = null;
  #traceAgainMs = -Infinity;
  #filledBy: FilledBy = [];

  constructor(context: CollectorContext, extensions: ExtensionReader) {
    this.#context = context;
    this.#extensions = extensions;
  }

  start(): Promise<void> {
    this.#followed ??= this.#extensions.follow(THREADPOOL, THREADPOOL_METER_TEXT, (reading) => {
      this.#telling ??= this.#tell(reading as WireThreadpool).finally(() => {
        this.#telling = null;
      });
    });
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#pauses.end();
    await this.#telling;
    await this.#followed?.leave();
  }

  async #tell({ nowMs, delaysMs, size, outstanding }: WireThreadpool): Promise<void> {
    if (delaysMs.length === 0) return;
    const threads = size ?? this.#countThreads() ?? DEFAULT_SIZE;
    const queueDelayMs = Math.max(...delaysMs);
    if (queueDelayMs < FULL_FROM_MS || outstanding === null) this.#filledBy = [];
    else this.#filledBy = await this.#explain(outstanding, threads);
    this.#context.emit({
      kind: 'threadpool',
      atMs: nowMs,
      size: threads,
      queueDelayMs,
      filledBy: this.#filledBy,
    });
  }

  async #explain(
    outstanding: { readonly fs: number; readonly dns: number },
    threads: number,
  ): Promise<FilledBy> {
    if (outstanding.fs + outstanding.dns >= threads) return selectFilledBy(outstanding, null, 1);
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs < this.#traceAgainMs) return this.#filledBy;
    const traced = reduceTrace(await this.#trace());
    // Nothing began or ended in that second: each task takes longer, and the next trace may be luckier.
    this.#traceAgainMs = nowMs + (traced.size > 0 ? TRACE_AGAIN_AFTER_MS : EMPTY_TRACE_AGAIN_AFTER_MS);
    return selectFilledBy(outstanding, traced, threads * TRACE_FOR_MS);
  }

  async #trace(): Promise<readonly TraceEvent[]> {
    const { attachment, clock, emit } = this.#context;
    const { session } = attachment;
    const events: TraceEvent[] = [];
    const stopListening = session.on(
      'NodeTracing.dataCollected',
      ({ value }: { value: readonly TraceEvent[] }) => {
        for (const event of value) events.push(event);
      },
    );
    const startedMs = clock.monotonicMs();
    await session.call('NodeTracing.start', { traceConfig: { includedCategories: [TRACED_CATEGORY] } });
    const begunMs = clock.monotonicMs();
    await this.#pauses.pause(TRACE_FOR_MS);
    const stoppedMs = clock.monotonicMs();
    await session.call('NodeTracing.stop');
    const atMs = clock.monotonicMs();
    for (
      let waited = 0;
      events.length === 0 && waited < TRACE_ARRIVES_WITHIN_MS && !this.#pauses.ended;
      waited += 50
    ) {
      await this.#pauses.pause(50);
    }
    stopListening();
    const pauses = [begunMs - startedMs, atMs - stoppedMs];
    emit({
      kind: 'own-cost',
      atMs,
      windowMs: atMs - startedMs,
      mainThreadMs: pauses[0]! + pauses[1]!,
      longestPauseMs: Math.max(...pauses),
      what: 'tracing the thread pool',
    });
    return events;
  }

  /** libuv names its threads from version 1.50 on. */
  #countThreads(): number | null {
    const { local, target } = this.#context.attachment;
    if (!local) return null;
    try {
      const tasks = `/proc/${target.pid}/task`;
      const workers = readdirSync(tasks).filter((task) =>
        readFileSync(`${tasks}/${task}/comm`, 'utf8').startsWith('libuv-worker'),
      );
      return workers.length || null;
    } catch {
      // A thread that ended as it was looked at, or the process itself.
      return null;
    }
  }
}
