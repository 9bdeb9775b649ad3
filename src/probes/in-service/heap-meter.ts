/** Garbage collections and memory. This text runs inside the service. */

export interface HeapMeter {
  /** One collection, as the performance observer tells it. */
  collected(type: number, startMs: number, durationMs: number): void;
  readCollections(): WireGc;
  /** Once a second, and after a full collection at once; null in between. */
  readMemory(nowMs: number): WireMemory | null;
}

export interface WireGc {
  /** type, start, duration, type, start, duration … */
  readonly collections: readonly number[];
  readonly dropped: number;
}

export interface WireMemory {
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly heapLimit: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly malloced: number;
  readonly liveAfterGc: number | null;
  /** When the collection of `liveAfterGc` ended. */
  readonly liveAt: number | null;
  readonly spaces: readonly (readonly [name: string, used: number, committed: number])[];
}

export interface HeapMeterDependencies {
  readonly v8: Pick<typeof import('node:v8'), 'getHeapStatistics' | 'getHeapSpaceStatistics'>;
  readonly arrayBuffersBytes: () => number;
}

export function createHeapMeter(dependencies: HeapMeterDependencies): HeapMeter {
  const { v8, arrayBuffersBytes } = dependencies;
  const MAX_COLLECTIONS_PER_WINDOW = 128;
  const MEMORY_EVERY_MS = 950;
  const MARK_COMPACT = 4;
  let collections: number[] = [];
  let dropped = 0;
  let liveAfterGc: number | null = null;
  let liveAt: number | null = null;
  let memoryReadMs = -Infinity;
  let toldLiveAt: number | null = null;

  return {
    collected(type, startMs, durationMs) {
      if (collections.length < MAX_COLLECTIONS_PER_WINDOW * 3) collections.push(type, startMs, durationMs);
      else dropped++;
      if (type !== MARK_COMPACT) return;
      liveAfterGc = v8.getHeapStatistics().used_heap_size;
      liveAt = startMs + durationMs;
    },
    readCollections() {
      const reading = { collections, dropped };
      collections = [];
      dropped = 0;
      return reading;
    },
    readMemory(nowMs) {
      if (nowMs - memoryReadMs < MEMORY_EVERY_MS && liveAt === toldLiveAt) return null;
      memoryReadMs = nowMs;
      toldLiveAt = liveAt;
      const heap = v8.getHeapStatistics();
      const spaces: [string, number, number][] = [];
      for (const space of v8.getHeapSpaceStatistics()) {
        // `space_size` is what is committed; V8 gives no other figure for it.
        spaces.push([space.space_name, space.space_used_size, space.space_size]);
      }
      return {
        heapUsed: heap.used_heap_size,
        heapTotal: heap.total_heap_size,
        heapLimit: heap.heap_size_limit,
        external: heap.external_memory,
        arrayBuffers: arrayBuffersBytes(),
        malloced: heap.malloced_memory,
        liveAfterGc,
        liveAt,
        spaces,
      };
    },
  };
}
