/**
 * What a service holds more than at a mark, without a collection: the old generation and what lies outside of the
 * heap. The young generation goes up and down with each request and says nothing, unless nothing was collected there
 * since the mark: then it holds all that was allocated.
 *
 *   heap 40 MB, 8 of them young -> (60 scavenges) -> heap 45 MB, 3 of them young: 10 MB more are held
 */
import type { MemoryReading } from '../probes/probe-reading.ts';

export interface HeldFigures {
  /** More than at the mark; some of it may be garbage. */
  readonly gainedBytes: number;
  /** At the last mark: right after a full collection what is held is alive. */
  readonly liveBytes: number;
  /** From one mark to the next; null before the second look. */
  readonly grownBytes: number | null;
}

export interface HeldMemory {
  /** @param type V8's number of the collection's kind */
  collected(type: number): void;
  read(memory: MemoryReading): void;
  /** A full collection was forced: the next reading is the new mark. */
  looked(): void;
  figures(): HeldFigures;
}

interface Held {
  /** Without the young generation. */
  readonly oldBytes: number;
  readonly allBytes: number;
}

/** V8's numbers of collections of the young generation: scavenge, minor mark-sweep. */
const YOUNG_COLLECTIONS: ReadonlySet<number> = new Set([1, 2]);
/** What is young is moved to the old generation by the second collection that it survives. */
const COLLECTIONS_UNTIL_OLD = 2;
const YOUNG_SPACES: ReadonlySet<string> = new Set(['new_space', 'new_large_object_space']);

export function createHeldMemory(): HeldMemory {
  let youngCollections = 0;
  let mark: Held | null = null;
  let last: Held | null = null;
  let isNewMark = true;
  let looks = 0;
  let grownBytes: number | null = null;

  return {
    collected(type) {
      if (YOUNG_COLLECTIONS.has(type)) youngCollections++;
    },
    read(memory) {
      last = heldOf(memory);
      if (!isNewMark) return;
      grownBytes = mark !== null && looks > 1 ? last.oldBytes - mark.oldBytes : null;
      mark = last;
      youngCollections = 0;
      isNewMark = false;
    },
    looked() {
      looks++;
      isNewMark = true;
    },
    figures() {
      if (mark === null || last === null) return { gainedBytes: 0, liveBytes: 0, grownBytes };
      const gainedBytes =
        youngCollections >= COLLECTIONS_UNTIL_OLD
          ? last.oldBytes - mark.oldBytes
          : last.allBytes - mark.allBytes;
      return { gainedBytes, liveBytes: mark.oldBytes, grownBytes };
    },
  };
}

function heldOf({ heapUsedBytes, externalBytes, spaces }: MemoryReading): Held {
  const allBytes = heapUsedBytes + externalBytes;
  const young = spaces.filter(({ name }) => YOUNG_SPACES.has(name));
  return { allBytes, oldBytes: allBytes - young.reduce((sum, { usedBytes }) => sum + usedBytes, 0) };
}
