/**
 * How the pools of each driver look from inside: what marks one, what it counts, and through which of its methods
 * connections are taken and given back. This text runs inside the service.
 *
 *   { _clients: [..10], _idle: [], _pendingQueue: [..42] }  ->  pg, max 10, 10 active, 42 waiting
 *
 * Marks are looked for with `in`, which runs no getter of the application; values are read only of an object that
 * has all marks of its kind.
 */
/* oxlint-disable no-underscore-dangle -- what drivers keep to themselves by that sign is what has to be read */

/** What a pool says of itself. `total` counts connections where the driver has no count of its own for a part. */
export interface PoolCounts {
  readonly max: number | null;
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
}

/** An object of the application; its shape is known only by what was looked for. */
// oxlint-disable-next-line typescript/no-explicit-any -- what an application puts together has no type here
export type Foreign = any;

export interface PoolShape {
  readonly driver: string;
  /** What uses the pool, where the driver is only a part of something that people know better. */
  usedBy?(pool: Foreign): string | null;
  matches(candidate: Foreign): boolean;
  /** `shop@db.internal:5432`, or the address alone, or `''`. */
  name(pool: Foreign): string;
  counts(pool: Foreign): PoolCounts;
  /** Connections that are out at this moment; null when the driver does not list them. */
  taken(pool: Foreign): Foreign[] | null;
  /** Method that hands out a connection, by callback or promise; null when the driver has no such moment. */
  readonly take: string | null;
  /** Methods of the pool that get a connection back as their first argument. */
  readonly giveBack: readonly string[];
  /** Whether each connection is given back through a `release` of its own, set anew each time it is taken. */
  readonly ownRelease: boolean;
  /** Whether the pool announces takes and returns by itself, as tarn does. */
  readonly announces: boolean;
}

/** Every shape, most used first. */
export function createPoolShapes(): PoolShape[] {
  const has = (candidate: Foreign, ...marks: string[]): boolean => marks.every((mark) => mark in candidate);
  const symbolNamed = (candidate: Foreign, description: string): Foreign => {
    for (let owner = candidate; owner !== null && owner !== undefined; owner = Object.getPrototypeOf(owner)) {
      const symbol = Object.getOwnPropertySymbols(owner).find((each) => each.description === description);
      if (symbol !== undefined) return candidate[symbol];
    }
    return undefined;
  };
  /** Endless limits are no limits. */
  const limit = (value: unknown): number | null =>
    typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : null;
  const listLength = (list: Foreign): number => list?.length ?? list?.size ?? 0;
  const listOf = (list: Foreign): Foreign[] => {
    if (list === null || list === undefined) return [];
    if (typeof list[Symbol.iterator] === 'function') return [...list];
    if (typeof list.toArray === 'function') return list.toArray();
    return typeof list.get === 'function'
      ? Array.from({ length: listLength(list) }, (_, at) => list.get(at))
      : [];
  };
  const address = (settings: Foreign): string => {
    if (settings === null || typeof settings !== 'object') return '';
    const host = settings.host ?? settings.hostname ?? settings.socketPath ?? settings.path ?? '';
    const at = settings.port ? `${host}:${settings.port}` : String(host);
    const database = settings.database ?? settings.db;
    return typeof database === 'string' && database !== '' ? `${database}@${at}` : at;
  };
  /** Where a pooled connection of an unknown driver leads to; its settings lie in one of these places. */
  const addressOfConnection = (connection: Foreign): string => {
    for (const place of [
      connection,
      connection?.connectionParameters,
      connection?.config,
      connection?.options,
      connection?.opts,
    ]) {
      const found = address(place);
      if (found !== '') return found;
    }
    return '';
  };
  /** Origin of an agent with the most requests waiting, then the most sockets; `''` when it has none. */
  const fullestOrigin = (agent: Foreign): string => {
    const load = (origin: string): number =>
      listLength(agent.requests[origin]) * 1e6 + listLength(agent.sockets[origin]);
    const lists = [agent.requests, agent.sockets, agent.freeSockets];
    const origins = lists.flatMap((list) => Object.keys(list)).slice(0, 100);
    return origins.reduce(
      (fullest, origin) => (load(origin) > load(fullest) ? origin : fullest),
      origins[0] ?? '',
    );
  };
  const busyClients = (undiciPool: Foreign): number =>
    symbolNamed(undiciPool, 'clients').filter((client: Foreign) => symbolNamed(client, 'running') > 0).length;
  const nothingAnnounced = { ownRelease: false, announces: false };
  const neverTaken = { take: null, giveBack: [], taken: () => null, ...nothingAnnounced };

  const shapes: PoolShape[] = [
    {
      driver: 'pg',
      matches: (o) => has(o, '_clients', '_idle', '_pendingQueue'),
      name: (o) => address(o.options) || addressOfConnection(o._clients[0]),
      counts: (o) => ({
        max: limit(o.options?.max),
        active: o._clients.length - o._idle.length,
        idle: o._idle.length,
        waiting: o._pendingQueue.length,
      }),
      taken: (o) => {
        const idle = new Set(o._idle.map((item: Foreign) => item.client ?? item));
        return o._clients.filter((client: Foreign) => !idle.has(client));
      },
      take: 'connect',
      giveBack: [],
      ownRelease: true,
      announces: false,
    },
    {
      // mysql2 and its forerunner mysql.
      driver: 'mysql2',
      matches: (o) => has(o, '_allConnections', '_freeConnections', '_connectionQueue'),
      name: (o) => address(o.config?.connectionConfig),
      counts: (o) => ({
        max: limit(o.config?.connectionLimit),
        active: listLength(o._allConnections) - listLength(o._freeConnections),
        idle: listLength(o._freeConnections),
        waiting: listLength(o._connectionQueue),
      }),
      taken: (o) => {
        const free = new Set(listOf(o._freeConnections));
        return listOf(o._allConnections).filter((connection) => !free.has(connection));
      },
      take: 'getConnection',
      giveBack: ['releaseConnection'],
      ...nothingAnnounced,
    },
    {
      // The inner pool; the one that applications hold keeps it in a private field.
      driver: 'mariadb',
      matches: (o) => has(o, 'opts', 'activeConnections', 'idleConnections', 'taskQueueSize'),
      name: (o) => address(o.opts.connOptions ?? o.opts),
      counts: (o) => ({
        max: limit(o.opts.connectionLimit),
        active: o.activeConnections(),
        idle: o.idleConnections(),
        waiting: o.taskQueueSize(),
      }),
      taken: () => null,
      take: 'getConnection',
      giveBack: ['release'],
      ...nothingAnnounced,
    },
    {
      driver: 'tarn',
      matches: (o) => has(o, 'numUsed', 'numPendingAcquires', 'numFree'),
      usedBy: (o) => ('__knexUid' in ((o.used?.[0] ?? o.free?.[0])?.resource ?? {}) ? 'knex' : null),
      name: (o) => addressOfConnection((o.used?.[0] ?? o.free?.[0])?.resource),
      counts: (o) => ({
        max: limit(o.max),
        active: o.numUsed(),
        idle: o.numFree(),
        waiting: o.numPendingAcquires(),
      }),
      taken: (o) => (o.used ?? []).map((item: Foreign) => item.resource),
      take: null,
      giveBack: [],
      ownRelease: false,
      announces: true,
    },
    {
      driver: 'sequelize',
      matches: (o) => has(o, '_inUseObjects', '_availableObjects', '_pendingAcquires'),
      name: (o) =>
        addressOfConnection([...listOf(o._inUseObjects), ...listOf(o._availableObjects)][0]?.resource),
      counts: (o) => ({
        max: limit(o._factory?.max ?? o.maxSize),
        active: listLength(o._inUseObjects),
        idle: listLength(o._availableObjects),
        waiting: listLength(o._pendingAcquires),
      }),
      taken: (o) => listOf(o._inUseObjects).map((item) => item.resource ?? item),
      take: 'acquire',
      giveBack: ['release', 'destroy'],
      ...nothingAnnounced,
    },
    {
      driver: 'generic-pool',
      matches: (o) => has(o, '_availableObjects', '_waitingClientsQueue', '_allObjects'),
      name: (o) => addressOfConnection(listOf(o._allObjects)[0]?.obj),
      counts: (o) => ({ max: limit(o.max), active: o.borrowed, idle: o.available, waiting: o.pending }),
      taken: (o) => [...(o._resourceLoans?.keys() ?? [])],
      take: 'acquire',
      giveBack: ['release', 'destroy'],
      ...nothingAnnounced,
    },
    {
      driver: 'mongodb',
      matches: (o) => has(o, 'checkOut', 'availableConnectionCount', 'waitQueueSize'),
      name: (o) => String(o.address ?? ''),
      counts: (o) => ({
        max: limit(o.options?.maxPoolSize),
        active: o.currentCheckedOutCount ?? listLength(o.checkedOut),
        idle: o.availableConnectionCount,
        waiting: o.waitQueueSize,
      }),
      taken: (o) => listOf(o.checkedOut),
      take: 'checkOut',
      giveBack: ['checkIn'],
      ...nothingAnnounced,
    },
    {
      driver: 'redis',
      matches: (o) => has(o, 'clientsInUse', 'idleClients', 'tasksQueueLength'),
      name: (o) => {
        const host = String(o.identity?.id ?? '').split('/', 1)[0] ?? '';
        return host.startsWith('unknown') ? '' : host;
      },
      counts: (o) => ({
        max: null,
        active: o.clientsInUse,
        idle: o.idleClients,
        waiting: o.tasksQueueLength,
      }),
      ...neverTaken,
    },
    {
      // One connection that all callers share: commands that were sent are not waiting, those held back are.
      driver: 'ioredis',
      matches: (o) => has(o, 'commandQueue', 'offlineQueue', 'status', 'options', 'sendCommand'),
      name: (o) => address(o.options),
      counts: (o) => ({
        max: null,
        active: listLength(o.commandQueue) > 0 ? 1 : 0,
        idle: listLength(o.commandQueue) > 0 ? 0 : 1,
        waiting: listLength(o.offlineQueue),
      }),
      ...neverTaken,
    },
    {
      driver: 'undici',
      matches: (o) => 'dispatch' in o && Array.isArray(symbolNamed(o, 'clients')),
      name: (o) => String(symbolNamed(o, 'url')?.origin ?? ''),
      counts: (o) => ({
        max: limit(symbolNamed(o, 'connections')),
        active: busyClients(o),
        idle: Math.max(0, (symbolNamed(o, 'connected') ?? 0) - busyClients(o)),
        waiting: symbolNamed(o, 'pending') ?? 0,
      }),
      ...neverTaken,
    },
    {
      // Its usual limit is one for each origin: the fullest origin speaks for all.
      driver: 'http.Agent',
      matches: (o) => has(o, 'freeSockets', 'sockets', 'requests', 'maxSockets', 'createConnection'),
      name: (o) => fullestOrigin(o),
      counts: (o) => {
        const origin = fullestOrigin(o);
        return {
          max: limit(o.maxSockets),
          active: listLength(o.sockets[origin]),
          idle: listLength(o.freeSockets[origin]),
          waiting: listLength(o.requests[origin]),
        };
      },
      ...neverTaken,
    },
  ];
  return shapes;
}
