/**
 * The one stream that everything is made from. A live session, a recording and a test produce these events;
 * the reducers, the detectors, the screens and the exports consume them and cannot tell which it was.
 *
 * Every event is plain and serialisable. Times named `atMs`, `startMs` and `endMs` are milliseconds of the
 * service's own monotonic clock (`process.hrtime()` inside the service): the clock that the CPU profiler stamps
 * its samples with, so that a sample can be placed inside a stall exactly. `session-started` carries the offset to
 * wall-clock time. Strings have passed the sanitiser when they get here.
 *
 *   session-started -> loop, requests, process … -> stall -> cpu-profile (covers the stall) -> connection: ended
 */

/** Raised when a reader of older events would misread newer ones; recordings carry it in their header. */
export const TIMELINE_SCHEMA = 1;

export type TimelineEvent =
  | SessionStartedEvent
  | ConnectionEvent
  | LoopEvent
  | StallEvent
  | BlockedEvent
  | UnblockedEvent
  | CpuProfileEvent
  | RequestsEvent
  | RequestStartsEvent
  | GcEvent
  | MemoryEvent
  | ProcessEvent
  | ThreadPoolEvent
  | PoolsEvent
  | JobsEvent
  | ContextSamplesEvent
  | AllocationEvent
  | HeapSnapshotEvent
  | HeapComparisonEvent
  | LargeResponsesEvent
  | OutgoingEvent
  | WorkersEvent
  | ThreadsEvent
  | OwnCostEvent
  | GapEvent
  | MarkEvent;

export type TimelineEventKind = TimelineEvent['kind'];

export interface TargetInfo {
  readonly pid: number;
  /** As `process.version` gives it: `v22.12.0`. */
  readonly node: string;
  readonly command: string;
  readonly cwd: string;
  readonly hostname: string;
  /** Cores the process may use: the machine's, lowered by the container's CPU quota (may be a fraction). */
  readonly cores: number;
  /** Cores of the machine. */
  readonly machineCores: number;
  readonly cgroupMemoryLimitBytes: number | null;
  readonly heapLimitBytes: number | null;
  readonly attachedBy: 'sigusr1' | 'inspector' | 'agent';
  /** When the process started, milliseconds since 1970. */
  readonly startedAtWallMs: number | null;
}

export interface SessionStartedEvent {
  readonly kind: 'session-started';
  readonly atMs: number;
  readonly wallMs: number;
  readonly target: TargetInfo;
}

export interface ConnectionEvent {
  readonly kind: 'connection';
  readonly atMs: number;
  /** `lost`: we cannot reach it, it may live on. `ended`: the process is gone, and `how` says how. */
  readonly state: 'live' | 'lost' | 'ended';
  readonly how: string | null;
}

/** One reading of the loop: a window of about 250 ms, or as long as the loop was blocked. */
export interface LoopEvent {
  readonly kind: 'loop';
  readonly atMs: number;
  readonly windowMs: number;
  /** Share of the window in which the loop was not waiting for events, 0 to 1. */
  readonly utilization: number;
  /** Event-loop delay in the window; the timer's own resolution is already subtracted. Microsecond histogram. */
  readonly delay: SparseHistogram;
}

/** The loop did not turn for `endMs - startMs`. */
export interface StallEvent {
  readonly kind: 'stall';
  readonly atMs: number;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The loop is blocked as we speak. Sent again while it lasts, with a growing age.
 * `javascript`: the stack is exact, taken now. `native`: a native call gives no stack until it returns; the kernel
 * says what it does.
 */
export interface BlockedEvent {
  readonly kind: 'blocked';
  readonly atMs: number;
  readonly sinceMs: number;
  readonly in: 'javascript' | 'native';
  /** Innermost first; empty for a native call. */
  readonly stack: readonly CodeFrame[];
  readonly route: string | null;
  /** For a native call: `on CPU`, `waiting for a CPU`, or `waiting for its child: sleep 1.5`. */
  readonly nativeState: string | null;
}

export interface UnblockedEvent {
  readonly kind: 'unblocked';
  readonly atMs: number;
  readonly sinceMs: number;
}

/** A place in code, already mapped through source maps. Lines and columns count from 1; 0 is unknown. */
export interface CodeFrame {
  readonly function: string;
  /** Plain path, `node:internal/...`, or `''` for native code without one. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly origin: FrameOrigin;
  /** Name of the npm package when `origin` is `dependency`. */
  readonly package: string | null;
  /** For a function without a name: the named function in whose text it stands, where that is known. */
  readonly within?: string;
}

/** `meta` are V8's own entries: (root), (program), (idle), (garbage collector). */
export type FrameOrigin = 'user' | 'dependency' | 'node' | 'native' | 'meta';

/**
 * One window of CPU samples, the call tree flattened: node i's parent is `parents[i]` (-1 for the root).
 * `sampleNodes[k]` is the node seen at `sampleTimesMs[k]`; its weight `sampleWeightsMs[k]` is the time since the
 * sample before, because a gap belongs to the sample that ends it.
 */
export interface CpuProfileEvent {
  readonly kind: 'cpu-profile';
  readonly atMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly samplingIntervalUs: number;
  readonly frames: readonly CodeFrame[];
  /** Index into `frames` for each node. */
  readonly nodeFrames: readonly number[];
  readonly parents: readonly number[];
  readonly sampleNodes: readonly number[];
  readonly sampleTimesMs: readonly number[];
  readonly sampleWeightsMs: readonly number[];
  /** Line hit inside the node's function at each sample's node, heaviest first: [node, line, ticks]. */
  readonly lineTicks: readonly (readonly [node: number, line: number, ticks: number])[];
  /** What the source text says at those lines, for work that V8 charges to its caller: JSON, RegExp, sort. */
  readonly lineTexts: readonly (readonly [node: number, line: number, text: string])[];
  /** Nodes whose own time may be that of a function they called: inlined by V8, or code that V8 did not tell of. */
  readonly mayHideInlined?: readonly number[];
  /** Nodes that stacks taken by asking V8 have confirmed or named: those tell every function. */
  readonly exactNodes?: readonly number[];
}

/** Counts by bucket of the shared latency histogram; see latency-histogram.ts for the bucket's value. */
export type SparseHistogram = readonly (readonly [bucket: number, count: number])[];

/** Requests that finished in one window, by route. Latencies in microseconds, taken in the service. */
export interface RequestsEvent {
  readonly kind: 'requests';
  readonly atMs: number;
  readonly windowMs: number;
  readonly inFlight: number;
  readonly oldestInFlightMs: number;
  /** Closed by the client before the response was complete. */
  readonly aborted: number;
  readonly routes: readonly RouteWindow[];
}

export interface RouteWindow {
  readonly method: string;
  readonly route: string;
  /** Requests that ended: answered, or aborted, which have no latency. */
  readonly count: number;
  /** Responses with status 500 and above, and requests that were aborted. */
  readonly errors: number;
  readonly totalUs: number;
  readonly maxUs: number;
  readonly latency: SparseHistogram;
  readonly responseBytes: number;
}

/** When requests began, bounded per window; joins stalls to routes by time. `routes[i]` began at `startsMs[i]`. */
export interface RequestStartsEvent {
  readonly kind: 'request-starts';
  readonly atMs: number;
  readonly routes: readonly string[];
  readonly startsMs: readonly number[];
}

export interface GcEvent {
  readonly kind: 'gc';
  readonly atMs: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly type: 'scavenge' | 'mark-compact' | 'incremental' | 'weak-callbacks';
}

export interface MemoryEvent {
  readonly kind: 'memory';
  readonly atMs: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly heapLimitBytes: number;
  readonly externalBytes: number;
  readonly arrayBuffersBytes: number;
  readonly mallocedBytes: number;
  /** Used size after the last full collection; null before one was seen. */
  readonly liveAfterGcBytes: number | null;
  readonly spaces: readonly {
    readonly name: string;
    readonly usedBytes: number;
    readonly committedBytes: number;
  }[];
}

/** Read from outside, so that it goes on while the loop is blocked. */
export interface ProcessEvent {
  readonly kind: 'process';
  readonly atMs: number;
  /** Percent of one core, all threads. */
  readonly cpuPercent: number;
  readonly mainThreadPercent: number | null;
  /**
   * Percent of the window in which the main thread was ready to run and no CPU was free for it. A wait is booked
   * when it ends. Null where the kernel does not tell, absent from older recordings.
   */
  readonly mainThreadWaitPercent?: number | null;
  readonly rssBytes: number;
  readonly cgroupMemoryBytes: number | null;
  readonly threads: number | null;
  readonly openFiles: number | null;
  /** The kernel's queue of the service's listening sockets, the fullest of them. */
  readonly listenQueue: { readonly length: number; readonly limit: number } | null;
  /** Busy share of all cores of the machine, 0 to 1. */
  readonly machineBusy: number | null;
}

export interface ThreadPoolEvent {
  readonly kind: 'threadpool';
  readonly atMs: number;
  readonly size: number;
  /** Time one small task waited in the queue, the loop's own lag subtracted. */
  readonly queueDelayMs: number;
  /** What holds the pool, where it could be told: `crypto`, `fs`, `dns`, `zlib`. */
  readonly filledBy: readonly { readonly work: string; readonly share: number }[];
}

export interface PoolState {
  /** Same pool, same id, for the whole session. */
  readonly id: string;
  readonly driver: string;
  readonly name: string;
  readonly max: number | null;
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
  readonly longestHeldMs: number | null;
  readonly longestWaitMs: number | null;
  readonly medianHeldMs: number | null;
  readonly holders: readonly {
    readonly heldMs: number;
    readonly takenBy: readonly CodeFrame[];
    readonly route: string | null;
    /** Whether the connection is running a query now; null when the driver does not say. */
    readonly busy: boolean | null;
  }[];
  /** Who waits for a connection, the longest first: where holders took theirs before we came, this is who asks. */
  readonly waiters?: readonly {
    readonly waitedMs: number;
    readonly askedBy: readonly CodeFrame[];
    readonly route: string | null;
  }[];
}

export interface PoolsEvent {
  readonly kind: 'pools';
  readonly atMs: number;
  readonly pools: readonly PoolState[];
}

/**
 * Queues whose jobs this process works on. The jobs themselves are in `requests`, as routes with the method `JOB`:
 * `JOB emails/send` for jobs called `send` of the queue `emails`. `completed` and `failed` ended in the window.
 */
export interface JobsEvent {
  readonly kind: 'jobs';
  readonly atMs: number;
  readonly windowMs: number;
  readonly queues: readonly {
    /** `bullmq`, `pg-boss`, `amqplib`. */
    readonly library: string;
    readonly name: string;
    /** Jobs in the queue that nobody works on yet; null where the library does not tell. */
    readonly waiting: number | null;
    /** Jobs that this process works on. */
    readonly active: number;
    readonly completed: number;
    readonly failed: number;
  }[];
}

/** The method of routes that are jobs of a queue. */
export const JOB_METHOD = 'JOB';

/** Which request's work was running at random moments; `finished` means its response had already been sent. */
export interface ContextSamplesEvent {
  readonly kind: 'context-samples';
  readonly atMs: number;
  readonly samples: readonly {
    readonly atMs: number;
    readonly route: string | null;
    readonly finished: boolean;
    readonly stack: readonly CodeFrame[];
  }[];
}

/** Live bytes by allocating call site, from the sampling heap profiler: what was allocated and still lives. */
export interface AllocationEvent {
  readonly kind: 'allocation';
  readonly atMs: number;
  readonly readCostMs: number;
  readonly sites: readonly { readonly stack: readonly CodeFrame[]; readonly liveBytes: number }[];
}

/** A heap snapshot that the user allowed: what it was to cost, and what it did. The service stood still for it. */
export interface HeapSnapshotEvent {
  readonly kind: 'heap-snapshot';
  readonly atMs: number;
  readonly pauseMs: number;
  readonly estimatedPauseMs: number;
  readonly estimatedExtraBytes: number;
  readonly jsonBytes: number;
}

/** What grew between two snapshots, and what holds it. Bounded: the whole comparison stays where it was made. */
export interface HeapComparisonEvent {
  readonly kind: 'heap-comparison';
  /** When the later snapshot was taken. */
  readonly atMs: number;
  /** When the earlier one was. */
  readonly sinceMs: number;
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** The biggest retainers of the growth first. */
  readonly holders: readonly HeapHolder[];
}

/** Something that was there before and holds more now. */
export interface HeapHolder {
  /** `Map`, `TimersList`; `variables` of a function that is left. */
  readonly name: string;
  /** How the program gets there: `globalThis.tracker.pending`. */
  readonly path: string;
  readonly grownBytes: number;
  /** What it holds that is new, the most bytes first. */
  readonly holds: readonly {
    readonly constructor: string;
    readonly count: number;
    readonly bytes: number;
  }[];
}

export interface LargeResponsesEvent {
  readonly kind: 'large-responses';
  readonly atMs: number;
  readonly routes: readonly {
    readonly route: string;
    readonly count: number;
    readonly largestBytes: number;
    readonly totalBytes: number;
    /** Sent by one `end(body)`, not written in pieces. */
    readonly buffered: number;
  }[];
}

/** Outgoing calls that ended in a window: other services by host, databases by client. */
export interface OutgoingEvent {
  readonly kind: 'outgoing';
  readonly atMs: number;
  readonly windowMs: number;
  readonly peers: readonly {
    readonly via: 'http' | 'undici' | 'database';
    readonly peer: string;
    readonly count: number;
    readonly errors: number;
    readonly inFlight: number;
    readonly latency: SparseHistogram;
    /** Routes whose requests were open while these calls ran, most first. */
    readonly routes: readonly string[];
  }[];
}

export interface WorkersEvent {
  readonly kind: 'workers';
  readonly atMs: number;
  readonly workers: readonly {
    readonly pid: number;
    readonly cpuPercent: number;
    readonly utilization: number | null;
    readonly requestsPerSecond: number | null;
  }[];
  readonly exits: readonly { readonly pid: number; readonly how: string }[];
}

/** The worker threads of the process in one window, each with a loop and a heap of its own. */
export interface ThreadsEvent {
  readonly kind: 'threads';
  readonly atMs: number;
  readonly windowMs: number;
  readonly threads: readonly {
    /** `threadId` inside the service. */
    readonly id: number;
    /** As the application named it; empty when it did not. */
    readonly name: string;
    /** Share of the window in which its loop was not waiting for events; null when it did not answer in time. */
    readonly utilization: number | null;
    /** Percent of one core; null where Node does not tell it (before 22.19). */
    readonly cpuPercent: number | null;
    readonly heapUsedBytes: number | null;
    readonly heapLimitBytes: number | null;
    /** How long it has not answered by now; 0 when it does. */
    readonly silentMs: number;
    /** Where it was when asked, the most frequent first; only of threads that are busy. Shares of the questions. */
    readonly hottest: readonly { readonly stack: readonly CodeFrame[]; readonly share: number }[];
  }[];
}

/** What loopscope itself costs the service. */
export interface OwnCostEvent {
  readonly kind: 'own-cost';
  readonly atMs: number;
  readonly windowMs: number;
  /** Our time on the service's main thread in the window. */
  readonly mainThreadMs: number;
  readonly longestPauseMs: number;
  readonly what: string;
}

/** Something was not seen, and why: dropped samples, a probe that was late, a reading that failed. */
export interface GapEvent {
  readonly kind: 'gap';
  readonly atMs: number;
  readonly signal: TimelineEventKind;
  readonly reason: string;
  readonly lost: number | null;
}

/** A moment that the user marked, with a note. */
export interface MarkEvent {
  readonly kind: 'mark';
  readonly atMs: number;
  readonly note: string;
}
