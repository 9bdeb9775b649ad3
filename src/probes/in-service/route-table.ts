/**
 * Which route a request belongs to, at the price of one comparison with the URL seen last at the same place. This text
 * runs inside the service.
 *
 *   GET /users/42?full=1  ->  entry of "/users/42"  ->  id of "GET /users/:id", or of Express' own "/users/:user"
 *
 * Everything is bounded: entries by two generations of a cache, routes by a table whose overflow is one route. A
 * service with a hundred thousand distinct paths costs a fold for each request and no memory.
 */
import type { createRoutePlaces, Route } from './route-places.ts';

export interface RouteTable {
  entryOf(method: string, url: string): RouteEntry;
  /**
   * The framework matched this pattern: `owner` is what the next request will be recognised by. The first
   * `foldedParts` parts of it come from the URL: where a router is mounted.
   */
  match(entry: RouteEntry, owner: unknown, pattern: string, foldedParts: number): void;
  /** The route id of a request that is being answered. */
  idOf(entry: RouteEntry, statusCode: number): number;
  /** The best name known now, for a request that is not answered yet. */
  nameOf(entry: RouteEntry): string;
  /** By route id. */
  readonly routes: readonly Route[];
}

/** One path with one method. Other methods of the path hang on it. */
export interface RouteEntry {
  readonly method: string;
  readonly path: string;
  folded: string | null;
  foldedId: number;
  matched: unknown;
  matchedId: number;
  /** Route that this path looks like, and how many routes were known then. */
  alikeId: number;
  alikeAmong: number;
  /** Ids are valid in one epoch only. */
  epoch: number;
  otherMethod: RouteEntry | null;
}

export interface RouteTableDependencies {
  readonly foldPath: (path: string) => string;
  readonly createRoutePlaces: typeof createRoutePlaces;
  readonly otherRoute: string;
  readonly unknownRoute: string;
  readonly maxRoutes: number;
  /** Requests of a route since it has its id. */
  readonly hitsOf: (id: number) => number;
  /** What was counted for `from` belongs to `to`; `from` will be given to another route. */
  readonly onMerged: (from: number, to: number) => void;
}

export function createRouteTable(dependencies: RouteTableDependencies): RouteTable {
  const { foldPath, maxRoutes, hitsOf, onMerged } = dependencies;
  const MAX_CACHED_PATHS = 1024;
  // Longer URLs would make the bounded cache large by their mere length.
  const MAX_CACHED_URL_LENGTH = 512;
  const MAX_PATTERN_LENGTH = 200;
  const RECENT_PLACES = 256;
  const OTHER = 0;
  const UNKNOWN = 1;
  const fixed = (pattern: string): Route => ({ method: '', pattern, foldedParts: 0, isMatched: false });
  const routes: Route[] = [fixed(dependencies.otherRoute), fixed(dependencies.unknownRoute)];
  const freeIds: number[] = [];
  const ids = new Map<string, number>();
  const places = dependencies.createRoutePlaces();
  let young = new Map<string, RouteEntry>();
  let old = new Map<string, RouteEntry>();
  const recentUrls: string[] = Array.from({ length: RECENT_PLACES }, () => '');
  const recentEntries: (RouteEntry | null)[] = Array.from({ length: RECENT_PLACES }, () => null);
  let epoch = 0;
  let matchedRoutes = 0;

  const keyOf = (method: string, pattern: string): string => `${method} ${pattern}`;

  /** A place of the path has turned out to hold values: routes that differ in it only are one route from now on. */
  const mergeRoutes = (): void => {
    epoch++;
    for (let id = UNKNOWN + 1; id < routes.length; id++) {
      const route = routes[id]!;
      const pattern = places.place(route.pattern, route.foldedParts);
      if (pattern === route.pattern) continue;
      ids.delete(keyOf(route.method, route.pattern));
      const merged = { ...route, pattern };
      const into = ids.get(keyOf(route.method, pattern));
      if (into === undefined) {
        routes[id] = merged;
        ids.set(keyOf(route.method, pattern), id);
      } else {
        onMerged(id, into);
        routes[id] = fixed('');
        freeIds.push(id);
      }
    }
  };

  const takeId = (key: string, route: Route): number => {
    if (freeIds.length === 0 && routes.length >= maxRoutes + 2) return OTHER;
    const id = freeIds.pop() ?? routes.length;
    routes[id] = route;
    ids.set(key, id);
    if (route.isMatched) matchedRoutes++;
    return id;
  };

  const idFor = (method: string, pattern: string, foldedParts: number, isMatched: boolean): number => {
    const placed = places.place(pattern, foldedParts);
    const key = keyOf(method, placed);
    const known = ids.get(key);
    const route = { method, pattern: placed, foldedParts, isMatched };
    if (known === undefined) {
      if (!places.notice(route, routes, hitsOf)) return takeId(key, route);
      mergeRoutes();
      return idFor(method, pattern, foldedParts, isMatched);
    }
    // A framework's own pattern is not what a URL was folded to, even where both read the same.
    if (isMatched && !routes[known]!.isMatched) {
      routes[known] = route;
      matchedRoutes++;
    }
    return known;
  };

  const createEntry = (method: string, path: string): RouteEntry => ({
    method,
    path,
    folded: null,
    foldedId: -1,
    matched: null,
    matchedId: -1,
    alikeId: -1,
    alikeAmong: -1,
    epoch,
    otherMethod: null,
  });

  const remember = (path: string, entry: RouteEntry): void => {
    if (young.size >= MAX_CACHED_PATHS) {
      old = young;
      young = new Map();
    }
    young.set(path, entry);
  };

  const refresh = (entry: RouteEntry): void => {
    entry.foldedId = -1;
    entry.matched = null;
    entry.matchedId = -1;
    entry.alikeAmong = -1;
    entry.epoch = epoch;
  };

  const foldedOf = (entry: RouteEntry): string => {
    entry.folded ??= foldPath(entry.path).slice(0, MAX_PATTERN_LENGTH);
    return places.place(entry.folded, Infinity);
  };

  /** The framework's pattern that a path not answered yet looks like, so that it does not go by two names. */
  const alikeOf = (entry: RouteEntry): number => {
    if (entry.alikeAmong !== matchedRoutes) {
      entry.alikeAmong = matchedRoutes;
      entry.alikeId = places.selectAlike(entry.method, entry.path, routes);
    }
    return entry.alikeId;
  };

  const findEntry = (method: string, path: string, isCached: boolean): RouteEntry => {
    let entry = young.get(path);
    if (entry === undefined) {
      entry = old.get(path) ?? createEntry(method, path);
      if (isCached) remember(path, entry);
    }
    while (entry.method !== method) {
      entry.otherMethod ??= createEntry(method, path);
      entry = entry.otherMethod;
    }
    return entry;
  };

  return {
    routes,
    entryOf(method, url) {
      const { length } = url;
      // A URL is a new string for each request: comparing it is cheaper than hashing it for a map.
      const place = (length * 31 + url.charCodeAt(length - 1)) & (RECENT_PLACES - 1);
      const recent = recentEntries[place];
      if (recent && recentUrls[place] === url && recent.method === method) return recent;
      const query = url.indexOf('?');
      const isCached = length <= MAX_CACHED_URL_LENGTH;
      const entry = findEntry(method, query < 0 ? url : url.slice(0, query), isCached);
      if (isCached) {
        recentUrls[place] = url;
        recentEntries[place] = entry;
      }
      return entry;
    },
    match(entry, owner, pattern, foldedParts) {
      entry.matchedId = idFor(entry.method, pattern.slice(0, MAX_PATTERN_LENGTH), foldedParts, true);
      entry.matched = owner;
      entry.epoch = epoch;
    },
    idOf(entry, statusCode) {
      if (entry.epoch !== epoch) refresh(entry);
      if (entry.matchedId >= 0) return entry.matchedId;
      if (entry.foldedId >= 0) return entry.foldedId;
      const { method } = entry;
      const pattern = foldedOf(entry);
      if (statusCode === 404) return ids.get(keyOf(method, pattern)) ?? UNKNOWN;
      entry.foldedId = idFor(method, pattern, Infinity, false);
      entry.epoch = epoch;
      return entry.foldedId;
    },
    nameOf(entry) {
      if (entry.epoch !== epoch) refresh(entry);
      const id = entry.matchedId >= 0 ? entry.matchedId : entry.foldedId;
      if (id === OTHER) return routes[OTHER]!.pattern;
      const known = entry.matchedId > UNKNOWN ? entry.matchedId : alikeOf(entry);
      return keyOf(entry.method, known > UNKNOWN ? routes[known]!.pattern : foldedOf(entry));
    },
  };
}
