/** The pool meter as an extension of the probe: its text, and where it answers. */
import { createLibraryClasses } from './in-service/library-classes.ts';
import type { FollowedMethod } from './in-service/library-classes.ts';
import { createPoolMeter } from './in-service/pool-meter.ts';
import { createPoolSearch } from './in-service/pool-search.ts';
import { createPoolShapes } from './in-service/pool-shapes.ts';
import { createPoolWatch } from './in-service/pool-watch.ts';
import { createQueryTakers } from './in-service/query-takers.ts';
import { createStandIns } from './in-service/stand-in.ts';
import { extensionExpression } from './extension.ts';

export const POOLS = 'pools';

/** What hands out connections: each call names its pool. */
const TAKING_METHODS: readonly FollowedMethod[] = [
  { packages: ['pg-pool'], method: 'connect', marks: ['_pulseQueue', 'newClient'] },
  { packages: ['tarn'], method: 'acquire', marks: ['numUsed', 'numPendingAcquires'] },
  { packages: ['generic-pool'], method: 'acquire', marks: ['_dispense', '_createResource'] },
  { packages: ['sequelize-pool'], method: 'acquire', marks: ['_dispense', '_ensureMinimum'] },
  { packages: ['mysql2', 'mysql'], method: 'getConnection', marks: ['releaseConnection', 'end'] },
  { packages: ['mariadb'], method: 'getConnection', marks: ['activeConnections', 'taskQueueSize'] },
  { packages: ['mongodb'], method: 'checkOut', marks: ['checkIn', 'availableConnectionCount'] },
  { packages: ['ioredis'], method: 'sendCommand', marks: ['duplicate', 'disconnect'] },
];

/** Text of a function of an `ExtensionHost`: put together from functions that use nothing from outside themselves. */
export const POOL_METER_TEXT = `(host) => {
  const { nowMs, builtin, extensions, requests } = host;
  const shapes = (${String(createPoolShapes)})();
  const offer = (value) => extensions.jobs?.offer(value);
  const search = (${String(createPoolSearch)})({ shapes, load: builtin, offer });
  const cache = builtin('module')._cache;
  const createStandIns = ${String(createStandIns)};
  const classes = (${String(createLibraryClasses)})({
    cache,
    standIns: createStandIns(),
    methods: ${JSON.stringify(TAKING_METHODS)},
    onCall: search.notice,
  });
  const takers = (${String(createQueryTakers)})({ cache, standIns: createStandIns(), nowMs });
  const currentRoute = () => extensions.context?.currentRoute() ?? null;
  const openRoutes = () => requests.namesInFlight(5);
  const createWatch = ${String(createPoolWatch)};
  return (${String(createPoolMeter)})({ search, classes, takers, createWatch, nowMs, currentRoute, openRoutes });
}`;

export const POOL_SEARCH_EXPRESSION = `${extensionExpression(POOLS)}?.search`;
/** Whether pools that are in use tell of themselves, without a search. */
export const POOLS_TELL_EXPRESSION = `${extensionExpression(POOLS)}?.classes.followed()`;
