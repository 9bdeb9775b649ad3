/**
 * Which route a request belongs to, at the price of one lookup by its path. This text runs inside the service.
 *
 *   GET /users/42?full=1  ->  entry of "/users/42"  ->  id of "GET /users/:id", or of Express' own "/users/:user"
 *
 * Everything is bounded: entries by two generations of a cache, routes by a table whose overflow is one route. A
 * service with a hundred thousand distinct paths costs a fold for each request and no memory.
 */

export interface RouteTable {
  entryOf(method: string, url: string): RouteEntry;
  /** The framework matched this pattern: `owner` is what the next request will be recognised by. */
  match(entry: RouteEntry, owner: unknown, pattern: string): void;
  /** The route id of a request that is being answered. */
  idOf(entry: RouteEntry, statusCode: number): number;
  /** The best name known now, for a request that is not answered yet. */
  nameOf(entry: RouteEntry): string;
  /** By route id. */
  readonly methods: readonly string[];
  readonly patterns: readonly string[];
}

/** One path with one method. Other methods of the path hang on it. */
export interface RouteEntry {
  readonly method: string;
  readonly path: string;
  folded: string | null;
  foldedId: number;
  matched: unknown;
  matchedId: number;
  otherMethod: RouteEntry | null;
}

export interface RouteTableDependencies {
  readonly foldPath: (path: string) => string;
  readonly otherRoute: string;
  readonly unknownRoute: string;
  readonly maxRoutes: number;
}

export function createRouteTable(dependencies: RouteTableDependencies): RouteTable {
  const { foldPath, maxRoutes } = dependencies;
  const MAX_CACHED_PATHS = 1024;
  // Longer URLs would make the bounded cache large by their mere length.
  const MAX_CACHED_URL_LENGTH = 512;
  const MAX_PATTERN_LENGTH = 200;
  const OTHER = 0;
  const UNKNOWN = 1;
  const methods = ['', ''];
  const patterns = [dependencies.otherRoute, dependencies.unknownRoute];
  const ids = new Map<string, number>();
  let young = new Map<string, RouteEntry>();
  let old = new Map<string, RouteEntry>();

  const idFor = (method: string, pattern: string): number => {
    const key = `${method} ${pattern}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    if (patterns.length >= maxRoutes + 2) return OTHER;
    ids.set(key, patterns.length);
    methods.push(method);
    return patterns.push(pattern) - 1;
  };

  const createEntry = (method: string, path: string): RouteEntry => ({
    method,
    path,
    folded: null,
    foldedId: -1,
    matched: null,
    matchedId: -1,
    otherMethod: null,
  });

  const remember = (path: string, entry: RouteEntry): void => {
    if (young.size >= MAX_CACHED_PATHS) {
      old = young;
      young = new Map();
    }
    young.set(path, entry);
  };

  const foldedOf = (entry: RouteEntry): string =>
    (entry.folded ??= foldPath(entry.path).slice(0, MAX_PATTERN_LENGTH));

  return {
    methods,
    patterns,
    entryOf(method, url) {
      const query = url.indexOf('?');
      const path = query < 0 ? url : url.slice(0, query);
      let entry = young.get(path);
      if (entry === undefined) {
        entry = old.get(path) ?? createEntry(method, path);
        if (url.length <= MAX_CACHED_URL_LENGTH) remember(path, entry);
      }
      while (entry.method !== method) {
        if (entry.otherMethod === null) {
          entry.otherMethod = createEntry(method, path);
          return entry.otherMethod;
        }
        entry = entry.otherMethod;
      }
      return entry;
    },
    match(entry, owner, pattern) {
      entry.matched = owner;
      entry.matchedId = idFor(entry.method, pattern.slice(0, MAX_PATTERN_LENGTH));
    },
    idOf(entry, statusCode) {
      if (entry.matchedId >= 0) return entry.matchedId;
      if (entry.foldedId >= 0) return entry.foldedId;
      const folded = foldedOf(entry);
      if (statusCode === 404) return ids.get(`${entry.method} ${folded}`) ?? UNKNOWN;
      entry.foldedId = idFor(entry.method, folded);
      return entry.foldedId;
    },
    nameOf(entry) {
      if (entry.matchedId >= 2) return `${entry.method} ${patterns[entry.matchedId]}`;
      if (entry.foldedId === OTHER || entry.matchedId === OTHER) return patterns[OTHER]!;
      return `${entry.method} ${foldedOf(entry)}`;
    },
  };
}
