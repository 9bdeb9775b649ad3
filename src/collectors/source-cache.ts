/**
 * A cache of things that are loaded from the service's files, bounded by their size: the least recently used go
 * first. What could not be loaded is remembered, too, so that a missing file is looked for once.
 */

export interface SourceCache<T> {
  get(key: string): Promise<T | null>;
}

interface Entry<T> {
  readonly loaded: Promise<T | null>;
  size: number;
}

/**
 * @param load gives null for what is not there; must not reject
 * @param sizeOf weight of a loaded value, in the unit of `limit`; what is missing weighs 1
 */
export function createSourceCache<T>(
  load: (key: string) => Promise<T | null>,
  sizeOf: (value: T) => number,
  limit: number,
): SourceCache<T> {
  const entries = new Map<string, Entry<T>>();
  let total = 0;

  const evict = (kept: string): void => {
    for (const [key, entry] of entries) {
      if (total <= limit) return;
      if (key === kept) continue;
      entries.delete(key);
      total -= entry.size;
    }
  };

  const weigh = async (key: string, entry: Entry<T>): Promise<void> => {
    const value = await entry.loaded;
    if (entries.get(key) !== entry) return;
    entry.size = value === null ? 1 : sizeOf(value);
    total += entry.size;
    evict(key);
  };

  return {
    get(key) {
      const known = entries.get(key);
      if (known !== undefined) {
        entries.delete(key);
        entries.set(key, known);
        return known.loaded;
      }
      const entry = { loaded: load(key), size: 0 };
      entries.set(key, entry);
      void weigh(key, entry);
      return entry.loaded;
    },
  };
}
