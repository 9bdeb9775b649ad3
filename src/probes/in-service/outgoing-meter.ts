/**
 * Calls that the service makes over HTTP, by the host they go to. This text runs inside the service.
 *
 *   request to api.internal:8080 … 40 ms … headers of the answer  ->  api.internal:8080: 1 call, 40 ms
 *
 * A call's latency ends with the headers of its answer: Node tells of no later moment for `http` and undici alike.
 */
import type { ExtensionHost, ProbeExtension } from './installed-probe.ts';

export interface OutgoingMeter extends ProbeExtension {
  read(): WireOutgoing;
}

export interface WireOutgoing {
  readonly nowMs: number;
  readonly windowMs: number;
  readonly peers: readonly WirePeer[];
}

export interface WirePeer {
  readonly via: 'http' | 'undici';
  readonly peer: string;
  readonly count: number;
  readonly errors: number;
  readonly inFlight: number;
  /** bucket, count pairs in microseconds. */
  readonly latency: readonly (readonly [bucket: number, count: number])[];
  readonly routes: readonly string[];
}

interface Peer {
  readonly via: 'http' | 'undici';
  readonly peer: string;
  count: number;
  errors: number;
  inFlight: number;
  readonly latency: Map<number, number>;
  readonly routes: Map<string, number>;
}

interface Call {
  readonly peer: Peer;
  readonly startMs: number;
  ended: boolean;
}

export function createOutgoingMeter(
  host: ExtensionHost,
  bucketOf: (valueUs: number) => number,
): OutgoingMeter {
  const MOST_PEERS = 50;
  /** Which requests are open is looked up for so many calls a window; more would tell the same. */
  const LOOKED_UP = 10;
  const MOST_ROUTES = 5;
  const { builtin, requests, nowMs } = host;
  const channels = builtin('diagnostics_channel') as typeof import('node:diagnostics_channel');
  const CALL = Symbol('call');
  type Message = {
    readonly request: {
      readonly host?: string;
      readonly origin?: string | URL;
      getHeader?(name: string): string | undefined;
      [CALL]?: Call;
    };
    readonly response?: { readonly statusCode?: number };
  };
  const peers = new Map<string, Peer>();
  let cutMs = nowMs();
  let lookedUp = 0;

  const peerOf = (via: Peer['via'], name: string): Peer => {
    const key = `${via} ${name}`;
    const known = peers.get(key);
    if (known !== undefined) return known;
    if (peers.size >= MOST_PEERS && name !== '(other)') return peerOf(via, '(other)');
    const peer = { via, peer: name, count: 0, errors: 0, inFlight: 0, latency: new Map(), routes: new Map() };
    peers.set(key, peer);
    return peer;
  };
  const begin = (via: Peer['via'], { request }: Message): void => {
    const name = via === 'undici' ? request.origin : (request.getHeader?.('host') ?? request.host);
    const peer = peerOf(via, String(name ?? '').replace(/^https?:\/\//, ''));
    peer.inFlight++;
    request[CALL] = { peer, startMs: nowMs(), ended: false };
    if (lookedUp++ >= LOOKED_UP) return;
    for (const route of requests.namesInFlight(MOST_ROUTES))
      peer.routes.set(route, (peer.routes.get(route) ?? 0) + 1);
  };
  const end = ({ request, response }: Message): void => {
    const call = request[CALL];
    if (call === undefined || call.ended) return;
    call.ended = true;
    const { peer } = call;
    const bucket = bucketOf((nowMs() - call.startMs) * 1000);
    peer.inFlight--;
    peer.count++;
    peer.latency.set(bucket, (peer.latency.get(bucket) ?? 0) + 1);
    if (response === undefined || (response.statusCode ?? 0) >= 500) peer.errors++;
  };
  // An exception in a channel's subscriber would end the process.
  const safely =
    (handle: (message: Message) => void) =>
    (message: unknown): void => {
      try {
        handle(message as Message);
      } catch {
        // This call goes unnoticed.
      }
    };
  const subscriptions: readonly (readonly [string, (message: unknown) => void])[] = [
    ['http.client.request.start', safely((message) => begin('http', message))],
    ['http.client.response.finish', safely(end)],
    // From Node 20 on; before, calls that fail are not told.
    ['http.client.request.error', safely(end)],
    ['undici:request:create', safely((message) => begin('undici', message))],
    ['undici:request:headers', safely(end)],
    ['undici:request:error', safely(({ request }) => end({ request }))],
  ];
  for (const [name, listener] of subscriptions) channels.subscribe(name, listener);

  const readPeer = (peer: Peer): WirePeer => {
    const reading = {
      via: peer.via,
      peer: peer.peer,
      count: peer.count,
      errors: peer.errors,
      inFlight: peer.inFlight,
      latency: [...peer.latency],
      routes: [...peer.routes]
        // oxlint-disable-next-line unicorn/no-array-sort -- Node 18 has no other
        .sort((a, b) => b[1] - a[1])
        .slice(0, MOST_ROUTES)
        .map(([route]) => route),
    };
    peer.count = 0;
    peer.errors = 0;
    peer.latency.clear();
    peer.routes.clear();
    return reading;
  };

  return {
    read() {
      const atMs = nowMs();
      const windowMs = atMs - cutMs;
      cutMs = atMs;
      lookedUp = 0;
      const busy = [...peers.values()].filter((peer) => peer.count > 0 || peer.inFlight > 0);
      return { nowMs: atMs, windowMs, peers: busy.map(readPeer) };
    },
    remove() {
      for (const [name, listener] of subscriptions) channels.unsubscribe(name, listener);
      peers.clear();
    },
  };
}
