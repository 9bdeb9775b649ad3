/**
 * Drives HTTP load by a plan. Sends only to the plan's URLs: no redirect is followed, nothing is looked up.
 *
 * At a rate, requests are due on a fixed schedule and their latency counts from the moment they were due, also
 * while they wait for a connection: otherwise a service that stands still for a second is asked less often in
 * that second, and its percentiles hide it ("coordinated omission", Gil Tene, "How NOT to measure latency").
 */
import type { Clock } from '../shared/clock.ts';
import { LoadConnections, type LoadOutcome } from './load-connections.ts';
import type { LoadPlan, LoadTarget } from './load-plan.ts';
import { LOAD_SCHEMA, type LoadProgress, type LoadResult } from './load-result.ts';
import { LoadTally } from './load-tally.ts';

export interface LoadContext {
  readonly clock: Clock;
  /** Called about once a second. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Ends the load early; what was seen is still the result. */
  readonly signal?: AbortSignal;
}

/** Node's timers have a resolution of 1 ms and fire up to 1 ms late: below this, being late is not a lag. */
const TIMER_RESOLUTION_MS = 2;
/** Open connections at most at a rate: beyond, requests wait in line and the wait counts as latency. */
const CONNECTION_LIMIT = 512;
const EXPIRY_INTERVAL_MS = 50;
const PROGRESS_INTERVAL_MS = 1_000;
/** A connection that was refused rests before it asks again, or a service that is down would be asked in a busy loop. */
const REST_AFTER_ERROR_MS = 100;

/** Runs a plan to its end, or until the signal, and returns what was seen. Failed requests are counted, never thrown. */
export function runLoad(plan: LoadPlan, context: LoadContext): Promise<LoadResult> {
  return new LoadRun(plan, context).run();
}

interface TargetState {
  readonly target: LoadTarget;
  readonly path: string;
  readonly connections: LoadConnections;
  readonly tally: LoadTally;
  /** Of smooth weighted round robin: raised by the weight each turn, the highest is served. */
  credit: number;
}

class LoadRun {
  readonly #plan: LoadPlan;
  readonly #context: LoadContext;
  readonly #targets: readonly TargetState[];
  readonly #connections: readonly LoadConnections[];
  readonly #startMs: number;
  readonly #countFromMs: number;
  readonly #sendUntilMs: number;
  #recent = new LoadTally();
  #recentSinceMs: number;
  #inFlight = 0;
  #answeredInTime = 0;
  #ownLagMs = 0;
  #interrupted = false;
  #wakeWhenDrained: (() => void) | null = null;

  constructor(plan: LoadPlan, context: LoadContext) {
    this.#plan = plan;
    this.#context = context;
    const limit = plan.pace.kind === 'rate' ? CONNECTION_LIMIT : plan.pace.count;
    const byOrigin = new Map<string, LoadConnections>();
    this.#targets = plan.targets.map((target) => {
      const { origin, pathname, search } = new URL(target.url);
      const connections = byOrigin.get(origin) ?? new LoadConnections(origin, limit);
      byOrigin.set(origin, connections);
      return { target, path: pathname + search, connections, tally: new LoadTally(), credit: 0 };
    });
    this.#connections = [...byOrigin.values()];
    this.#startMs = context.clock.monotonicMs();
    this.#recentSinceMs = this.#startMs;
    this.#countFromMs = this.#startMs + plan.warmupMs;
    this.#sendUntilMs = this.#countFromMs + plan.durationMs;
  }

  async run(): Promise<LoadResult> {
    const { pace, timeoutMs } = this.#plan;
    const { clock, signal, onProgress } = this.#context;
    const startedAt = new Date(clock.wallMs() + this.#plan.warmupMs).toISOString();
    const expiry = setInterval(() => {
      for (const each of this.#connections) each.expire(clock.monotonicMs() - timeoutMs);
    }, EXPIRY_INTERVAL_MS);
    const progress = setInterval(() => onProgress?.(this.#progress()), PROGRESS_INTERVAL_MS);
    const interruption = untilAborted(signal);
    const sending = pace.kind === 'rate' ? this.#sendAtRate(pace.perSecond) : this.#sendInTurns(pace.count);
    this.#interrupted =
      (await Promise.race([sending.then(() => this.#drained()), interruption.aborted])) === 'aborted';
    const countedMs = Math.max(0, Math.min(clock.monotonicMs(), this.#sendUntilMs) - this.#countFromMs);
    clearInterval(expiry);
    clearInterval(progress);
    interruption.dispose();
    await Promise.all(this.#connections.map((each) => each.destroy()));
    return this.#result(startedAt, countedMs);
  }

  /** Sends what is due whenever the timer fires, until the end of the plan. */
  #sendAtRate(perSecond: number): Promise<void> {
    const intervalMs = 1_000 / perSecond;
    let sent = 0;
    return new Promise((resolve) => {
      const tick = (): void => {
        const nowMs = this.#context.clock.monotonicMs();
        for (;;) {
          const dueMs = this.#startMs + sent * intervalMs;
          if (this.#interrupted || dueMs >= this.#sendUntilMs) return resolve();
          if (dueMs > nowMs) break;
          const lagMs = nowMs - dueMs;
          if (lagMs > TIMER_RESOLUTION_MS) this.#ownLagMs = Math.max(this.#ownLagMs, lagMs);
          // The grain of our timer is part of the schedule, not of the service's latency; a real lag is told apart.
          this.#send(lagMs > TIMER_RESOLUTION_MS ? dueMs : nowMs);
          sent++;
        }
        setTimeout(tick, Math.max(1, this.#startMs + sent * intervalMs - nowMs));
      };
      tick();
    });
  }

  /** Each of `count` connections sends its next request when it has its answer. */
  async #sendInTurns(count: number): Promise<void> {
    const turn = async (): Promise<void> => {
      for (;;) {
        const nowMs = this.#context.clock.monotonicMs();
        if (this.#interrupted || nowMs >= this.#sendUntilMs) return;
        // eslint-disable-next-line no-await-in-loop -- one after another is what a closed loop means
        const outcome = await new Promise<LoadOutcome>((settled) => this.#send(nowMs, settled));
        if (outcome.kind === 'failed') await rest(REST_AFTER_ERROR_MS);
      }
    };
    await Promise.all(Array.from({ length: count }, turn));
  }

  #send(startMs: number, settled?: (outcome: LoadOutcome) => void): void {
    const state = this.#nextTarget();
    const counts = startMs >= this.#countFromMs;
    if (counts) {
      state.tally.sent++;
      this.#recent.sent++;
    }
    this.#inFlight++;
    state.connections.send({
      method: state.target.method,
      path: state.path,
      headers: state.target.headers,
      body: state.target.body,
      startMs,
      settle: (outcome) => {
        this.#inFlight--;
        if (counts) this.#count(state, outcome, startMs);
        settled?.(outcome);
        if (this.#inFlight === 0) this.#wakeWhenDrained?.();
      },
    });
  }

  #count(state: TargetState, outcome: LoadOutcome, startMs: number): void {
    const nowMs = this.#context.clock.monotonicMs();
    const latencyMs = nowMs - startMs;
    if (outcome.kind === 'answered' && nowMs < this.#sendUntilMs) this.#answeredInTime++;
    for (const tally of [state.tally, this.#recent]) {
      if (outcome.kind === 'failed') tally.failed(outcome.error, latencyMs);
      else {
        tally.answered(outcome.status, latencyMs);
        tally.bytesReceived += outcome.bytes;
      }
    }
  }

  /** Smooth weighted round robin (nginx): the mix is even in every short window and the same in every run. */
  #nextTarget(): TargetState {
    let best: TargetState | undefined;
    let total = 0;
    for (const state of this.#targets) {
      state.credit += state.target.weight;
      total += state.target.weight;
      if (best === undefined || state.credit > best.credit) best = state;
    }
    if (best === undefined) throw new Error('a load plan needs a target');
    best.credit -= total;
    return best;
  }

  #drained(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wakeWhenDrained = resolve;
    });
  }

  #total(): LoadTally {
    const total = new LoadTally();
    for (const { tally } of this.#targets) total.add(tally);
    return total;
  }

  #progress(): LoadProgress {
    const nowMs = this.#context.clock.monotonicMs();
    const recent = this.#recent.counts();
    const recentMs = Math.max(1, nowMs - this.#recentSinceMs);
    this.#recent = new LoadTally();
    this.#recentSinceMs = nowMs;
    return {
      elapsedMs: nowMs - this.#startMs,
      totalMs: this.#sendUntilMs - this.#startMs,
      warmingUp: nowMs < this.#countFromMs,
      inFlight: this.#inFlight,
      counts: this.#total().counts(),
      recent: { answeredPerSecond: (recent.answered * 1_000) / recentMs, latencyMs: recent.latencyMs },
    };
  }

  #result(startedAt: string, countedMs: number): LoadResult {
    const total = this.#total();
    const counts = total.counts();
    return {
      schema: LOAD_SCHEMA,
      pace: this.#plan.pace,
      window: { startedAt, durationMs: countedMs },
      interrupted: this.#interrupted,
      ...counts,
      answeredPerSecond: countedMs === 0 ? 0 : (this.#answeredInTime * 1_000) / countedMs,
      bytesReceived: total.bytesReceived,
      connections: this.#connections.reduce((sum, { opened }) => sum + opened, 0),
      ownLagMs: this.#ownLagMs,
      targets: this.#targets.map(({ target, tally }) => ({
        method: target.method,
        url: target.url,
        ...tally.counts(),
      })),
    };
  }
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function untilAborted(signal: AbortSignal | undefined): { aborted: Promise<'aborted'>; dispose: () => void } {
  let listener = (): void => {};
  const aborted = new Promise<'aborted'>((resolve) => {
    listener = () => resolve('aborted');
    if (signal?.aborted === true) listener();
    else signal?.addEventListener('abort', listener, { once: true });
  });
  return { aborted, dispose: () => signal?.removeEventListener('abort', listener) };
}
