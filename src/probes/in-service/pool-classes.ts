/**
 * Pools that show themselves as they are used: their classes lie among the loaded CommonJS modules, and each call
 * of the method that hands out connections names its pool. This text runs inside the service.
 *
 *   module cache: node_modules/pg-pool/index.js -> Pool.prototype.connect passes by us -> `this` is a pool
 *
 * Without it a pool whose connections are all out stays unseen: nothing leads from such a connection back to it.
 * An import of a CommonJS package from an ES module lies there as well; a bundle does not.
 */
import type { Foreign } from './pool-shapes.ts';
import type { StandIns } from './stand-in.ts';

export interface PoolClasses {
  /** Follows the classes of modules that were loaded since the look before. */
  look(): void;
  /** Whether any class is followed: then what is in use tells of itself. */
  followed(): boolean;
  remove(): void;
}

export interface PoolClassesDependencies {
  /** The modules that CommonJS has loaded, by file; missing where Node does not show them. */
  readonly cache:
    | Readonly<Record<string, { readonly exports?: Foreign; readonly loaded?: boolean }>>
    | undefined;
  readonly standIns: StandIns;
  /** Given each pool again and again, as it is used. */
  readonly notice: (pool: Foreign) => void;
}

export function createPoolClasses({ cache, standIns, notice }: PoolClassesDependencies): PoolClasses {
  const LIBRARIES = [
    { packages: ['pg-pool'], take: 'connect', marks: ['_pulseQueue', 'newClient'] },
    { packages: ['tarn'], take: 'acquire', marks: ['numUsed', 'numPendingAcquires'] },
    { packages: ['generic-pool'], take: 'acquire', marks: ['_dispense', '_createResource'] },
    { packages: ['sequelize-pool'], take: 'acquire', marks: ['_dispense', '_ensureMinimum'] },
    { packages: ['mysql2', 'mysql'], take: 'getConnection', marks: ['releaseConnection', 'end'] },
    { packages: ['mariadb'], take: 'getConnection', marks: ['activeConnections', 'taskQueueSize'] },
    { packages: ['mongodb'], take: 'checkOut', marks: ['checkIn', 'availableConnectionCount'] },
    { packages: ['ioredis'], take: 'sendCommand', marks: ['duplicate', 'disconnect'] },
  ] as const;
  const seen = new Set<string>();
  const owners = new WeakSet();
  let isActive = true;
  let count = 0;

  const follow = (exported: Foreign, { take, marks }: (typeof LIBRARIES)[number]): void => {
    if (typeof exported !== 'function') return;
    const prototype = Object.getOwnPropertyDescriptor(exported, 'prototype')?.value;
    if (prototype === null || typeof prototype !== 'object') return;
    if (!marks.every((mark) => mark in prototype)) return;
    let owner = prototype;
    while (owner !== null && !Object.hasOwn(owner, take)) owner = Object.getPrototypeOf(owner);
    if (owner === null || owners.has(owner)) return;
    owners.add(owner);
    const isFollowed = standIns.standInFor(
      owner,
      take,
      (passedOn) =>
        function (this: Foreign, ...args: Foreign[]): Foreign {
          if (isActive) notice(this);
          return Reflect.apply(passedOn.original, this, args);
        },
    );
    if (isFollowed) count++;
  };

  const followExports = (exported: Foreign, library: (typeof LIBRARIES)[number]): void => {
    follow(exported, library);
    if (exported === null || (typeof exported !== 'object' && typeof exported !== 'function')) return;
    for (const name of Object.getOwnPropertyNames(exported)) {
      follow(Object.getOwnPropertyDescriptor(exported, name)?.value, library);
    }
  };

  return {
    look() {
      for (const file of Object.keys(cache ?? {})) {
        if (seen.has(file) || cache![file]?.loaded === false) continue;
        seen.add(file);
        const path = file.split('\\').join('/');
        const library = LIBRARIES.find(({ packages }) =>
          packages.some((name) => path.includes(`/node_modules/${name}/`)),
        );
        try {
          if (library !== undefined) followExports(cache![file]?.exports, library);
        } catch {
          // A module that does not want to be looked at, or is one of another make than those we know.
        }
      }
    },
    followed: () => count > 0,
    remove() {
      isActive = false;
      standIns.removeAll();
    },
  };
}
