/**
 * How the large responses of some routes are sent: whole, or in pieces. This text runs inside the service.
 *
 *   end(body of 4 MB)                               -> buffered
 *   end(body of 4 MB) -> compression -> write … end  -> buffered: what counts is what the application hands over
 *   write, write, write … end                        -> not
 *
 * It stands in for `write` and `end` on single responses, and only of the routes that it was given: those that may be
 * large by the probe's own counting. It is put in for some seconds and costs the other routes one look at their name.
 */
import type { ExtensionHost, ProbeExtension } from './installed-probe.ts';
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
  type Method = (this: unknown, ...args: unknown[]) => unknown;
  type Response = Tracked & {
    write: Method;
    end: Method;
    [WATCHED]?: Watched;
  };
  interface Watched {
    readonly route: string;
    pieces: number;
    /** What was handed over at once, and in pieces. */
    endBytes: number;
    writtenBytes: number;
    readonly unwatch: () => void;
  }
  const names = new Set(large.routes);
  const seen = new Map<
    string,
    { count: number; largestBytes: number; totalBytes: number; buffered: number }
  >();

  /** Of text as many bytes as characters: more would cost a second encoding. */
  const sizeOf = (chunk: unknown): number => {
    if (typeof chunk === 'string') return chunk.length;
    return ArrayBuffer.isView(chunk) ? chunk.byteLength : 0;
  };
  /**
   * Hears the calls of one method. A middleware that puts its own in the place calls the one that it found there: only
   * the outermost is what the application calls.
   */
  const hear = (response: Response, name: 'write' | 'end', heard: (chunk: unknown) => void): (() => void) => {
    const inherited = response[name];
    let current: Method = inherited;
    let shown: Method = inherited;
    const show = (method: Method): void => {
      current = method;
      shown = function (this: unknown, ...args: unknown[]): unknown {
        if (current === method) heard(args[0]);
        return Reflect.apply(method, this, args);
      };
    };
    show(inherited);
    Object.defineProperty(response, name, {
      configurable: true,
      enumerable: true,
      get: () => shown,
      set: show,
    });
    return () => {
      Reflect.deleteProperty(response, name);
      if (current !== inherited) response[name] = current;
    };
  };
  const watch = (response: Response, route: string): void => {
    // Some frameworks put theirs on the response before this; those stay as they are.
    if (Object.hasOwn(response, 'write') || Object.hasOwn(response, 'end')) return;
    const watched = { route, pieces: 0, endBytes: 0, writtenBytes: 0 };
    const stopWrite = hear(response, 'write', (chunk) => {
      watched.pieces++;
      watched.writtenBytes += sizeOf(chunk);
    });
    const stopEnd = hear(response, 'end', (chunk) => {
      watched.endBytes += sizeOf(chunk);
    });
    response[WATCHED] = Object.assign(watched, {
      unwatch() {
        stopWrite();
        stopEnd();
      },
    });
  };
  const count = (response: Response): void => {
    const watched = response[WATCHED];
    if (watched === undefined) return;
    watched.unwatch();
    const bytes = watched.endBytes + watched.writtenBytes;
    if (bytes < large.fromBytes) return;
    const totals = seen.get(watched.route) ?? { count: 0, largestBytes: 0, totalBytes: 0, buffered: 0 };
    seen.set(watched.route, totals);
    totals.count++;
    totals.totalBytes += bytes;
    totals.largestBytes = Math.max(totals.largestBytes, bytes);
    // One write of everything and an empty end is the same thing.
    if (watched.pieces === 0 || (watched.pieces === 1 && watched.endBytes === 0)) totals.buffered++;
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
