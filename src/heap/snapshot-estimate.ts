/**
 * What a snapshot will cost the service, before it is taken. Taking one stops the service: in an incident that is a
 * decision, and it needs a price.
 *
 * Time and memory go with the number of objects and of references between them, which V8 does not tell; used bytes
 * say little, since a megabyte may be 30,000 objects or one array. But a full collection visits the same objects, so
 * the price is scaled from one that was timed just before. Calibrated on five heaps of 40 MB on Node 20, 22, 24 and
 * 26, on a machine of 2 cores with a load of 8 to 12, by CPU time; `npm run bench:snapshot` prints how it does on
 * others. A processor of another speed changes both sides of the pause alike, but not of the memory.
 *
 *   87 ms of collection, 40 MB used, Node 22   ->   (87 - 8) x 34 = 2.7 s; measured 3.1 s
 */
import type { CodedError } from '../shared/coded-error.ts';
import type { SnapshotVitals } from './snapshot-vitals.ts';

export interface SnapshotEstimate {
  /** How long the service will stand still. */
  readonly pauseMs: number;
  /** How much more memory the service will take meanwhile; it falls back only in part. */
  readonly extraBytes: number;
  /** Length of the JSON. */
  readonly jsonBytes: number;
  /** Why it should not be done; null where nothing speaks against it. */
  readonly refusal: CodedError | null;
}

const MB = 2 ** 20;

/** Of the price of any snapshot. */
const LEAST_PAUSE_MS = 50;
/** A collection of Node's own heap, before the program has one. */
const BARE_COLLECTION_MS = 8;
/** Milliseconds of snapshot a millisecond of collection, over `BARE_COLLECTION_MS`. */
const PAUSE_PER_COLLECTION = { untilNode20: 40, node22: 34, node24: 21, fromNode26: 23 } as const;
/** 40 MB of small objects took 75 to 90 ms. What is used beyond that is long strings or numbers. */
const BYTES_PER_COLLECTION_MS = 0.45 * MB;
const BARE_HEAP_BYTES = 5 * MB;
/**
 * Strings are written out (14 ms a megabyte and as much memory), arrays of numbers are not (0), and nothing tells one
 * from the other beforehand. This is what errs least on both.
 */
const LONG_OBJECT_PAUSE_MS_PER_MB = 5;
const LONG_OBJECT_EXTRA_SHARE = 0.3;
/** 2.0 to 4.8 MB; on Node 26 a heap of Maps took 7 to 8, and typed arrays 2. */
const EXTRA_BYTES_PER_COLLECTION_MS = { untilNode24: 3.2 * MB, fromNode26: 3.9 * MB } as const;
/** 0.45 to 1.1 MB. */
const JSON_BYTES_PER_COLLECTION_MS = 0.65 * MB;
/** The rest is for what the service itself allocates meanwhile. */
const USABLE_SHARE_OF_FREE = 0.9;

export function estimateSnapshotCost(vitals: SnapshotVitals): SnapshotEstimate {
  const { cpuMs, wallMs } = vitals.collection;
  const ownCpuMs = Math.max(0, cpuMs - BARE_COLLECTION_MS);
  const longBytes = Math.max(0, vitals.heapUsedBytes - BARE_HEAP_BYTES - ownCpuMs * BYTES_PER_COLLECTION_MS);
  // A collection uses several threads: that it lasts longer than its CPU time says that others use the processors.
  const slowdown = Math.max(1, wallMs / cpuMs);
  const pauseMs =
    slowdown *
    (LEAST_PAUSE_MS +
      ownCpuMs * pausePerCollection(vitals.nodeMajor) +
      (longBytes / MB) * LONG_OBJECT_PAUSE_MS_PER_MB);
  const extraPerMs = EXTRA_BYTES_PER_COLLECTION_MS[vitals.nodeMajor >= 26 ? 'fromNode26' : 'untilNode24'];
  const extraBytes = cpuMs * extraPerMs + longBytes * LONG_OBJECT_EXTRA_SHARE;
  return {
    pauseMs,
    extraBytes,
    jsonBytes: cpuMs * JSON_BYTES_PER_COLLECTION_MS + longBytes / 2,
    refusal: refuseMemory(vitals, extraBytes),
  };
}

function pausePerCollection(nodeMajor: number): number {
  if (nodeMajor >= 26) return PAUSE_PER_COLLECTION.fromNode26;
  if (nodeMajor >= 24) return PAUSE_PER_COLLECTION.node24;
  return nodeMajor >= 22 ? PAUSE_PER_COLLECTION.node22 : PAUSE_PER_COLLECTION.untilNode20;
}

function refuseMemory(vitals: SnapshotVitals, extraBytes: number): CodedError | null {
  const container = vitals.containerFreeBytes ?? Infinity;
  const free = Math.min(vitals.machineFreeBytes, container);
  if (extraBytes <= free * USABLE_SHARE_OF_FREE) return null;
  const where = container < vitals.machineFreeBytes ? 'its container' : 'the machine';
  return {
    code: 'snapshot-needs-memory',
    message: `a snapshot would take about ${inMb(extraBytes)} MB more memory and ${where} has ${inMb(free)} MB: the service could be killed`,
    hint: 'take it of an instance with more memory, or use --force',
    exitCode: 3,
  };
}

const inMb = (bytes: number): string => (bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0);
