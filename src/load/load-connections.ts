/**
 * The connections to one origin: a request takes an idle one, or opens one, or waits in line until one is free.
 * The line is ours and not the HTTP client's, so that a request that waits too long can be given up and counted.
 */
import { Client } from 'undici';
import type { LoadErrorKind } from './load-result.ts';

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** When it was due, on the caller's clock. */
  readonly startMs: number;
  /** Called exactly once: with the status when the answer is complete, or with why there is none. */
  readonly settle: (outcome: LoadOutcome) => void;
}

export type LoadOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly bytes: number }
  | { readonly kind: 'failed'; readonly error: LoadErrorKind };

/** A connection and the request on it. */
interface Lane {
  readonly client: Client;
  request: LoadRequest | null;
  abort: (() => void) | null;
}

export class LoadConnections {
  readonly #origin: string;
  readonly #limit: number;
  readonly #lanes: Lane[] = [];
  readonly #idle: Lane[] = [];
  #waiting: LoadRequest[] = [];

  constructor(origin: string, limit: number) {
    this.#origin = origin;
    this.#limit = limit;
  }

  get opened(): number {
    return this.#lanes.length;
  }

  send(request: LoadRequest): void {
    // The connection used last is taken first: no more of them stay warm than the load needs.
    const lane = this.#idle.pop() ?? (this.#lanes.length < this.#limit ? this.#open() : undefined);
    if (lane === undefined) this.#waiting.push(request);
    else this.#dispatch(lane, request);
  }

  /** Gives up every request that was due before `dueBeforeMs`. */
  expire(dueBeforeMs: number): void {
    const alive = this.#waiting.findIndex(({ startMs }) => startMs >= dueBeforeMs);
    const expired = this.#waiting.splice(0, alive === -1 ? this.#waiting.length : alive);
    for (const request of expired) request.settle({ kind: 'failed', error: 'timeout' });
    for (const lane of this.#lanes) {
      if (lane.request !== null && lane.request.startMs < dueBeforeMs) {
        this.#finish(lane, { kind: 'failed', error: 'timeout' });
      }
    }
  }

  /** Closes every connection at once; what is in flight or in line is not settled any more. */
  async destroy(): Promise<void> {
    this.#waiting = [];
    for (const lane of this.#lanes) lane.request = null;
    await Promise.all(this.#lanes.map(({ client }) => client.destroy()));
  }

  #open(): Lane {
    // Our own deadline covers connecting, waiting and reading, so the client's are off.
    const client = new Client(this.#origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: 0 },
    });
    const lane: Lane = { client, request: null, abort: null };
    this.#lanes.push(lane);
    return lane;
  }

  #dispatch(lane: Lane, request: LoadRequest): void {
    lane.request = request;
    let status = 0;
    let bytes = 0;
    const finish = (outcome: LoadOutcome): void => {
      // A request that was given up has been settled, and the connection may carry another one by now.
      if (lane.request === request) this.#finish(lane, outcome);
    };
    lane.abort = null;
    lane.client.dispatch(
      {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body,
      },
      {
        onRequestStart: (controller) => {
          lane.abort = () => controller.abort(new Error('given up'));
          if (lane.request !== request) lane.abort();
        },
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: (_controller, chunk) => {
          bytes += chunk.length;
        },
        onResponseEnd: () => finish({ kind: 'answered', status, bytes }),
        onResponseError: (_controller, error) => finish({ kind: 'failed', error: errorKind(error) }),
      },
    );
  }

  #finish(lane: Lane, outcome: LoadOutcome): void {
    const { request, abort } = lane;
    if (request === null) return;
    lane.request = null;
    lane.abort = null;
    if (outcome.kind === 'failed' && outcome.error === 'timeout') abort?.();
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(lane);
    else this.#dispatch(lane, next);
    request.settle(outcome);
  }
}

const ERROR_KINDS: Readonly<Record<string, LoadErrorKind>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
};

function errorKind(error: unknown): LoadErrorKind {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return 'other';
  if (/^ERR_(SSL|TLS)|CERT/.test(code)) return 'tls';
  return ERROR_KINDS[code] ?? 'other';
}
