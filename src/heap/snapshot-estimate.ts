/**
 * What a snapshot will cost the service, before it is taken. Taking one stops the service: in an incident that is a
 * decision, and it needs a price.
 *
 * Measured on five heaps of 24 to 88 MB (plain objects, closures in a Map, strings, arrays of doubles) with Node 20
 * and 24 on an idle machine of 2 cores. Time and memory go with the number of objects, which nobody can tell without
 * walking the heap, so the estimate takes them for small. A heap of strings of 1 KB costs a quarter of it.
 */
import type { CodedError } from '../shared/coded-error.ts';
import { LONG_SCRIPTS_HARMLESS_FROM } from './snapshot-vitals.ts';
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

/** Milliseconds a megabyte of small objects: 100 to 160 on Node 20, 70 to 113 on Node 24. */
const PAUSE_MS_PER_MB = { untilNode18: 150, node20: 130, node22: 110, fromNode24: 85 } as const;
/** Two full collections come first, however small the heap. */
const LEAST_PAUSE_MS = 300;
/** Arrays of doubles: 4 ms a megabyte. */
const LARGE_OBJECT_PAUSE_MS_PER_MB = 4;
/** 13 to 21 times the size of small objects; the study in DESIGN, with larger ones, saw 7.6. */
const EXTRA_BYTES_PER_BYTE = 15;
/** 1.8 to 2.1 bytes of JSON a byte of small objects. */
const JSON_BYTES_PER_BYTE = 1.9;
/**
 * nodejs/node#34826: for each object V8 searches the source of its constructor's script for line ends. With 7.5 MB
 * of heap 15.7 s at 1 MB of source, 57 s at 4 MB.
 */
const LONG_SCRIPT_MS_PER_MB_SQUARED = 1_900;
/** A freeze by a fault of V8 that lasts longer than this is not what the user meant to pay. */
const LONGEST_FAULT_MS = 10_000;
/** The rest is for what the service itself allocates meanwhile. */
const USABLE_SHARE_OF_FREE = 0.9;

export function estimateSnapshotCost(vitals: SnapshotVitals): SnapshotEstimate {
  const smallMb = Math.max(0, vitals.heapUsedBytes - vitals.largeObjectBytes) / MB;
  const largeMb = vitals.largeObjectBytes / MB;
  const sourceMb = (vitals.longestScript?.length ?? 0) / MB;
  const faultMs =
    vitals.nodeMajor < LONG_SCRIPTS_HARMLESS_FROM ? LONG_SCRIPT_MS_PER_MB_SQUARED * sourceMb * smallMb : 0;
  const pauseMs =
    LEAST_PAUSE_MS +
    smallMb * pausePerMb(vitals.nodeMajor) +
    largeMb * LARGE_OBJECT_PAUSE_MS_PER_MB +
    faultMs;
  const extraBytes = smallMb * MB * EXTRA_BYTES_PER_BYTE + vitals.largeObjectBytes;
  return {
    pauseMs,
    extraBytes,
    jsonBytes: smallMb * MB * JSON_BYTES_PER_BYTE,
    refusal: refuseMemory(vitals, extraBytes) ?? refuseFault(vitals, faultMs),
  };
}

function pausePerMb(nodeMajor: number): number {
  if (nodeMajor >= 24) return PAUSE_MS_PER_MB.fromNode24;
  if (nodeMajor >= 22) return PAUSE_MS_PER_MB.node22;
  return nodeMajor >= 20 ? PAUSE_MS_PER_MB.node20 : PAUSE_MS_PER_MB.untilNode18;
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

function refuseFault(vitals: SnapshotVitals, faultMs: number): CodedError | null {
  if (faultMs <= LONGEST_FAULT_MS) return null;
  return {
    code: 'snapshot-would-freeze',
    message: `Node ${vitals.nodeMajor} may freeze for about ${Math.round(faultMs / 1000)} s: its snapshots search long scripts again for every object, and this service has one of ${inMb(vitals.longestScript?.length ?? 0)} MB (nodejs/node#34826)`,
    hint: 'run the service on Node 22 or later, or use --force',
    exitCode: 3,
  };
}

const inMb = (bytes: number): string => (bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0);
