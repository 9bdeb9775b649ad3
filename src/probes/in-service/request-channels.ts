/**
 * Node's diagnostics channels joined to the request meter. This text runs inside the service.
 *
 * An exception in a channel's subscriber ends the process, so each of these catches everything.
 */
import type { FrameworkRequest, RequestMeter, SendingSocket, Tracked } from './request-meter.ts';

interface HttpMessage {
  readonly request: FrameworkRequest & { readonly method: string; readonly url: string };
  readonly response: Tracked & { readonly statusCode: number; readonly _contentLength?: unknown };
  readonly socket: SendingSocket;
}

interface Http2Message {
  readonly stream: Tracked & { readonly sentHeaders?: Readonly<Record<string, unknown>> };
  readonly headers: Readonly<Record<string, unknown>>;
}

interface FastifyMessage {
  readonly reply: { readonly raw: Tracked };
  readonly route: { readonly url: unknown };
}

/** Subscribes; the result unsubscribes all of it. */
export function subscribeToRequests(
  channels: Pick<typeof import('node:diagnostics_channel'), 'subscribe' | 'unsubscribe'>,
  meter: RequestMeter,
  nowMs: () => number,
): () => void {
  const onHttpStart = (message: unknown): void => {
    try {
      const { request, response, socket } = message as HttpMessage;
      meter.begin(response, request.method, request.url, nowMs(), true, socket);
    } catch {
      meter.fail();
    }
  };
  const onHttpFinish = (message: unknown): void => {
    try {
      const { request, response, socket } = message as HttpMessage;
      // Node's own note of the length, where the body was given whole: free to read, and not on every response.
      // oxlint-disable-next-line no-underscore-dangle
      const { _contentLength: bytes } = response;
      meter.end(response, request, response.statusCode, bytes, nowMs(), socket);
    } catch {
      meter.fail();
    }
  };
  const onHttp2Start = (message: unknown): void => {
    try {
      const { stream, headers } = message as Http2Message;
      const method = headers[':method'];
      const path = headers[':path'];
      if (typeof method !== 'string' || typeof path !== 'string') return;
      meter.begin(stream, method, path, nowMs(), false);
    } catch {
      meter.fail();
    }
  };
  const onHttp2Close = (message: unknown): void => {
    try {
      const { stream } = message as Http2Message;
      const status = stream.sentHeaders?.[':status'];
      if (typeof status === 'number') meter.end(stream, null, status, undefined, nowMs());
      else meter.abort(stream);
    } catch {
      meter.fail();
    }
  };
  const onFastifyHandler = (message: unknown): void => {
    try {
      const { reply, route } = message as FastifyMessage;
      if (typeof route.url === 'string') meter.matched(reply.raw, route.url);
    } catch {
      meter.fail();
    }
  };
  const subscriptions: readonly [string, (message: unknown) => void][] = [
    ['http.server.request.start', onHttpStart],
    ['http.server.response.finish', onHttpFinish],
    // From Node 22.17 on; before, nothing is published here.
    ['http2.server.stream.start', onHttp2Start],
    ['http2.server.stream.close', onHttp2Close],
    ['tracing:fastify.request.handler:start', onFastifyHandler],
  ];
  for (const [name, listener] of subscriptions) channels.subscribe(name, listener);
  return () => {
    for (const [name, listener] of subscriptions) channels.unsubscribe(name, listener);
  };
}
