/**
 * Watches one pool that was found: who holds its connections, since when, and who took them. This text runs inside
 * the service.
 *
 * It stands in for the methods of
 * one pool instance that hand out connections and get them back, never for those of a class, and `unwatch` puts
 * back what was there. What the application sees of a call (arguments, result, failure, whether a rejection
 * is handled) stays as it was.
 */
import type { Foreign, PoolShape } from './pool-shapes.ts';
import type { Trace } from './query-takers.ts';

/** A frame as the service names it: function, file or URL, line, column. */
export type RawFrame = readonly [functionName: string, file: string, line: number, column: number];

export interface HolderReading {
  readonly sinceMs: number;
  /** Innermost first; empty when the stack was not taken or the connection was out before we came. */
  readonly stack: readonly RawFrame[];
  readonly route: string | null;
  readonly busy: boolean | null;
}

export interface WatchReading {
  readonly longestWaitMs: number | null;
  /** Holds that ended since the reading before, in milliseconds; a bounded sample of them. */
  readonly endedHoldsMs: readonly number[];
  /** Routes that were open as connections were asked for, most often first. */
  readonly endedRoutes: readonly string[];
  readonly holders: readonly HolderReading[];
  readonly waiters: readonly {
    readonly sinceMs: number;
    readonly stack: readonly RawFrame[];
    readonly route: string | null;
  }[];
}

export interface PoolWatch {
  read(nowMs: number, mostHolders: number): WatchReading;
  unwatch(): void;
}

export interface PoolWatchDependencies {
  readonly pool: Foreign;
  readonly shape: PoolShape;
  readonly nowMs: () => number;
  /** The route of the request whose work runs now, where the service is asked to follow that; else null. */
  readonly currentRoute: () => string | null;
  /** Who made the query that asks for a connection now, where its stack does not lead back to them; else null. */
  readonly currentTaker: () => Trace | null;
  /** The same of a connection that is out. */
  readonly takerOf: (connection: Foreign) => Trace | null;
  /** Routes of some of the requests in flight. */
  readonly openRoutes: () => readonly string[];
}

interface Hold {
  askedMs: number;
  takenMs: number;
  trace: Trace | null;
  route: string | null;
}

export function createPoolWatch(dependencies: PoolWatchDependencies): PoolWatch {
  /**
   * Taking a stack costs 2 to 4 microseconds (12 frames, measured on Node 18 to 26), 5 where all 40 are there, so 200
   * a second are a thousandth of the loop; above that, one in a while is taken.
   */
  const STACKS_PER_SECOND = 200;
  /** ORMs put many of their own between their users and the pool; a frame that is not there costs nothing. */
  const FRAMES = 40;
  const MOST_ENDED = 200;
  /** Which requests are open is looked up for so many takes between two readings. */
  const MOST_LOOKED_UP = 10;
  const MOST_ROUTES = 5;
  /** Beyond this a pool is exhausted whatever else is known. */
  const MOST_PENDING = 20_000;

  const { pool, shape, nowMs, currentRoute, currentTaker, takerOf, openRoutes } = dependencies;
  const pending = new Set<Hold>();
  const held = new Map<Foreign, Hold>();
  const releases = new Map<Foreign, { release: Foreign; original: Foreign }>();
  const undo: (() => void)[] = [];
  let active = true;
  let ended: number[] = [];
  const routes = new Map<string, number>();
  let lookedUp = 0;
  let second = 0;
  let stacksInSecond = 0;

  const traceOf = (below: Foreign): Trace | null => {
    const now = nowMs();
    if (now - second >= 1000) {
      second = now;
      stacksInSecond = 0;
    }
    if (stacksInSecond++ >= STACKS_PER_SECOND) return null;
    const trace = {};
    const limit = Error.stackTraceLimit;
    try {
      Error.stackTraceLimit = FRAMES;
      Error.captureStackTrace(trace, below);
      Error.stackTraceLimit = limit;
    } catch {
      // The application froze Error; then there are no stacks.
    }
    return trace;
  };

  const ask = (below: Foreign): Hold => {
    const hold = {
      askedMs: nowMs(),
      takenMs: 0,
      trace: currentTaker() ?? traceOf(below),
      route: currentRoute(),
    };
    if (pending.size < MOST_PENDING) pending.add(hold);
    if (lookedUp++ < MOST_LOOKED_UP) {
      const open = hold.route === null ? openRoutes() : [hold.route];
      // The request that asks is open itself: where all are of one route, it is that.
      if (open.length === 1) hold.route = open[0]!;
      for (const route of open) routes.set(route, (routes.get(route) ?? 0) + 1);
    }
    return hold;
  };
  const give = (hold: Hold, connection: Foreign): void => {
    pending.delete(hold);
    if (!active || connection === null || connection === undefined) return;
    hold.takenMs = nowMs();
    held.set(connection, hold);
  };
  const takeBack = (connection: Foreign): void => {
    const hold = held.get(connection);
    if (hold === undefined) return;
    held.delete(connection);
    if (ended.length < MOST_ENDED) ended.push(nowMs() - hold.takenMs);
  };

  /** Puts `replacement` in the place of an instance's method and remembers how to take it away again. */
  const standInFor = (owner: Foreign, name: string, replacement: (original: Foreign) => Foreign): void => {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    const original = owner[name];
    if (typeof original !== 'function' || before?.configurable === false) return;
    const own = replacement(original);
    Object.defineProperty(owner, name, {
      value: own,
      configurable: true,
      writable: true,
      enumerable: before?.enumerable ?? false,
    });
    undo.push(() => {
      // Somebody may have wrapped ours in the meantime: then ours stays, and only passes on.
      if (Object.getOwnPropertyDescriptor(owner, name)?.value !== own) return;
      if (before === undefined) delete owner[name];
      else Object.defineProperty(owner, name, before);
    });
  };

  const followOwnRelease = (connection: Foreign): void => {
    const original = connection.release;
    if (typeof original !== 'function') return;
    const release = function (this: Foreign, ...args: Foreign[]): Foreign {
      takeBack(connection);
      releases.delete(connection);
      if (connection.release === release) connection.release = original;
      return Reflect.apply(original, this, args);
    };
    connection.release = release;
    releases.set(connection, { release, original });
  };
  const taken = (hold: Hold, connection: Foreign): void => {
    give(hold, connection);
    if (active && shape.ownRelease && connection) followOwnRelease(connection);
  };

  const watchTakes = (name: string): void => {
    standInFor(pool, name, (original) => {
      const take = function (this: Foreign, ...args: Foreign[]): Foreign {
        if (!active) return Reflect.apply(original, this, args);
        const hold = ask(take);
        const last = args.length - 1;
        const callback = args[last];
        if (typeof callback === 'function') {
          args[last] = function (this: Foreign, error: Foreign, connection: Foreign, ...rest: Foreign[]) {
            if (error) pending.delete(hold);
            else taken(hold, connection);
            // pg hands the connection's release along; it must be the one that is watched.
            if (shape.ownRelease && connection && rest.length > 0) rest[0] = connection.release;
            return Reflect.apply(callback, this, [error, connection, ...rest]);
          };
          return Reflect.apply(original, this, args);
        }
        const result: Foreign = Reflect.apply(original, this, args);
        if (typeof result?.then !== 'function') {
          pending.delete(hold);
          return result;
        }
        // The caller gets the derived promise: were it handed the original, our handler would hide a rejection
        // that nobody else handles.
        return result.then(
          (connection: Foreign) => {
            taken(hold, connection);
            return connection;
          },
          (error: Foreign) => {
            pending.delete(hold);
            throw error;
          },
        );
      };
      return take;
    });
  };

  const watchReturns = (name: string): void => {
    standInFor(
      pool,
      name,
      (original) =>
        function (this: Foreign, ...args: Foreign[]): Foreign {
          takeBack(args[0]);
          return Reflect.apply(original, this, args);
        },
    );
  };

  /** tarn tells its listeners of each take, inside the call of the taker, and numbers it. */
  const watchAnnouncements = (): void => {
    const asked = new Map<number, Hold>();
    const listeners: Record<string, (...args: Foreign[]) => void> = {
      acquireRequest: function acquireRequest(id) {
        if (asked.size < MOST_PENDING) asked.set(id, ask(acquireRequest));
      },
      acquireSuccess(id, connection) {
        const hold = asked.get(id);
        asked.delete(id);
        if (hold !== undefined) give(hold, connection);
      },
      acquireFail(id) {
        const hold = asked.get(id);
        asked.delete(id);
        if (hold !== undefined) pending.delete(hold);
      },
      release: takeBack,
      destroyRequest: (_id, connection) => takeBack(connection),
    };
    for (const [event, listener] of Object.entries(listeners)) {
      pool.emitter.on(event, listener);
      undo.push(() => pool.emitter.removeListener(event, listener));
    }
  };

  /** Whether the connection runs a query now: by the marks of pg, mysql2 and mariadb; null for others. */
  const isBusy = (connection: Foreign): boolean | null => {
    try {
      if ('readyForQuery' in connection) return connection.readyForQuery === false;
      // oxlint-disable-next-line no-underscore-dangle -- mysql2's
      if ('_command' in connection) return Boolean(connection._command);
      if ('receiveQueue' in connection) return connection.receiveQueue.length > 0;
    } catch {
      // A connection that does not want to be asked.
    }
    return null;
  };

  const framesOf = (trace: Hold['trace']): RawFrame[] => {
    if (trace === null) return [];
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    try {
      // The application's own formatter must not run for our stacks: it can be slow, and it is not ours to call.
      Object.defineProperty(Error, 'prepareStackTrace', {
        configurable: true,
        writable: true,
        value: (_: unknown, sites: NodeJS.CallSite[]): RawFrame[] =>
          sites.map((site) => [
            site.getFunctionName() ?? site.getMethodName() ?? '',
            site.getFileName() ?? '',
            site.getLineNumber() ?? 0,
            site.getColumnNumber() ?? 0,
          ]),
      });
      return Array.isArray(trace.stack) ? trace.stack : [];
    } catch {
      return [];
    } finally {
      if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
      else Object.defineProperty(Error, 'prepareStackTrace', before);
    }
  };

  /** Connections that died or were closed were never given back. */
  const forgetAllBut = (out: Set<Foreign>): void => {
    for (const connection of held.keys()) {
      if (out.has(connection)) continue;
      held.delete(connection);
      releases.delete(connection);
    }
  };

  const oldest = (holds: Iterable<Hold>, most: number, since: (hold: Hold) => number): Hold[] =>
    // oxlint-disable-next-line unicorn/no-array-sort -- Node 18 has no other
    [...holds].sort((a, b) => since(a) - since(b)).slice(0, most);

  const startMs = nowMs();
  for (const connection of shape.taken(pool) ?? []) {
    // Out since before we came: for how long, and by whom, cannot be known; it is counted from here.
    held.set(connection, { askedMs: startMs, takenMs: startMs, trace: null, route: null });
    if (shape.ownRelease) followOwnRelease(connection);
  }
  if (shape.take !== null) watchTakes(shape.take);
  for (const name of shape.giveBack) watchReturns(name);
  if (shape.announces) watchAnnouncements();

  return {
    read(now, mostHolders) {
      const listed = shape.taken(pool);
      if (listed !== null) forgetAllBut(new Set(listed));
      const connections = new Map([...held].map(([connection, hold]) => [hold, connection]));
      const [longestWaiting] = pending;
      const reading = {
        longestWaitMs: longestWaiting === undefined ? null : now - longestWaiting.askedMs,
        endedHoldsMs: ended,
        endedRoutes: [...routes]
          // oxlint-disable-next-line unicorn/no-array-sort -- Node 18 has no other
          .sort((a, b) => b[1] - a[1])
          .slice(0, MOST_ROUTES)
          .map(([route]) => route),
        holders: oldest(held.values(), mostHolders, (hold) => hold.takenMs).map((hold) => ({
          sinceMs: hold.takenMs,
          stack: framesOf((hold.trace && takerOf(connections.get(hold))) ?? hold.trace),
          route: hold.route,
          busy: isBusy(connections.get(hold)),
        })),
        waiters: [...pending].slice(0, mostHolders).map((hold) => ({
          sinceMs: hold.askedMs,
          stack: framesOf(hold.trace),
          route: hold.route,
        })),
      };
      ended = [];
      routes.clear();
      lookedUp = 0;
      return reading;
    },
    unwatch() {
      active = false;
      for (const step of undo.splice(0)) step();
      for (const [connection, { release, original }] of releases) {
        if (connection.release === release) connection.release = original;
      }
      releases.clear();
      held.clear();
      pending.clear();
    },
  };
}
