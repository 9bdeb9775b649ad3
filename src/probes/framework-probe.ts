/** The frameworks' own routes as an extension of the probe: its text. */
import { createFrameworkRoutes } from './in-service/framework-routes.ts';
import { createLibraryClasses } from './in-service/library-classes.ts';
import type { FollowedMethod } from './in-service/library-classes.ts';
import { createStandIns } from './in-service/stand-in.ts';

export const FRAMEWORKS = 'frameworks';

/** Hapi's router is a package of its own. */
const MATCHING_METHODS: readonly FollowedMethod[] = [
  { packages: ['@koa/router', 'koa-router'], method: 'match', marks: ['allowedMethods', 'routes'] },
  { packages: ['@hapi/call'], method: 'route', marks: ['analyze', 'special'] },
];

/** Text of a function of an `ExtensionHost`. */
export const FRAMEWORK_ROUTES_TEXT = `({ builtin, routes }) => (${String(createFrameworkRoutes)})({
  routes,
  createClasses: ${String(createLibraryClasses)},
  cache: builtin('module')._cache,
  standIns: (${String(createStandIns)})(),
  methods: ${JSON.stringify(MATCHING_METHODS)},
})`;
