/** The live wire: a WebSocket to an inspector, and the HTTP look-up that says what listens there. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import { Agent, WebSocket, request } from 'undici';
import type { buildConnector } from 'undici';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { Transport } from './transport.ts';

/** Why no inspector could be talked to at an address. */
export type WireFailure =
  /** Nothing listens there, or the network does not lead there. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** Something listens and said nothing in time. */
  | { readonly kind: 'silent'; readonly afterMs: number }
  /** Something answered, and it is no inspector. */
  | { readonly kind: 'not-an-inspector'; readonly reason: string };

/** Another way to an address than the system's own: into a container's network. */
export type SocketOpener = (host: string, port: number) => Promise<Socket>;

export interface InspectorListing {
  /** Ready to be connected to. */
  readonly webSocketUrl: string;
  /** What the process calls itself: `node[4711]` or the script. Unsanitised. */
  readonly title: string;
}

/** A listing is a few hundred bytes per debuggable thing; whatever sends more is something else. */
const LARGEST_LISTING_BYTES = 256 * 1024;

/**
 * Asks what can be inspected at an address, by `GET /json/list`. Only ever used on an address that is an
 * inspector's by other evidence or by the user's word: never to find out what a service's port is.
 */
export async function findInspectorAt(
  host: string,
  port: number,
  timeoutMs: number,
  openSocket: SocketOpener | null = null,
): Promise<Result<InspectorListing, WireFailure>> {
  const signal = AbortSignal.timeout(timeoutMs);
  const dispatcher = directConnections(timeoutMs, openSocket);
  try {
    const authority = `${await literalAddress(host)}:${port}`;
    const response = await request(`http://${authority}/json/list`, { dispatcher, signal });
    const body = await readAtMost(response.body, LARGEST_LISTING_BYTES);
    const listing = body === null ? null : parseListing(body, authority);
    return listing === null
      ? fail({ kind: 'not-an-inspector', reason: `it answers HTTP ${response.statusCode} to /json/list` })
      : ok(listing);
  } catch (error) {
    return fail(wireFailureFrom(error, signal.aborted, timeoutMs));
  } finally {
    void dispatcher.destroy();
  }
}

/** Opens a WebSocket to an inspector; resolves when the handshake is done, within `timeoutMs`. */
export function connectWebSocket(
  url: string,
  timeoutMs: number,
  openSocket: SocketOpener | null = null,
): Promise<Result<Transport, WireFailure>> {
  const dispatcher = directConnections(timeoutMs, openSocket);
  const socket = new WebSocket(url, { dispatcher });
  const wire = new WebSocketTransport(socket, () => void dispatcher.destroy());
  return new Promise((resolve) => {
    let opened = false;
    const deadline = setTimeout(() => give(fail({ kind: 'silent', afterMs: timeoutMs })), timeoutMs);
    const give = (outcome: Result<Transport, WireFailure>): void => {
      clearTimeout(deadline);
      if (!outcome.ok) void dispatcher.destroy();
      resolve(outcome);
    };
    socket.addEventListener('open', () => {
      opened = true;
      give(ok(wire));
    });
    socket.addEventListener('error', (event) => {
      if (!opened) give(fail(wireFailureFrom(event.error, false, timeoutMs)));
    });
    socket.addEventListener('close', () => {
      if (!opened) give(fail({ kind: 'not-an-inspector', reason: 'it refused the WebSocket handshake' }));
    });
  });
}

class WebSocketTransport implements Transport {
  onMessage: ((message: string) => void) | null = null;
  onClose: ((reason: string) => void) | null = null;
  readonly #socket: WebSocket;
  readonly #release: () => void;

  constructor(socket: WebSocket, release: () => void) {
    this.#socket = socket;
    this.#release = release;
    socket.addEventListener('message', (event) => this.onMessage?.(String(event.data)));
    socket.addEventListener('close', (event) => {
      release();
      const tellOnce = this.onClose;
      this.onClose = null;
      tellOnce?.(event.reason || `the connection closed (${event.code})`);
    });
  }

  send(message: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  close(): void {
    // The closing handshake needs the service's inspector thread; a service on its way out must not wait for us.
    this.#socket.close();
    this.#release();
  }
}

/** Straight to the address: proxies from the environment and other connections' pools play no part. */
const directConnections = (timeoutMs: number, openSocket: SocketOpener | null): Agent =>
  new Agent({
    connect: openSocket === null ? { timeout: timeoutMs } : connectorFrom(openSocket),
    pipelining: 0,
    headersTimeout: timeoutMs,
    bodyTimeout: 0,
  });

function connectorFrom(openSocket: SocketOpener): buildConnector.connector {
  const open = callbackify(openSocket);
  return ({ hostname, port }, callback) =>
    open(hostname.replace(/^\[|\]$/g, ''), Number(port), (error, socket) =>
      error === null ? callback(null, socket) : callback(error, null),
    );
}

/** Node's inspector refuses a `Host` that is a name other than localhost (DNS rebinding), so names are resolved here. */
async function literalAddress(host: string): Promise<string> {
  const address = isIP(host) || host === 'localhost' ? host : (await lookup(host)).address;
  return isIP(address) === 6 ? `[${address}]` : address;
}

async function readAtMost(body: AsyncIterable<Buffer>, limitBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limitBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseListing(body: string, authority: string): InspectorListing | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const [first]: unknown[] = Array.isArray(parsed) ? parsed : [];
  if (typeof first !== 'object' || first === null || !('id' in first)) return null;
  const { id } = first;
  if (typeof id !== 'string' || !/^[\w-]+$/.test(id) || !('webSocketDebuggerUrl' in first)) return null;
  const title = 'title' in first && typeof first.title === 'string' ? first.title : '';
  return { webSocketUrl: `ws://${authority}/${id}`, title };
}

function wireFailureFrom(error: unknown, aborted: boolean, timeoutMs: number): WireFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (aborted || /TIMEOUT/.test(code)) return { kind: 'silent', afterMs: timeoutMs };
  const unparsable = cause instanceof Error && cause.name === 'HTTPParserError';
  if (unparsable || /SOCKET|ECONNRESET|EPIPE/.test(code)) {
    return { kind: 'not-an-inspector', reason: 'it does not speak HTTP' };
  }
  return { kind: 'unreachable', reason: code || (cause instanceof Error ? cause.message : String(cause)) };
}
