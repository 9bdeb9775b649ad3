/**
 * The search for pools among the live objects of a service, from its sockets and servers inwards. This text runs
 * inside the service.
 *
 * It follows data properties only: no getter, proxy or method of the application runs. What JavaScript itself cannot look into (the variables
 * that a function holds on to, what it is bound to, private fields) it lays aside as `toOpen`; the inspector opens those
 * and hands the contents back through `enter`.
 *
 *   socket -> _events.error (a function) -> toOpen … enter({ pool, client }) -> pool: recognised by its shape
 */
/* oxlint-disable no-underscore-dangle -- Node's own handles */
import type { Foreign, PoolShape } from './pool-shapes.ts';

export interface FoundPool {
  readonly id: string;
  readonly shape: PoolShape;
  /** Weak: the search must not keep a pool alive that the application dropped. */
  readonly ref: WeakRef<Foreign>;
}

export interface SearchProgress {
  /** Objects that wait to be looked at. */
  readonly queued: number;
  /** Functions and instances that wait for the inspector. */
  readonly toOpen: number;
  readonly visited: number;
  readonly found: number;
  /** What this step took. */
  readonly spentMs: number;
}

export interface PoolSearch {
  /** Puts the roots in the queue: sockets that lead out, listening servers, the shared HTTP agents. */
  begin(): SearchProgress;
  /** Looks at queued objects for about `budgetMs`. */
  advance(budgetMs: number): SearchProgress;
  nextToOpen(count: number): Foreign[];
  /** Takes the scopes of functions, as the inspector lists them: `{ description, object }` with variables in it. */
  enter(...scopes: Foreign[]): SearchProgress;
  /** Takes single objects: what a function is bound to, what a private field holds. */
  consider(...values: Foreign[]): SearchProgress;
  /** Forgets everything but the pools. */
  end(): void;
  /** Takes an object that may be a pool; keeps it when it is one. */
  notice(value: Foreign): void;
  /** Whether a search may find something: there are new connections to a place that no pool is known for. */
  hasUnexplained(): boolean;
  readonly pools: readonly FoundPool[];
}

export interface PoolSearchDependencies {
  readonly shapes: readonly PoolShape[];
  /** `require` of the command-line API. */
  readonly load: (module: string) => Foreign;
  /** Shown every object and class on the way: others look for something else. */
  readonly offer: (value: Foreign) => void;
}

export function createPoolSearch(dependencies: PoolSearchDependencies): PoolSearch {
  /** From a socket to its pool are 3 to 5 steps in every driver tried, from a scope to a module's `db.pool` 2. */
  const MAX_DEPTH = 6;
  const MAX_VISITED = 30_000;
  const MAX_PER_LIST = 50;
  /** Two connections of a place find its pool; every connection of a busy service would be walked for nothing. */
  const SOCKETS_PER_PLACE = 2;
  const MAX_PLACES = 40;
  /** A pool may be made after its first connection; what three searches did not find, a fourth will not. */
  const SEARCHES_PER_PLACE = 3;
  /** Closures of the same text differ only in what they hold; a few of them reach each pool of a driver. */
  const OPENED_PER_TEXT = 4;
  /**
   * Listing the names of an object with 30,000 of them takes 10 ms (measured), and its size cannot be asked first.
   * Such a table lives among V8's large objects, so while these are few, every object can be listed.
   */
  const LARGE_OBJECTS_BYTES = 1.5e6;
  const NODE_NAMES = [
    'primordials',
    'ArrayPrototype',
    'FunctionPrototype',
    'ReflectApply',
    'SafeMap',
    'SafeSet',
  ] as const;
  const LIKELY_NAMES =
    'pool db database client conn connection knex sequelize redis cache mysql pg mongo mongoose default orm store agent dispatcher write read primary replica master slave services models context app config'.split(
      ' ',
    );

  const { shapes, load, offer } = dependencies;
  // @ts-expect-error -- present in every version, and missing from the types
  const loadedModules: string[] = process.moduleLoadList;
  const { types } = load('util');
  const { getHeapSpaceStatistics } = load('v8');
  const { performance } = load('perf_hooks');
  const pools: FoundPool[] = [];
  const known = new WeakSet();
  const privateClasses = new WeakMap<object, string | null>();
  const searchesFrom = new Map<string, number>();
  const startedFrom = new WeakSet();
  let seen = new WeakSet();
  let opened = new Map<string, number>();
  let queue: [value: Foreign, depth: number][] = [];
  let next = 0;
  let toOpen: Foreign[] = [];
  let visited = 0;
  let listsAll = true;

  const push = (value: Foreign, depth: number): void => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
    if (seen.has(value) || value === globalThis) return;
    seen.add(value);
    queue.push([value, depth]);
  };

  const dataOf = (owner: Foreign, key: string | symbol): Foreign => {
    try {
      return Object.getOwnPropertyDescriptor(owner, key)?.value;
    } catch {
      // A name of a module that has not run yet.
      return undefined;
    }
  };

  const isPlain = (value: Foreign): boolean => {
    const prototype = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  };

  const recognise = (value: Foreign): boolean => {
    // Some drivers hand out objects that only inherit from the real pool.
    const pool = dataOf(Object.getPrototypeOf(value) ?? {}, '_self') ?? value;
    if (known.has(pool)) return true;
    const shape = shapes.find((each) => each.matches(pool));
    // A prototype has the same methods as the pools that are made of it.
    if (shape === undefined || dataOf(pool, 'constructor')?.prototype === pool) return false;
    known.add(pool);
    pools.push({ id: `${shape.driver}#${pools.length + 1}`, shape, ref: new WeakRef(pool) });
    return true;
  };

  const layAside = (value: Foreign, text: string): void => {
    const count = opened.get(text) ?? 0;
    if (count >= OPENED_PER_TEXT) return;
    opened.set(text, count + 1);
    // Instances with private parts are few and hold what is looked for; functions are many.
    if (typeof value === 'function') toOpen.push(value);
    else toOpen.unshift(value);
  };

  /**
   * Of a minified class, too, in which they follow a bracket or a semicolon. No regular expressions in what is called
   * from outside: see `probe-lifecycle.ts`.
   */
  const hasPrivateParts = (text: string): boolean =>
    [' #', '\n#', '\t#', '{#', ';#', '}#'].some((beginning) => text.includes(beginning));

  /** Text of the class of an instance that keeps its parts in private fields: only the inspector shows them. */
  const privateClassOf = (value: Foreign): string | null => {
    const constructor = dataOf(Object.getPrototypeOf(value) ?? {}, 'constructor');
    if (typeof constructor !== 'function') return null;
    let text = privateClasses.get(constructor);
    if (text === undefined) {
      const source = Function.prototype.toString.call(constructor);
      text = source.startsWith('class') && hasPrivateParts(source) ? source : null;
      privateClasses.set(constructor, text);
    }
    return text;
  };

  const look = (value: Foreign, depth: number): void => {
    if (ArrayBuffer.isView(value) || types.isProxy(value) || types.isAnyArrayBuffer(value)) return;
    offer(value);
    if (typeof value === 'function') layAside(value, Function.prototype.toString.call(value));
    else if (recognise(value)) return;
    if (depth >= MAX_DEPTH) return;
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length && at < MAX_PER_LIST; at++)
        push(dataOf(value, String(at)), depth + 1);
      return;
    }
    if (types.isMap(value) || types.isSet(value)) {
      let left = MAX_PER_LIST;
      for (const item of value.values()) {
        if (left-- === 0) break;
        push(item, depth + 1);
      }
      return;
    }
    if (value instanceof WeakRef) return push(value.deref(), depth + 1);
    const names = listsAll || !isPlain(value) ? Reflect.ownKeys(value) : LIKELY_NAMES;
    if (names.length > 300) return;
    for (const name of names) {
      const inner = dataOf(value, name);
      // Listeners lie in an object without prototype, which is small whatever else is large.
      if (name === '_events' && inner && !listsAll)
        for (const key of Reflect.ownKeys(inner)) push(dataOf(inner, key), depth + 1);
      else push(inner, depth + 1);
    }
    const privateClass = typeof value === 'object' && !isPlain(value) ? privateClassOf(value) : null;
    if (privateClass !== null) layAside(value, privateClass);
  };

  /** Where a handle leads: `out 10.0.0.5:5432`, `server`, or null for what can hold no pool. */
  const placeOf = (handle: Foreign): string | null => {
    if (handle === null || typeof handle !== 'object') return null;
    if (typeof handle.listen === 'function' && typeof handle.getConnections === 'function') {
      return `server ${handle._connectionKey}`;
    }
    if (typeof handle.write !== 'function' || handle.server) return null;
    // Unix sockets have no remote address, but standard output has none either: those are told by their descriptor.
    if (handle.remoteAddress) return `out ${handle.remoteAddress}:${handle.remotePort}`;
    return handle.connecting === false && handle._handle?.constructor?.name === 'Pipe' && !(handle.fd >= 0)
      ? 'out pipe'
      : null;
  };

  const roots = (): Map<string, Foreign[]> => {
    const places = new Map<string, Foreign[]>();
    // @ts-expect-error -- kept by Node for the debugger's sake, and undocumented
    for (const handle of process._getActiveHandles()) {
      const place = placeOf(handle);
      if (place === null || (!places.has(place) && places.size >= MAX_PLACES)) continue;
      const handles = places.get(place) ?? [];
      if (handles.length < SOCKETS_PER_PLACE) handles.push(handle);
      places.set(place, handles);
    }
    return places;
  };

  /** By the port: pools are made with the name of a host, connections know its address. */
  const isExplained = (place: string): boolean => {
    const port = place.slice(place.lastIndexOf(':') + 1);
    return pools.some(({ ref, shape }) => {
      const pool = ref.deref();
      try {
        return pool !== undefined && shape.name(pool).split(':').includes(port);
      } catch {
        // A pool that is being torn down.
        return false;
      }
    });
  };

  const progress = (sinceMs: number): SearchProgress => ({
    queued: visited >= MAX_VISITED ? 0 : queue.length - next,
    toOpen: toOpen.length,
    visited,
    found: pools.length,
    spentMs: performance.now() - sinceMs,
  });

  const end = (): void => {
    seen = new WeakSet();
    opened = new Map();
    queue = [];
    next = 0;
    toOpen = [];
    visited = 0;
  };

  return {
    pools,
    end,
    begin() {
      const startedMs = performance.now();
      end();
      const large = getHeapSpaceStatistics().find(
        (space: Foreign) => space.space_name === 'large_object_space',
      );
      listsAll = (large?.space_used_size ?? 0) < LARGE_OBJECTS_BYTES;
      for (const [place, handles] of roots()) {
        searchesFrom.set(place, (searchesFrom.get(place) ?? 0) + 1);
        for (const handle of handles) {
          startedFrom.add(handle);
          push(handle, 0);
        }
      }
      // What a service closes before it ends is what it holds open: its workers, its databases.
      for (const signal of ['SIGTERM', 'SIGINT']) {
        for (const listener of process.listeners(signal as NodeJS.Signals)) push(listener, 0);
      }
      for (const module of ['http', 'https']) {
        // Loading a module that the service does not use would cost it milliseconds.
        if (loadedModules.includes(`NativeModule ${module}`)) push(load(module).globalAgent, 0);
      }
      push((globalThis as Foreign)[Symbol.for('undici.globalDispatcher.1')], 0);
      return progress(startedMs);
    },
    advance(budgetMs) {
      const startedMs = performance.now();
      const stopMs = startedMs + budgetMs;
      while (next < queue.length && visited < MAX_VISITED && performance.now() < stopMs) {
        const [value, depth] = queue[next++]!;
        visited++;
        look(value, depth);
      }
      if (next === queue.length) {
        queue = [];
        next = 0;
      }
      return progress(startedMs);
    },
    nextToOpen: (count) => toOpen.splice(0, count),
    consider(...values) {
      const startedMs = performance.now();
      for (const value of values) push(value, 1);
      return progress(startedMs);
    },
    enter(...scopes) {
      const startedMs = performance.now();
      for (const { object: variables } of scopes) {
        const names = Reflect.ownKeys(variables);
        // The scope of a module of Node itself: its helpers stand in it, and no pool of the application.
        if (names.some((name) => NODE_NAMES.some((beginning) => String(name).startsWith(beginning))))
          continue;
        for (const name of names) {
          try {
            push(variables[name], 1);
          } catch {
            // A variable that is not initialised yet.
          }
        }
      }
      return progress(startedMs);
    },
    notice: recognise,
    hasUnexplained() {
      for (const [place, handles] of roots()) {
        if (!place.startsWith('out ') || (searchesFrom.get(place) ?? 0) >= SEARCHES_PER_PLACE) continue;
        if (handles.some((handle) => !startedFrom.has(handle)) && !isExplained(place)) return true;
      }
      return false;
    },
  };
}
