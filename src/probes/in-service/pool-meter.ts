/** Everything about pools that lives in the service: their classes, the search, and a watch on each pool it found. */
import type { FoundPool, PoolSearch } from './pool-search.ts';
import type { LibraryClasses } from './library-classes.ts';
import type { PoolWatch, PoolWatchDependencies, WatchReading } from './pool-watch.ts';
import type { PoolCounts } from './pool-shapes.ts';
import type { QueryTakers } from './query-takers.ts';

export interface WirePool extends PoolCounts, WatchReading {
  readonly id: string;
  readonly driver: string;
  readonly name: string;
}

export interface WirePools {
  readonly nowMs: number;
  readonly pools: readonly WirePool[];
}

export interface PoolMeter {
  readonly search: PoolSearch;
  readonly classes: LibraryClasses;
  read(): WirePools;
  remove(): void;
}

export interface PoolMeterDependencies {
  readonly search: PoolSearch;
  readonly classes: LibraryClasses;
  readonly takers: QueryTakers;
  readonly createWatch: (dependencies: PoolWatchDependencies) => PoolWatch;
  readonly nowMs: () => number;
  readonly currentRoute: () => string | null;
  readonly openRoutes: () => readonly string[];
}

export function createPoolMeter(dependencies: PoolMeterDependencies): PoolMeter {
  /** More holders than this say nothing new of a pool. */
  const MOST_HOLDERS = 5;
  const { search, classes, takers, createWatch, ...others } = dependencies;
  const surroundings = { ...others, currentTaker: takers.current, takerOf: takers.of };
  const { nowMs } = surroundings;
  /** A driver may be loaded with its first use; readings come twice a second. */
  const LOOK_EVERY = 10;
  let readings = 0;
  const watches = new Map<string, PoolWatch>();

  const readPool = ({ id, shape, ref }: FoundPool): WirePool | null => {
    const pool = ref.deref();
    if (pool === undefined) {
      watches.delete(id);
      return null;
    }
    try {
      const watch = watches.get(id) ?? createWatch({ pool, shape, ...surroundings });
      watches.set(id, watch);
      const driver = shape.usedBy?.(pool) ?? shape.driver;
      return {
        id,
        driver,
        name: shape.name(pool),
        ...shape.counts(pool),
        ...watch.read(nowMs(), MOST_HOLDERS),
      };
    } catch {
      // A pool that is being torn down, or one that only looked like one.
      return null;
    }
  };

  const look = (): void => {
    classes.look();
    takers.look();
  };

  look();
  return {
    search,
    classes,
    read() {
      const atMs = nowMs();
      if (++readings % LOOK_EVERY === 0) look();
      const pools = search.pools.map(readPool).filter((pool) => pool !== null);
      return { nowMs: atMs, pools };
    },
    remove() {
      for (const watch of watches.values()) watch.unwatch();
      watches.clear();
      classes.remove();
      takers.remove();
      search.end();
    },
  };
}
