/** The pool meter as an extension of the probe: its text, and where it answers. */
import { createPoolClasses } from './in-service/pool-classes.ts';
import { createPoolMeter } from './in-service/pool-meter.ts';
import { createPoolSearch } from './in-service/pool-search.ts';
import { createPoolShapes } from './in-service/pool-shapes.ts';
import { createPoolWatch } from './in-service/pool-watch.ts';
import { createQueryTakers } from './in-service/query-takers.ts';
import { createStandIns } from './in-service/stand-in.ts';
import { extensionExpression } from './extension.ts';

export const POOLS = 'pools';

/** Text of a function of an `ExtensionHost`: put together from functions that use nothing from outside themselves. */
export const POOL_METER_TEXT = `(host) => {
  const { nowMs, builtin, extensions, requests } = host;
  const shapes = (${String(createPoolShapes)})();
  const offer = (value) => extensions.jobs?.offer(value);
  const search = (${String(createPoolSearch)})({ shapes, load: builtin, offer });
  const cache = builtin('module')._cache;
  const createStandIns = ${String(createStandIns)};
  const classes = (${String(createPoolClasses)})({ cache, standIns: createStandIns(), notice: search.notice });
  const takers = (${String(createQueryTakers)})({ cache, standIns: createStandIns(), nowMs });
  const currentRoute = () => extensions.context?.currentRoute() ?? null;
  const openRoutes = () => requests.namesInFlight(5);
  const createWatch = ${String(createPoolWatch)};
  return (${String(createPoolMeter)})({ search, classes, takers, createWatch, nowMs, currentRoute, openRoutes });
}`;

export const POOL_SEARCH_EXPRESSION = `${extensionExpression(POOLS)}?.search`;
/** Whether pools that are in use tell of themselves, without a search. */
export const POOLS_TELL_EXPRESSION = `${extensionExpression(POOLS)}?.classes.followed()`;
