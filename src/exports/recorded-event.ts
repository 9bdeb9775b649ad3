/**
 * Every timeline event as it stands in a recording. Whatever leaves here is of the event's type, its strings can be
 * printed, and its indices point to something: reducers and screens need not doubt it.
 */
import { BUCKET_COUNT } from '../model/latency-histogram.ts';
import type {
  CodeFrame,
  CpuProfileEvent,
  HeapHolder,
  PoolState,
  RouteWindow,
  SparseHistogram,
  TargetInfo,
  TimelineEvent,
  TimelineEventKind,
} from '../model/timeline-event.ts';
import {
  array,
  boolean,
  moment,
  nullable,
  number,
  object,
  oneOf,
  text,
  tuple,
  where,
  type Read,
} from './event-shape.ts';

type EventOf<K extends TimelineEventKind> = Extract<TimelineEvent, { kind: K }>;
type FieldsOf<T extends { readonly kind: string }> = Omit<T, 'kind'>;

const bucket = where(number, (value) => Number.isInteger(value) && value >= 0 && value < BUCKET_COUNT);
const histogram: Read<SparseHistogram> = array(tuple<[number, number]>(bucket, number));

const frame = object<CodeFrame>(
  {
    function: text,
    file: text,
    line: number,
    column: number,
    origin: oneOf('user', 'dependency', 'node', 'native', 'meta'),
    package: nullable(text),
  },
  { within: text },
);
const stack = array(frame);

const target = object<TargetInfo>({
  pid: number,
  node: text,
  command: text,
  cwd: text,
  hostname: text,
  cores: number,
  machineCores: number,
  cgroupMemoryLimitBytes: nullable(number),
  heapLimitBytes: nullable(number),
  attachedBy: oneOf('sigusr1', 'inspector', 'agent'),
  startedAtWallMs: nullable(moment),
});

const routeWindow = object<RouteWindow>({
  method: text,
  route: text,
  count: number,
  errors: number,
  totalUs: number,
  maxUs: number,
  latency: histogram,
  responseBytes: number,
});

const pool = object<PoolState>(
  {
    id: text,
    driver: text,
    name: text,
    max: nullable(number),
    active: number,
    idle: number,
    waiting: number,
    longestHeldMs: nullable(number),
    longestWaitMs: nullable(number),
    medianHeldMs: nullable(number),
    holders: array(
      object<PoolState['holders'][number]>({
        heldMs: number,
        takenBy: stack,
        route: nullable(text),
        busy: nullable(boolean),
      }),
    ),
  },
  {
    waiters: array(
      object<NonNullable<PoolState['waiters']>[number]>({
        waitedMs: number,
        askedBy: stack,
        route: nullable(text),
      }),
    ),
  },
);

const cpuProfile = where(
  object<FieldsOf<CpuProfileEvent>>(
    {
      atMs: moment,
      startMs: moment,
      endMs: moment,
      samplingIntervalUs: number,
      frames: array(frame),
      nodeFrames: array(number),
      parents: array(number),
      sampleNodes: array(number),
      sampleTimesMs: array(moment),
      sampleWeightsMs: array(number),
      lineTicks: array(tuple<[number, number, number]>(number, number, number)),
      lineTexts: array(tuple<[number, number, string]>(number, number, text)),
    },
    { mayHideInlined: array(number), exactNodes: array(number) },
  ),
  isWholeTree,
);

/** A node's parent stands before it: no walk to the root can turn in a circle. */
function isWholeTree(profile: FieldsOf<CpuProfileEvent>): boolean {
  const { frames, nodeFrames, parents, sampleNodes, sampleTimesMs, sampleWeightsMs } = profile;
  const indexes = (index: number, length: number): boolean =>
    Number.isInteger(index) && index >= 0 && index < length;
  return (
    parents.length === nodeFrames.length &&
    parents.every((parent, node) => parent === -1 || indexes(parent, node)) &&
    nodeFrames.every((index) => indexes(index, frames.length)) &&
    sampleNodes.every((node) => indexes(node, parents.length)) &&
    sampleTimesMs.length === sampleNodes.length &&
    sampleWeightsMs.length === sampleNodes.length
  );
}

const READERS: { readonly [K in TimelineEventKind]: Read<FieldsOf<EventOf<K>>> } = {
  'session-started': object<FieldsOf<EventOf<'session-started'>>>({ atMs: moment, wallMs: moment, target }),
  connection: object<FieldsOf<EventOf<'connection'>>>({
    atMs: moment,
    state: oneOf('live', 'lost', 'ended'),
    how: nullable(text),
  }),
  loop: object<FieldsOf<EventOf<'loop'>>>({
    atMs: moment,
    windowMs: number,
    utilization: number,
    delay: histogram,
  }),
  stall: object<FieldsOf<EventOf<'stall'>>>({ atMs: moment, startMs: moment, endMs: moment }),
  blocked: object<FieldsOf<EventOf<'blocked'>>>({
    atMs: moment,
    sinceMs: moment,
    in: oneOf('javascript', 'native'),
    stack,
    route: nullable(text),
    nativeState: nullable(text),
  }),
  unblocked: object<FieldsOf<EventOf<'unblocked'>>>({ atMs: moment, sinceMs: moment }),
  'cpu-profile': cpuProfile,
  requests: object<FieldsOf<EventOf<'requests'>>>({
    atMs: moment,
    windowMs: number,
    inFlight: number,
    oldestInFlightMs: number,
    aborted: number,
    routes: array(routeWindow),
  }),
  'request-starts': object<FieldsOf<EventOf<'request-starts'>>>({
    atMs: moment,
    routes: array(text),
    startsMs: array(moment),
  }),
  gc: object<FieldsOf<EventOf<'gc'>>>({
    atMs: moment,
    startMs: moment,
    durationMs: number,
    type: oneOf('scavenge', 'mark-compact', 'incremental', 'weak-callbacks'),
  }),
  memory: object<FieldsOf<EventOf<'memory'>>>(
    {
      atMs: moment,
      heapUsedBytes: number,
      heapTotalBytes: number,
      heapLimitBytes: number,
      externalBytes: number,
      arrayBuffersBytes: number,
      mallocedBytes: number,
      liveAfterGcBytes: nullable(number),
      spaces: array(
        object<EventOf<'memory'>['spaces'][number]>({
          name: text,
          usedBytes: number,
          committedBytes: number,
        }),
      ),
    },
    { liveAtMs: nullable(moment) },
  ),
  process: object<FieldsOf<EventOf<'process'>>>(
    {
      atMs: moment,
      cpuPercent: number,
      mainThreadPercent: nullable(number),
      rssBytes: number,
      cgroupMemoryBytes: nullable(number),
      threads: nullable(number),
      openFiles: nullable(number),
      listenQueue: nullable(object<{ length: number; limit: number }>({ length: number, limit: number })),
      machineBusy: nullable(number),
    },
    { mainThreadWaitPercent: nullable(number) },
  ),
  threadpool: object<FieldsOf<EventOf<'threadpool'>>>({
    atMs: moment,
    size: number,
    queueDelayMs: number,
    filledBy: array(object<{ work: string; share: number }>({ work: text, share: number })),
  }),
  pools: object<FieldsOf<EventOf<'pools'>>>({ atMs: moment, pools: array(pool) }),
  jobs: object<FieldsOf<EventOf<'jobs'>>>({
    atMs: moment,
    windowMs: number,
    queues: array(
      object<EventOf<'jobs'>['queues'][number]>({
        library: text,
        name: text,
        waiting: nullable(number),
        active: number,
        completed: number,
        failed: number,
      }),
    ),
  }),
  'context-samples': object<FieldsOf<EventOf<'context-samples'>>>({
    atMs: moment,
    samples: array(
      object<EventOf<'context-samples'>['samples'][number]>({
        atMs: moment,
        route: nullable(text),
        finished: boolean,
        stack,
      }),
    ),
  }),
  allocation: object<FieldsOf<EventOf<'allocation'>>>({
    atMs: moment,
    readCostMs: number,
    sites: array(object<EventOf<'allocation'>['sites'][number]>({ stack, liveBytes: number })),
  }),
  'heap-snapshot': object<FieldsOf<EventOf<'heap-snapshot'>>>({
    atMs: moment,
    pauseMs: number,
    estimatedPauseMs: number,
    estimatedExtraBytes: number,
    jsonBytes: number,
  }),
  'heap-comparison': object<FieldsOf<EventOf<'heap-comparison'>>>({
    atMs: moment,
    sinceMs: moment,
    beforeBytes: number,
    afterBytes: number,
    holders: array(
      object<HeapHolder>({
        name: text,
        path: text,
        grownBytes: number,
        holds: array(
          object<HeapHolder['holds'][number]>({ constructor: text, count: number, bytes: number }),
        ),
      }),
    ),
  }),
  threads: object<FieldsOf<EventOf<'threads'>>>({
    atMs: moment,
    windowMs: number,
    threads: array(
      object<EventOf<'threads'>['threads'][number]>({
        id: number,
        name: text,
        utilization: nullable(number),
        cpuPercent: nullable(number),
        heapUsedBytes: nullable(number),
        heapLimitBytes: nullable(number),
        silentMs: number,
        hottest: array(
          object<EventOf<'threads'>['threads'][number]['hottest'][number]>({ stack, share: number }),
        ),
      }),
    ),
  }),
  'large-responses': object<FieldsOf<EventOf<'large-responses'>>>({
    atMs: moment,
    routes: array(
      object<EventOf<'large-responses'>['routes'][number]>({
        route: text,
        count: number,
        largestBytes: number,
        totalBytes: number,
        buffered: number,
      }),
    ),
  }),
  outgoing: object<FieldsOf<EventOf<'outgoing'>>>({
    atMs: moment,
    windowMs: number,
    peers: array(
      object<EventOf<'outgoing'>['peers'][number]>({
        via: oneOf('http', 'undici', 'database'),
        peer: text,
        count: number,
        errors: number,
        inFlight: number,
        latency: histogram,
        routes: array(text),
      }),
    ),
  }),
  workers: object<FieldsOf<EventOf<'workers'>>>({
    atMs: moment,
    workers: array(
      object<EventOf<'workers'>['workers'][number]>({
        pid: number,
        cpuPercent: number,
        utilization: nullable(number),
        requestsPerSecond: nullable(number),
      }),
    ),
    exits: array(object<{ pid: number; how: string }>({ pid: number, how: text })),
  }),
  'own-cost': object<FieldsOf<EventOf<'own-cost'>>>({
    atMs: moment,
    windowMs: number,
    mainThreadMs: number,
    longestPauseMs: number,
    what: text,
  }),
  gap: object<FieldsOf<EventOf<'gap'>>>({
    atMs: moment,
    signal: (value) => (isKind(value) ? value : undefined),
    reason: text,
    lost: nullable(number),
  }),
  mark: object<FieldsOf<EventOf<'mark'>>>({ atMs: moment, note: text }),
};

const isKind = (value: unknown): value is TimelineEventKind =>
  typeof value === 'string' && Object.hasOwn(READERS, value);

/** One event of a recording; null for what this version does not know or cannot trust. */
export function parseRecordedEvent(value: unknown): TimelineEvent | null {
  const kind = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined;
  if (!isKind(kind)) return null;
  const fields = READERS[kind](value);
  return fields === undefined ? null : ({ kind, ...fields } as TimelineEvent);
}
