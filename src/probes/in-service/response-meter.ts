/**
 * How the large responses of some routes are sent: whole, or in pieces. This text runs inside the service.
 *
 *   end(body of 4 MB)          -> buffered
 *   write, write, write … end  -> not
 *
 * It stands in for `write` on single responses, and only of the routes that it was given: those that are large by
 * the probe's own counting. It is put in for some seconds and costs the other routes one look at their name.
 */
import type { ExtensionHost, ProbeExtension } from './probe-lifecycle.ts';
import type { Tracked } from './request-meter.ts';

export interface ResponseMeter extends ProbeExtension {
  read(): { readonly nowMs: number; readonly routes: readonly WireLargeRoute[] };
}

export interface WireLargeRoute {
  readonly route: string;
  readonly count: number;
  readonly largestBytes: number;
  readonly totalBytes: number;
  readonly buffered: number;
}

export function createResponseMeter(
  host: ExtensionHost,
  large: { readonly routes: readonly string[]; readonly fromBytes: number },
): ResponseMeter {
  const { builtin, requests, nowMs } = host;
  const channels = builtin('diagnostics_channel') as typeof import('node:diagnostics_channel');
  const START = 'http.server.request.start';
  const FINISH = 'http.server.response.finish';
  const WATCHED = Symbol('watched');
  type Response = Tracked & {
    write: (...args: unknown[]) => unknown;
    readonly _contentLength?: unknown;
    [WATCHED]?: { readonly route: string; pieces: number; readonly write: unknown };
  };
  const names = new Set(large.routes);
  const seen = new Map<
    string,
    { count: number; largestBytes: number; totalBytes: number; buffered: number }
  >();

  const watch = (response: Response, route: string): void => {
    const original = response.write;
    const watched = {
      route,
      pieces: 0,
      write(this: unknown, ...args: unknown[]): unknown {
        watched.pieces++;
        return Reflect.apply(original, this, args);
      },
    };
    response[WATCHED] = watched;
    response.write = watched.write;
  };
  const count = (response: Response): void => {
    const watched = response[WATCHED];
    if (watched === undefined) return;
    if (response.write === watched.write) Reflect.deleteProperty(response, 'write');
    // Node's own note of the length, where it was known before the first byte.
    // oxlint-disable-next-line no-underscore-dangle
    const { _contentLength: bytes } = response;
    if (typeof bytes !== 'number' || bytes < large.fromBytes) return;
    const totals = seen.get(watched.route) ?? { count: 0, largestBytes: 0, totalBytes: 0, buffered: 0 };
    seen.set(watched.route, totals);
    totals.count++;
    totals.totalBytes += bytes;
    totals.largestBytes = Math.max(totals.largestBytes, bytes);
    if (watched.pieces === 0) totals.buffered++;
  };

  // An exception in a channel's subscriber would end the process.
  const onStart = (message: unknown): void => {
    try {
      const { response } = message as { response: Response };
      const entry = requests.entryAt(requests.slotOf(response));
      const route = entry === null ? '' : requests.nameOf(entry);
      if (names.has(route)) watch(response, route);
    } catch {
      // This response goes unnoticed.
    }
  };
  const onFinish = (message: unknown): void => {
    try {
      count((message as { response: Response }).response);
    } catch {
      // As above.
    }
  };
  channels.subscribe(START, onStart);
  channels.subscribe(FINISH, onFinish);

  return {
    read: () => ({ nowMs: nowMs(), routes: [...seen].map(([route, totals]) => ({ route, ...totals })) }),
    remove() {
      channels.unsubscribe(START, onStart);
      channels.unsubscribe(FINISH, onFinish);
    },
  };
}
