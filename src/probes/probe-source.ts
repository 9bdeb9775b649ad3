/**
 * The probe as text: one expression put together from the texts of self-contained functions, evaluated in the
 * service. No string from outside gets into it: all that varies is a few numbers.
 */
import { OWN_SCRIPT_PREFIX } from '../model/code-frame.ts';
import { BUCKET_COUNT, bucketOf } from '../model/latency-histogram.ts';
import { foldPath, OTHER_ROUTE, UNKNOWN_ROUTE } from '../model/route-pattern.ts';
import { PROBE_EXPRESSION, PROBE_OWNER, REGISTRY_SYMBOL } from './extension.ts';
import { captureStack } from './in-service/capture-stack.ts';
import { createHeapMeter } from './in-service/heap-meter.ts';
import { createInspectorClosing } from './in-service/inspector-closing.ts';
import { createLoopMeter } from './in-service/loop-meter.ts';
import { watchLoop } from './in-service/loop-watch.ts';
import { installProbe } from './in-service/probe-lifecycle.ts';
import type { ProbeOptions, ProbeParts } from './in-service/probe-lifecycle.ts';
import { createProbeNeighbours } from './in-service/probe-neighbours.ts';
import { subscribeToRequests } from './in-service/request-channels.ts';
import { createRequestMeter } from './in-service/request-meter.ts';
import { createRoutePlaces } from './in-service/route-places.ts';
import { createRouteTable } from './in-service/route-table.ts';

/** Profiles and stacks know our own work by it. */
const sourceUrl = `\n//# sourceURL=${OWN_SCRIPT_PREFIX}probe`;

const parts: ProbeParts = {
  createLoopMeter,
  watchLoop,
  createInspectorClosing,
  createProbeNeighbours,
  createRouteTable,
  createRoutePlaces,
  createRequestMeter,
  createHeapMeter,
  subscribeToRequests,
  captureStack,
  foldPath,
  bucketOf,
};

const partsText = Object.entries(parts)
  .map(([name, part]) => `${name}: ${String(part)}`)
  .join(',\n');

const namesText = JSON.stringify({
  registry: REGISTRY_SYMBOL,
  owner: PROBE_OWNER,
  otherRoute: OTHER_ROUTE,
  unknownRoute: UNKNOWN_ROUTE,
});

/** Half of the shortest stall: a block of 50 ms is then seen as late, at its full length. */
const BEAT_MS = 25;

/** A terminal UI that hangs for a moment keeps its probe; one that was killed leaves it for no longer than this. */
const LEASE_MS = 5000;

/** A service has tens of routes; two hundred cost 4 MB in the worst case. */
const MAX_ROUTES = 200;

export interface ProbeSourceOptions {
  /** `process.debugPort` to restore when the probe has to close an inspector that we opened; null to leave it. */
  readonly originalDebugPort: number | null;
  /** Loop time in milliseconds without a poll after which the probe removes itself. Default 5 s. */
  readonly leaseMs?: number;
}

/**
 * The expression that installs the probe and answers with an `InstallOutcome`.
 * Throws a RangeError for an option that is not a whole number: that is a fault of the caller's.
 */
export function composeInstallExpression(options: ProbeSourceOptions): string {
  const numbers: ProbeOptions = {
    beatMs: BEAT_MS,
    leaseMs: options.leaseMs ?? LEASE_MS,
    debugPort: options.originalDebugPort ?? -1,
    maxRoutes: MAX_ROUTES,
    bucketCount: BUCKET_COUNT,
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value)) throw new RangeError(`probe option ${name} is ${String(value)}`);
  }
  const requireText = "typeof require === 'function' ? require : undefined";
  const call = `(${String(installProbe)})(${JSON.stringify(numbers)}, ${namesText}, {${partsText}}, ${requireText})`;
  return `(() => { 'use strict'; return ${call}; })()${sourceUrl}`;
}

/** Answers with the text of one reading, or null when no probe is installed. */
export const READ_EXPRESSION = `${PROBE_EXPRESSION}?.read() ?? null${sourceUrl}`;

export const UNINSTALL_EXPRESSION = `void ${PROBE_EXPRESSION}?.uninstall()${sourceUrl}`;
