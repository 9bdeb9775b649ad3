/** The work that comes in, requests and jobs, and the calls that go out. */
import type { SparseHistogram } from '../latency-histogram.ts';

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
