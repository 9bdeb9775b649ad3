/**
 * What has to be known of a service before its heap is asked for, read in one evaluate of some 50 microseconds. On
 * Node 18 and 20 also the length of its longest script; see snapshot-estimate.ts for why.
 */
import { OWN_SCRIPT_PREFIX } from '../model/code-frame.ts';
import { ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CallFailure, InspectorSession } from '../inspector/session.ts';

export interface SnapshotVitals {
  readonly nodeMajor: number;
  readonly heapUsedBytes: number;
  /** The part of it in objects of more than about 128 KB: long strings and arrays, few in number. */
  readonly largeObjectBytes: number;
  /** What the machine can still give. */
  readonly machineFreeBytes: number;
  /** What the container can still give; null where nothing limits it. */
  readonly containerFreeBytes: number | null;
  /** UTF-16 units of source; null where it does not matter. */
  readonly longestScript: { readonly name: string; readonly length: number } | null;
}

/** Runs in the service: must not name anything from outside itself. */
function readOwnVitals(
  require: (name: 'os' | 'v8') => typeof import('node:os') & typeof import('node:v8'),
): Omit<SnapshotVitals, 'longestScript'> {
  // Node 18 to 18.14 do not have it; a number above the machine's memory stands for "no limit".
  const limit = process.constrainedMemory?.() ?? 0;
  const machine = require('os');
  const spaces = require('v8').getHeapSpaceStatistics();
  return {
    nodeMajor: Number.parseInt(process.versions.node, 10),
    heapUsedBytes: require('v8').getHeapStatistics().used_heap_size,
    largeObjectBytes: spaces
      .filter((space) => space.space_name.includes('large_object'))
      .reduce((sum, space) => sum + space.space_used_size, 0),
    machineFreeBytes: machine.freemem(),
    containerFreeBytes:
      limit > 0 && limit < machine.totalmem() ? Math.max(0, limit - process.memoryUsage.rss()) : null,
  };
}

const OWN_VITALS = `(${String(readOwnVitals)})(require)\n//# sourceURL=${OWN_SCRIPT_PREFIX}snapshot-vitals`;

/** From here on a long script does not slow a snapshot; measured, see DESIGN. */
export const LONG_SCRIPTS_HARMLESS_FROM = 22;

export async function readSnapshotVitals(
  session: InspectorSession,
): Promise<Result<SnapshotVitals, CallFailure>> {
  const vitals = await session.evaluate<Omit<SnapshotVitals, 'longestScript'>>(OWN_VITALS);
  if (!vitals.ok) return vitals;
  if (vitals.value.nodeMajor >= LONG_SCRIPTS_HARMLESS_FROM)
    return ok({ ...vitals.value, longestScript: null });
  const longestScript = await findLongestScript(session);
  return longestScript.ok ? ok({ ...vitals.value, longestScript: longestScript.value }) : longestScript;
}

/**
 * The Debugger domain lists every script when it is enabled: 40 to 185 ms, and little beside a snapshot. Pauses are
 * skipped in the same breath, so that a `debugger;` statement cannot halt the service.
 */
async function findLongestScript(
  session: InspectorSession,
): Promise<Result<SnapshotVitals['longestScript'], CallFailure>> {
  let longest: SnapshotVitals['longestScript'] = null;
  const stop = session.on('Debugger.scriptParsed', (script: { url: string; length?: number }) => {
    const length = script.length ?? 0;
    if (length > (longest?.length ?? 0) && !script.url.startsWith('node:'))
      longest = { name: script.url, length };
  });
  const skipping = session.call('Debugger.setSkipAllPauses', { skip: true });
  const enabled = await session.call('Debugger.enable');
  await skipping;
  stop();
  await session.call('Debugger.disable');
  return enabled.ok ? ok(longest) : enabled;
}
