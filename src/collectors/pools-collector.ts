/**
 * Connection pools: found while the service runs, then read twice a second.
 *
 *   search -> pg#1, knex#2 -> read: 10 of 10 taken, 42 waiting, the oldest taken 5.2 s ago by loadOrder
 *
 * Pools of drivers that were loaded as modules show themselves when they are used. The search is for the others: it
 * runs only while the service has new connections that no pool explains, ever more rarely.
 */
import { OWN_FRAME } from '../model/code-frame.ts';
import { bucketOf, orderHistogram } from '../model/latency-histogram.ts';
import type { CodeFrame, PoolState } from '../model/timeline-event.ts';
import { ownScript } from '../probes/extension.ts';
import type { ExtensionReader, FollowedExtension } from '../probes/extension-reader.ts';
import type { RawFrame } from '../probes/in-service/pool-watch.ts';
import type { WirePool, WirePools } from '../probes/in-service/pool-meter.ts';
import {
  POOL_METER_TEXT,
  POOL_SEARCH_EXPRESSION,
  POOLS,
  POOLS_TELL_EXPRESSION,
} from '../probes/pool-probe.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { findPools } from './pool-finder.ts';
import { createPauses } from './pauses.ts';
import type { Pauses } from './pauses.ts';
import type { SourceLocator } from './source-locator.ts';

/** How long to wait before the next search; the last entry repeats. */
const SEARCH_AGAIN_AFTER_MS = [3000, 5000, 10_000, 30_000, 60_000] as const;
/** A pool in use shows itself within this time, and what it explains need not be searched for. */
const SHOWN_WITHIN_MS = 500;
/**
 * Between an application and its connections. Some go on in a promise that leads back to nobody: where the stack shows
 * nothing but them, who took the connection is unknown, and they are not to blame.
 */
const DRIVER_PACKAGES = new Set(
  'pg pg-pool knex tarn sequelize sequelize-pool retry-as-promised generic-pool mysql mysql2 mariadb mongodb ioredis'.split(
    ' ',
  ),
);
const MOST_ENDED_HOLDS = 200;
const MOST_CACHED_FRAMES = 2000;

export function createPoolsCollector(
  context: CollectorContext,
  locator: SourceLocator,
  extensions: ExtensionReader,
): Collector {
  return new PoolsCollector(context, locator, extensions);
}

class PoolsCollector implements Collector {
  readonly name = 'pools';
  readonly #context: CollectorContext;
  readonly #locator: SourceLocator;
  readonly #extensions: ExtensionReader;
  #followed: FollowedExtension | null = null;
  #telling: Promise<void> = Promise.resolve();
  readonly #pauses: Pauses = createPauses();
  readonly #endedHoldsMs = new Map<string, number[]>();
  readonly #frames = new Map<string, CodeFrame>();
  #running: Promise<unknown> = Promise.resolve();
  #readMs = 0;

  constructor(context: CollectorContext, locator: SourceLocator, extensions: ExtensionReader) {
    this.#context = context;
    this.#locator = locator;
    this.#extensions = extensions;
  }

  start(): Promise<void> {
    // One after another: to find the place of a frame may wait for its source map.
    this.#followed ??= this.#extensions.follow(POOLS, POOL_METER_TEXT, (reading) => {
      this.#telling = this.#telling.then(() => this.#tell(reading as WirePools));
    });
    this.#running = this.#searchAgainAndAgain();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#pauses.end();
    await this.#running;
    await this.#telling;
    await this.#followed?.leave();
  }

  async #searchAgainAndAgain(): Promise<void> {
    const { session } = this.#context.attachment;
    if (!(await this.#isInstalled())) return;
    if (await this.#isTrue(POOLS_TELL_EXPRESSION)) await this.#pauses.pause(SHOWN_WITHIN_MS);
    for (let round = 0; !this.#pauses.ended && !session.closed; round++) {
      if (await this.#isTrue(`${POOL_SEARCH_EXPRESSION}?.hasUnexplained()`)) await this.#search();
      await this.#pauses.pause(SEARCH_AGAIN_AFTER_MS[round] ?? 60_000);
    }
  }

  async #isTrue(expression: string): Promise<boolean> {
    const { session } = this.#context.attachment;
    const answer = await session.evaluate<boolean>(`${expression} === true${ownScript(POOLS)}`);
    return answer.ok && answer.value;
  }

  async #search(): Promise<void> {
    const { attachment, clock, emit } = this.#context;
    const { session } = attachment;
    const startedMs = clock.monotonicMs();
    const outcome = await findPools({
      session,
      search: POOL_SEARCH_EXPRESSION,
      rest: (ms) => this.#pauses.pause(ms),
      monotonicMs: () => clock.monotonicMs(),
      cancelled: () => this.#pauses.ended,
    });
    const atMs = clock.monotonicMs();
    emit({
      kind: 'own-cost',
      atMs,
      windowMs: atMs - startedMs,
      mainThreadMs: outcome.spentMs,
      longestPauseMs: outcome.longestStepMs,
      what: 'search for pools',
    });
    if (outcome.cutShort !== null && outcome.cutShort !== 'cancelled' && outcome.found === 0) {
      emit({
        kind: 'gap',
        atMs,
        signal: 'pools',
        reason: `the search ended early: ${outcome.cutShort}`,
        lost: null,
      });
    }
  }

  /** The extension comes with the loop's next turn, which a blocked loop may put off for long. */
  async #isInstalled(): Promise<boolean> {
    const { session } = this.#context.attachment;
    while (!this.#pauses.ended && !session.closed) {
      if (await this.#isTrue(`(${POOL_SEARCH_EXPRESSION} !== undefined)`)) return true;
      await this.#pauses.pause(50);
    }
    return false;
  }

  async #tell({ nowMs, pools }: WirePools): Promise<void> {
    const used = pools.filter((pool) => pool.active + pool.idle + pool.waiting > 0);
    if (used.length > 0) {
      const states = await Promise.all(used.map((pool) => this.#stateOf(pool, nowMs)));
      this.#context.emit({ kind: 'pools', atMs: nowMs, pools: states });
      this.#tellDatabases(used, nowMs);
    }
    this.#readMs = nowMs;
  }

  /**
   * A connection is taken for as long as a request talks to the database: that is the call as its route feels it,
   * less the waiting for a connection.
   */
  #tellDatabases(pools: readonly WirePool[], nowMs: number): void {
    const peers = pools
      .filter(({ endedHoldsMs, holders }) => endedHoldsMs.length + holders.length > 0)
      .map(({ driver, name, endedHoldsMs, active, endedRoutes }) => ({
        via: 'database' as const,
        peer: sanitise(name === '' ? driver : `${driver} ${name}`, 200),
        count: endedHoldsMs.length,
        errors: 0,
        inFlight: active,
        latency: orderHistogram(endedHoldsMs.map((ms) => [bucketOf(ms * 1000), 1])),
        routes: endedRoutes.map((route) => sanitise(route)),
      }));
    if (peers.length === 0 || this.#readMs === 0) return;
    this.#context.emit({ kind: 'outgoing', atMs: nowMs, windowMs: nowMs - this.#readMs, peers });
  }

  async #stateOf(pool: WirePool, nowMs: number): Promise<PoolState> {
    const oldest = pool.holders[0];
    const ended = [...(this.#endedHoldsMs.get(pool.id) ?? []), ...pool.endedHoldsMs].slice(-MOST_ENDED_HOLDS);
    this.#endedHoldsMs.set(pool.id, ended);
    return {
      id: pool.id,
      driver: pool.driver,
      name: sanitise(pool.name, 200),
      max: pool.max,
      active: pool.active,
      idle: pool.idle,
      waiting: pool.waiting,
      longestHeldMs: oldest === undefined ? null : nowMs - oldest.sinceMs,
      longestWaitMs: pool.longestWaitMs,
      medianHeldMs: medianOf(ended),
      holders: await Promise.all(
        pool.holders.map(async ({ sinceMs, stack, route, busy }) => ({
          heldMs: nowMs - sinceMs,
          takenBy: await this.#locate(stack),
          route: route === null ? null : sanitise(route),
          busy,
        })),
      ),
      waiters: await Promise.all(
        pool.waiters.map(async ({ sinceMs, stack, route }) => ({
          waitedMs: nowMs - sinceMs,
          askedBy: await this.#locate(stack),
          route: route === null ? null : sanitise(route),
        })),
      ),
    };
  }

  async #locate(stack: readonly RawFrame[]): Promise<readonly CodeFrame[]> {
    const frames = await Promise.all(stack.map((frame) => this.#locateFrame(frame)));
    const others = frames.filter((frame) => frame !== OWN_FRAME);
    if (others.some(({ origin }) => origin === 'user')) return others;
    const callers = others.filter((frame) => !DRIVER_PACKAGES.has(frame.package ?? ''));
    return callers.some(({ origin }) => origin === 'dependency') ? callers : [];
  }

  async #locateFrame(raw: RawFrame): Promise<CodeFrame> {
    const key = raw.join('\n');
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const [functionName, url, line, column] = raw;
    const frame = await this.#locator.locate({ functionName, url, line, column });
    if (this.#frames.size >= MOST_CACHED_FRAMES) this.#frames.clear();
    this.#frames.set(key, frame);
    return frame;
  }
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
