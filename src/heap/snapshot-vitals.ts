/**
 * What has to be known of a service before its heap is asked for. Asking has a price of its own: full collections,
 * each of which stops the service for about 1 ms a megabyte; a snapshot begins with two of them anyway.
 */
import { OWN_SCRIPT_PREFIX } from '../model/code-frame.ts';
import { systemClock, type Clock } from '../shared/clock.ts';
import { ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import { evaluateWithModules } from '../inspector/builtin-modules.ts';
import type { CallFailure, InspectorSession } from '../inspector/session.ts';

export interface SnapshotVitals {
  readonly nodeMajor: number;
  /** After a full collection. */
  readonly heapUsedBytes: number;
  /** What a full collection took, on all of the service's threads and on the clock. */
  readonly collection: { readonly cpuMs: number; readonly wallMs: number };
  /** What the machine can still give. */
  readonly machineFreeBytes: number;
  /** What the container can still give; null where nothing limits it. */
  readonly containerFreeBytes: number | null;
}

interface OwnVitals extends Omit<SnapshotVitals, 'collection'> {
  /** CPU time of all threads since the process began. */
  readonly cpuMs: number;
}

/** Runs in the service: must not name anything from outside itself. */
function readOwnVitals(
  require: (name: 'os' | 'v8') => typeof import('node:os') & typeof import('node:v8'),
): OwnVitals {
  // Node 18 to 18.14 do not have it; a number above the machine's memory stands for "no limit".
  const limit = process.constrainedMemory?.() ?? 0;
  const machine = require('os');
  const { user, system } = process.cpuUsage();
  return {
    nodeMajor: Number.parseInt(process.versions.node, 10),
    heapUsedBytes: require('v8').getHeapStatistics().used_heap_size,
    machineFreeBytes: machine.freemem(),
    containerFreeBytes:
      limit > 0 && limit < machine.totalmem() ? Math.max(0, limit - process.memoryUsage.rss()) : null,
    cpuMs: (user + system) / 1000,
  };
}

const OWN_VITALS = `(${String(readOwnVitals)})(require)\n//# sourceURL=${OWN_SCRIPT_PREFIX}snapshot-vitals`;

/** From here on V8 remembers where the lines of a script end. */
const LINE_ENDS_KEPT_FROM = 22;

/** The first removes what is garbage, and takes longer for it; the others are what is measured. */
const MOST_COLLECTIONS = 3;
/** Enough to measure by; a heap that takes longer at once is not stopped again. */
const LONG_COLLECTION_MS = 500;
/** Collections of the largest heaps on a busy machine. */
const LONGEST_COLLECTION_MS = 60_000;

export async function readSnapshotVitals(
  session: InspectorSession,
  clock: Clock = systemClock,
): Promise<Result<SnapshotVitals, CallFailure>> {
  let vitals = await evaluateWithModules<OwnVitals>(session, OWN_VITALS);
  let collections: SnapshotVitals['collection'][] = [];
  for (let turn = 0; turn < MOST_COLLECTIONS && vitals.ok; turn++) {
    const before = vitals.value;
    const startedMs = clock.monotonicMs();
    const collected = await session.call(
      'HeapProfiler.collectGarbage',
      {},
      { timeoutMs: LONGEST_COLLECTION_MS },
    );
    const wallMs = clock.monotonicMs() - startedMs;
    if (!collected.ok) return collected;
    vitals = await evaluateWithModules<OwnVitals>(session, OWN_VITALS);
    if (!vitals.ok) return vitals;
    const took = { cpuMs: Math.max(1, vitals.value.cpuMs - before.cpuMs), wallMs };
    collections = turn === 1 ? [took] : [...collections, took];
    if (wallMs > LONG_COLLECTION_MS) break;
  }
  if (!vitals.ok) return vitals;
  const { cpuMs: _cpuMs, ...own } = vitals.value;
  // Threads that wait for each other on a busy machine make the CPU time longer, nothing makes it shorter.
  const cpuMs = Math.min(...collections.map((each) => each.cpuMs));
  const wallMs = collections.reduce((sum, each) => sum + each.wallMs, 0) / collections.length;
  const collection = { cpuMs, wallMs };
  if (own.nodeMajor < LINE_ENDS_KEPT_FROM) {
    const found = await findLineEnds(session);
    if (!found.ok) return found;
  }
  return ok({ ...own, collection });
}

/**
 * nodejs/node#34826: a snapshot of Node 18 or 20 says for each object on which line its constructor stands, and
 * searches the script for line ends from the top each time: a second of snapshot becomes a minute with a bundle of
 * some megabytes. Listing the scripts, as `Debugger.enable` does, makes V8 find all line ends once and keep them: the
 * snapshot of 25 MB of a parser's nodes then took 1.4 s instead of 8.8 s. 40 to 185 ms. Pauses are skipped in the same
 * breath, so that a `debugger;` statement cannot halt the service.
 */
async function findLineEnds(session: InspectorSession): Promise<Result<unknown, CallFailure>> {
  const skipping = session.call('Debugger.setSkipAllPauses', { skip: true });
  const enabled = await session.call('Debugger.enable');
  await skipping;
  await session.call('Debugger.disable');
  return enabled;
}
