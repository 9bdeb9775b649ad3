/**
 * One name for each route. A request that has only begun may be known by its path alone; once one of its kind has
 * been answered, the framework's own pattern is known.
 *
 *   answered: POST /accounts/:user/login    begun: POST /accounts/ada/login    -> POST /accounts/:user/login
 */

/** What stands for a value in a pattern; Hapi writes `{user}`. */
const PARAMETER = /[:*{]/;

/** Names a route by the pattern that it fits among those of answered requests; any other stays as it is. */
export function createRouteNames(answered: readonly string[]): (route: string) => string {
  const known = new Set(answered);
  const patterns = answered.filter((route) => PARAMETER.test(route)).map(segmentsOf);
  const names = new Map<string, string>();
  return (route) => {
    if (known.has(route)) return route;
    const seen = names.get(route);
    if (seen !== undefined) return seen;
    const segments = segmentsOf(route);
    const pattern = patterns.find((each) => fits(segments, each));
    const name = pattern === undefined ? route : pattern.join('/');
    names.set(route, name);
    return name;
  };
}

/** `GET /a/:id` -> `GET `, `a`, `:id`: the method stands before the first slash. */
const segmentsOf = (route: string): readonly string[] => route.split('/');

function fits(path: readonly string[], pattern: readonly string[]): boolean {
  return (
    path.length === pattern.length &&
    pattern.every((segment, index) => segment === path[index] || PARAMETER.test(segment))
  );
}
