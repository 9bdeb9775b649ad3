/**
 * Who made a query that will take a connection later. Knex takes it when its query is awaited, in a job of the
 * runtime's own, where no frame leads back to the application; the query itself was made inside its code. Sequelize
 * waits for its hooks between being asked for a connection and taking it. This text runs inside the service.
 *
 *   knex('orders') in listOrders -> made, stack kept -> awaited -> connection taken: by listOrders
 *   sequelize.transaction() in register -> getConnection, stack kept -> hooks, pool -> connection: taken by register
 */
import type { Foreign } from './pool-shapes.ts';
import type { StandIns } from './stand-in.ts';

/** Holds the frames until somebody wants to read them: turning them into text is what costs. */
export interface Trace {
  readonly stack?: Foreign;
}

export interface QueryTakers {
  /** Follows the classes of modules that were loaded since the look before. */
  look(): void;
  /** Who made the query that takes a connection at this moment; null where that is not known. */
  current(): Trace | null;
  /** Who asked for a connection that has been handed out; null where that is not known. */
  of(connection: Foreign): Trace | null;
  remove(): void;
}

export interface QueryTakersDependencies {
  /** The modules that CommonJS has loaded, by file; missing where Node does not show them. */
  readonly cache:
    | Readonly<Record<string, { readonly exports?: Foreign; readonly loaded?: boolean }>>
    | undefined;
  readonly standIns: StandIns;
  readonly nowMs: () => number;
}

export function createQueryTakers({ cache, standIns, nowMs }: QueryTakersDependencies): QueryTakers {
  /** As for the takes themselves: a thousandth of the loop. */
  const STACKS_PER_SECOND = 200;
  /** A query is made by the library's own functions, which its callers stand above. */
  const FRAMES = 24;
  const CLIENT = { marks: ['acquireConnection', 'runner'], makes: ['queryBuilder', 'raw', 'transaction'] };
  const RUNNER = { marks: ['ensureConnection', 'queryArray'], takes: 'ensureConnection' };
  const TRANSACTION = { marks: ['acquireConnection', 'savepoint'], takes: 'acquireConnection' };

  const MANAGER = { marks: ['initPools', 'releaseConnection'], gives: 'getConnection' };
  const PACKAGES = ['knex', 'sequelize'];

  const makers = new WeakMap<Foreign, Trace>();
  const seen = new Set<string>();
  let isActive = true;
  let taking: Trace | null = null;
  let second = 0;
  let stacksInSecond = 0;

  const traceOf = (below: Foreign): Trace | null => {
    if (!isActive) return null;
    const now = nowMs();
    if (now - second >= 1000) {
      second = now;
      stacksInSecond = 0;
    }
    if (stacksInSecond++ >= STACKS_PER_SECOND) return null;
    const trace: Trace = {};
    const limit = Error.stackTraceLimit;
    try {
      Error.stackTraceLimit = FRAMES;
      Error.captureStackTrace(trace, below);
      Error.stackTraceLimit = limit;
      return trace;
    } catch {
      // The application froze Error; then there are no stacks.
      return null;
    }
  };
  const keepMaker = (made: Foreign, trace: Trace | null): void => {
    if (made === null || typeof made !== 'object') return;
    if (trace === null) makers.delete(made);
    else makers.set(made, trace);
  };

  const followMaker = (prototype: Foreign, name: string): void => {
    if (!Object.hasOwn(prototype, name)) return;
    standIns.standInFor(prototype, name, (passedOn) => {
      const make = function (this: Foreign, ...args: Foreign[]): Foreign {
        const made: Foreign = Reflect.apply(passedOn.original, this, args);
        if (isActive) keepMaker(made, traceOf(make));
        return made;
      };
      return make;
    });
  };

  /** Up to its first wait the method runs inside our call, and in that part it asks the pool. */
  const followTaker = (prototype: Foreign, name: string, queryOf: (owner: Foreign) => Foreign): void => {
    if (!Object.hasOwn(prototype, name)) return;
    standIns.standInFor(
      prototype,
      name,
      (passedOn) =>
        function (this: Foreign, ...args: Foreign[]): Foreign {
          const before = taking;
          taking = (isActive && makers.get(queryOf(this))) || null;
          try {
            return Reflect.apply(passedOn.original, this, args);
          } finally {
            taking = before;
          }
        },
    );
  };

  const followGiver = (prototype: Foreign, name: string): void => {
    if (!Object.hasOwn(prototype, name)) return;
    standIns.standInFor(prototype, name, (passedOn) => {
      const give = function (this: Foreign, ...args: Foreign[]): Foreign {
        const result: Foreign = Reflect.apply(passedOn.original, this, args);
        if (!isActive || typeof result?.then !== 'function') return result;
        const trace = traceOf(give);
        // The derived promise: our handler on the original would hide a rejection that nobody else handles.
        return result.then((connection: Foreign) => {
          keepMaker(connection, trace);
          return connection;
        });
      };
      return give;
    });
  };

  const follow = (exported: Foreign): void => {
    if (typeof exported !== 'function') return;
    const { prototype } = exported;
    if (prototype === null || typeof prototype !== 'object') return;
    const has = (marks: readonly string[]): boolean => marks.every((mark) => mark in prototype);
    if (has(CLIENT.marks)) for (const name of CLIENT.makes) followMaker(prototype, name);
    if (has(RUNNER.marks)) followTaker(prototype, RUNNER.takes, (runner) => runner.builder);
    if (has(MANAGER.marks)) followGiver(prototype, MANAGER.gives);
    if (has(TRANSACTION.marks)) followTaker(prototype, TRANSACTION.takes, (transaction) => transaction);
  };

  return {
    look() {
      for (const file of Object.keys(cache ?? {})) {
        if (seen.has(file) || cache![file]?.loaded === false) continue;
        seen.add(file);
        const path = file.split('\\').join('/');
        if (!PACKAGES.some((name) => path.includes(`/node_modules/${name}/`))) continue;
        try {
          follow(cache![file]?.exports);
        } catch {
          // A module that does not want to be looked at, or is one of another make than those we know.
        }
      }
    },
    current: () => taking,
    of: (connection) => makers.get(connection) ?? null,
    remove() {
      isActive = false;
      standIns.removeAll();
    },
  };
}
