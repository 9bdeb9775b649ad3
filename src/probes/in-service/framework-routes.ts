/**
 * Patterns of frameworks that leave nothing of a route on the request: their routers are asked once for each request,
 * and we hear the answer. This text runs inside the service.
 *
 *   @koa/router: router.match('/files/7', 'GET') -> layer of '/files/:name'   ->  GET /files/7 is GET /files/:name
 *   @hapi/call:  router.route('get', '/teams/blue') -> route of '/teams/{team}'
 */
import type { createLibraryClasses, LibraryClassesDependencies } from './library-classes.ts';
import type { Foreign } from './pool-shapes.ts';
import type { ProbeExtension } from './installed-probe.ts';
import type { RouteTable } from './route-table.ts';

export interface FrameworkRoutesDependencies extends Pick<
  LibraryClassesDependencies,
  'cache' | 'standIns' | 'methods'
> {
  readonly routes: RouteTable;
  readonly createClasses: typeof createLibraryClasses;
}

export interface FrameworkRoutes extends ProbeExtension {
  /** Frameworks may be loaded later; there is nothing else to tell. */
  read(): null;
}

export function createFrameworkRoutes({
  routes,
  createClasses,
  ...modules
}: FrameworkRoutesDependencies): FrameworkRoutes {
  // A framework is loaded as the service starts; readings come twice a second.
  const LOOK_EVERY = 10;
  let readings = 0;

  const matched = (method: string, path: string, pattern: unknown): void => {
    if (typeof pattern !== 'string') return;
    const entry = routes.entryOf(method, path);
    if (entry.matched !== pattern) routes.match(entry, pattern, pattern, 0);
  };

  const onReturn = (args: readonly Foreign[], result: Foreign): void => {
    try {
      const layers = result.pathAndMethod;
      if (Array.isArray(layers)) {
        const [path, method] = args;
        // Middleware of the router stands before the route, and has no methods.
        const layer = layers.findLast((each: Foreign) => each.methods.length > 0);
        if (layer !== undefined) matched(method, path, layer.path);
      } else if (result.params !== undefined) {
        // Without parameters it is the answer to what has no route.
        const [method, path] = args;
        matched(method.toUpperCase(), path, result.route.path);
      }
    } catch {
      // Another version of the router: the path is as good.
    }
  };

  const classes = createClasses({ ...modules, onReturn });
  classes.look();
  return {
    read() {
      if (++readings % LOOK_EVERY === 0) classes.look();
      return null;
    },
    remove() {
      classes.remove();
    },
  };
}
