/**
 * From the text of one reading to what is worked with. What comes from the service may be anything (an older
 * loopscope's probe, a patched `JSON`): a figure that is none is 0, a part that is none is null, and what is no
 * reading at all is null.
 *
 *   '{"sequence":1,"nowMs":81.5,"loop":{"delay":[3,17],…},…}'  ->  { sequence: 1, loop: { delay: [[3, 17]], … } }
 */
import { BUCKET_COUNT, orderHistogram } from '../model/latency-histogram.ts';
import type { RouteWindow, SparseHistogram } from '../model/timeline-event.ts';
import type {
  BlockedReading,
  GcReading,
  LoopReading,
  MemoryReading,
  ProbeReading,
  RequestsReading,
} from './probe-reading.ts';

type Wire = Readonly<Record<string, unknown>>;

// A stack has at most 48 lines, a route 200 characters; longer text is not ours.
const MAX_STACK_LENGTH = 32_768;
const MAX_NAME_LENGTH = 512;

/** Parses what the probe's `read` returned; null when it is no reading. */
export function parseProbeReading(text: unknown): ProbeReading | null {
  const wire = parseRecord(text);
  if (wire === null || typeof wire['sequence'] !== 'number' || typeof wire['nowMs'] !== 'number') return null;
  const cost = recordAt(wire, 'cost');
  return {
    sequence: wire['sequence'],
    nowMs: wire['nowMs'],
    windowMs: numberAt(wire, 'windowMs'),
    state: wire['state'] === 'live' ? 'live' : 'pending',
    blocked: parseBlocked(recordAt(wire, 'blocked')),
    loop: parseLoop(recordAt(wire, 'loop')),
    requests: parseRequests(recordAt(wire, 'requests')),
    gc: parseGc(recordAt(wire, 'gc')),
    memory: parseMemory(recordAt(wire, 'memory')),
    extensions: parseExtensions(recordAt(wire, 'extensions')),
    cost:
      cost === null
        ? null
        : { mainThreadMs: numberAt(cost, 'mainThreadMs'), longestPauseMs: numberAt(cost, 'longestPauseMs') },
  };
}

function parseBlocked(wire: Wire | null): BlockedReading | null {
  if (wire === null) return null;
  return {
    sinceMs: numberAt(wire, 'sinceMs'),
    ageMs: numberAt(wire, 'ageMs'),
    stack: textAt(wire, 'stack', MAX_STACK_LENGTH),
    route: typeof wire['route'] === 'string' ? textAt(wire, 'route', MAX_NAME_LENGTH) : null,
  };
}

function parseLoop(wire: Wire | null): LoopReading | null {
  if (wire === null) return null;
  return {
    utilization: numberAt(wire, 'utilization'),
    delay: parseHistogram(wire['delay']),
    stalls: tuplesOf(numbersOf(wire['stalls']), 2).map(([startMs, endMs]) => ({
      startMs: startMs!,
      endMs: endMs!,
    })),
    droppedStalls: numberAt(wire, 'droppedStalls'),
  };
}

function parseRequests(wire: Wire | null): RequestsReading | null {
  if (wire === null) return null;
  return {
    inFlight: numberAt(wire, 'inFlight'),
    oldestInFlightMs: numberAt(wire, 'oldestInFlightMs'),
    aborted: numberAt(wire, 'aborted'),
    untracked: numberAt(wire, 'untracked'),
    routes: listOf(wire['routes']).flatMap((route) => parseRoute(route)),
    starts: listOf(wire['starts']).flatMap((start) => {
      const [route, startMs] = listOf(start);
      return typeof route === 'string' && isFiniteNumber(startMs)
        ? [{ route: route.slice(0, MAX_NAME_LENGTH), startMs }]
        : [];
    }),
  };
}

function parseRoute(value: unknown): RouteWindow[] {
  if (!isRecord(value)) return [];
  return [
    {
      method: textAt(value, 'method', MAX_NAME_LENGTH),
      route: textAt(value, 'route', MAX_NAME_LENGTH),
      count: numberAt(value, 'count'),
      errors: numberAt(value, 'errors'),
      totalUs: numberAt(value, 'totalUs'),
      maxUs: numberAt(value, 'maxUs'),
      latency: parseHistogram(value['latency']),
      responseBytes: numberAt(value, 'bytes'),
    },
  ];
}

function parseGc(wire: Wire | null): GcReading | null {
  if (wire === null) return null;
  return {
    collections: tuplesOf(numbersOf(wire['collections']), 3).map(([type, startMs, durationMs]) => ({
      type: type!,
      startMs: startMs!,
      durationMs: durationMs!,
    })),
    dropped: numberAt(wire, 'dropped'),
  };
}

function parseMemory(wire: Wire | null): MemoryReading | null {
  if (wire === null) return null;
  return {
    heapUsedBytes: numberAt(wire, 'heapUsed'),
    heapTotalBytes: numberAt(wire, 'heapTotal'),
    heapLimitBytes: numberAt(wire, 'heapLimit'),
    externalBytes: numberAt(wire, 'external'),
    arrayBuffersBytes: numberAt(wire, 'arrayBuffers'),
    mallocedBytes: numberAt(wire, 'malloced'),
    liveAfterGcBytes: isFiniteNumber(wire['liveAfterGc']) ? wire['liveAfterGc'] : null,
    liveAtMs: isFiniteNumber(wire['liveAt']) ? wire['liveAt'] : null,
    spaces: listOf(wire['spaces']).flatMap((space) => {
      const [name, usedBytes, committedBytes] = listOf(space);
      return typeof name === 'string' && isFiniteNumber(usedBytes) && isFiniteNumber(committedBytes)
        ? [{ name: name.slice(0, MAX_NAME_LENGTH), usedBytes, committedBytes }]
        : [];
    }),
  };
}

/** Each is a text of its own; one that is none has told nothing. */
function parseExtensions(wire: Wire | null): ProbeReading['extensions'] {
  if (wire === null) return null;
  const told = new Map<string, unknown>();
  for (const [name, text] of Object.entries(wire)) {
    const reading = parseJson(text);
    if (reading !== undefined) told.set(name, reading);
  }
  return told;
}

function parseHistogram(value: unknown): SparseHistogram {
  const pairs = tuplesOf(numbersOf(value), 2) as [number, number][];
  return orderHistogram(
    pairs.filter(([bucket]) => Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKET_COUNT),
  );
}

function parseRecord(text: unknown): Wire | null {
  const value = parseJson(text);
  return isRecord(value) ? value : null;
}

function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const numbersOf = (value: unknown): readonly number[] => {
  const list = listOf(value);
  return list.every(isFiniteNumber) ? list : [];
};

const recordAt = (wire: Wire, key: string): Wire | null => {
  const value = wire[key];
  return isRecord(value) ? value : null;
};

const numberAt = (wire: Wire, key: string): number => {
  const value = wire[key];
  return isFiniteNumber(value) ? value : 0;
};

const textAt = (wire: Wire, key: string, maxLength: number): string => {
  const value = wire[key];
  return typeof value === 'string' ? value.slice(0, maxLength) : '';
};

/** [a, b, c, d] in twos is [[a, b], [c, d]]; an incomplete rest is left out. */
const tuplesOf = (values: readonly number[], size: number): number[][] =>
  Array.from({ length: Math.floor(values.length / size) }, (_, index) =>
    values.slice(index * size, index * size + size),
  );
