/**
 * Which places of a path hold values and not names, told by how many different ones come. This text runs inside the
 * service.
 *
 *   /accounts/ada/login, /accounts/bob/login, … 21 of them, most seen once   ->  /accounts/:value/login
 *   /api/users, /api/orders, … 25 of them, each seen again and again         ->  as they are
 */

/** A route with an id. */
export interface Route {
  readonly method: string;
  readonly pattern: string;
  /** So many of its first parts come from a URL, the rest from the framework. */
  readonly foldedParts: number;
  readonly isMatched: boolean;
}

export interface RoutePlaces {
  /** The pattern with the values of its folded parts taken out. */
  place(pattern: string, foldedParts: number): string;
  /** A route that has no id yet; true when one of its places is known to hold values from now on. */
  notice(route: Route, routes: readonly Route[], hitsOf: (id: number) => number): boolean;
  /** The id of the framework's route that a path looks like, -1 when there is none. */
  selectAlike(method: string, path: string, routes: readonly Route[]): number;
}

export function createRoutePlaces(): RoutePlaces {
  // An API of twenty resources side by side is common, so from there on it counts whether they come again.
  const MAX_NAMES = 20;
  // More than this side by side are values, even if each comes often.
  const MAX_FREQUENT_NAMES = 32;
  // Good and Turing: the share of requests whose value was seen but once is the chance that the next one is new.
  const CHANCE_OF_NEW = 0.6;
  // Each holds twenty values; a service with more such places has its routes in the table's overflow.
  const MAX_PLACES = 64;
  const VALUE = ':value';
  /** What stands before a place that holds values: `/accounts/`. */
  const before = new Set<string>();

  const place = (pattern: string, foldedParts: number): string => {
    if (before.size === 0 || foldedParts === 0) return pattern;
    const parts = pattern.split('/');
    let placed = parts[0]!;
    for (let i = 1; i < parts.length; i++) {
      placed += '/';
      placed += parts[i] !== '' && i <= foldedParts && before.has(placed) ? VALUE : parts[i]!;
    }
    return placed;
  };

  /** Requests by the part that follows `start`; the one that is new has come once. */
  const countValues = (
    start: string,
    value: string,
    routes: readonly Route[],
    hitsOf: (id: number) => number,
  ): Map<string, number> => {
    const counts = new Map([[value, 1]]);
    const part = start.split('/').length - 1;
    for (const [id, { pattern, foldedParts }] of routes.entries()) {
      if (part > foldedParts || !pattern.startsWith(start)) continue;
      const end = pattern.indexOf('/', start.length);
      const other = pattern.slice(start.length, end < 0 ? pattern.length : end);
      if (other !== '') counts.set(other, (counts.get(other) ?? 0) + hitsOf(id));
    }
    return counts;
  };

  const areValues = (counts: ReadonlyMap<string, number>): boolean => {
    if (counts.size <= MAX_NAMES) return false;
    if (counts.size > MAX_FREQUENT_NAMES) return true;
    const all = [...counts.values()];
    const total = all.reduce((sum, count) => sum + count, 0);
    return all.filter((count) => count <= 1).length / total > CHANCE_OF_NEW;
  };

  /** Hapi writes `{user}`. */
  const isParameter = (part: string): boolean => part.includes(':') || part.startsWith('{');
  const isAlike = (pattern: readonly string[], path: readonly string[]): boolean =>
    pattern.length === path.length &&
    pattern.every((part, i) => part === path[i] || (isParameter(part) && path[i] !== ''));

  return {
    place,
    notice({ pattern, foldedParts }, routes, hitsOf) {
      const parts = pattern.split('/');
      let start = '';
      for (let i = 1; i < parts.length && i <= foldedParts && before.size < MAX_PLACES; i++) {
        start += `${parts[i - 1]!}/`;
        const value = parts[i]!;
        if (value === '' || value === VALUE) continue;
        if (!areValues(countValues(start, value, routes, hitsOf))) continue;
        before.add(start);
        return true;
      }
      return false;
    },
    selectAlike(method, path, routes) {
      const parts = path.split('/');
      let best = -1;
      let fewestValues = Infinity;
      for (const [id, route] of routes.entries()) {
        if (!route.isMatched || route.method !== method) continue;
        const pattern = route.pattern.split('/');
        const values = pattern.filter(isParameter).length;
        if (values < fewestValues && isAlike(pattern, parts)) {
          best = id;
          fewestValues = values;
        }
      }
      return best;
    },
  };
}
