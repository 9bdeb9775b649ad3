/**
 * Requests from the server's point of view. This text runs inside the service, `begin` and `end` once per request:
 * the hottest code of the project. A request's state lives in preallocated typed arrays; all that is put on the
 * application's objects is the number of its place in them. No object, closure or string is made on the common way.
 *
 *   begin(response, 'GET', '/users/42', now)  …  end(response, request, 200, bytes, now)  ->  bucket of its route
 */
/* oxlint-disable no-underscore-dangle -- Node's own count of what a socket has sent */
import type { RouteEntry, RouteTable } from './route-table.ts';

export interface RequestMeter {
  /** `closesSilently`: no channel tells when its client goes away, so that is looked for at each reading. */
  begin(
    response: Tracked,
    method: string,
    url: string,
    nowMs: number,
    closesSilently: boolean,
    socket?: SendingSocket,
  ): void;
  /** `bytes`: the length of the body, where that was known before it was sent; else the socket tells. */
  end(
    response: Tracked,
    request: FrameworkRequest | null,
    statusCode: number,
    bytes: unknown,
    nowMs: number,
    socket?: SendingSocket,
  ): void;
  /** A framework says which pattern the request in flight has matched. */
  matched(response: Tracked, pattern: string): void;
  /** Its client went away before it was answered. */
  abort(response: Tracked): void;
  fail(): void;
  /** Keeps the starts inside a stall for the next reading, whatever comes after them. */
  keepStarts(startMs: number, endMs: number): void;
  /** The request that began last, if that was after `sinceMs` and it is not answered. */
  selectRunning(sinceMs: number): string | null;
  /** The place of a request in flight, -1 for one that is not followed; another request's as soon as it has ended. */
  slotOf(response: Tracked): number;
  entryAt(slot: number): RouteEntry | null;
  responseAt(slot: number): Tracked | null;
  /** The best name known now. */
  nameOf(entry: RouteEntry): string;
  /** Routes of some of the requests in flight, those that began last first. */
  namesInFlight(most: number): string[];
  /** Requests of a route since it has its id. */
  hitsOf(id: number): number;
  /** Adds what was counted for one route to another. */
  merge(from: number, to: number): void;
  /** Null in the middle of a merge, which a reading may interrupt: then the counts stay for the next one. */
  read(nowMs: number): WireRequests | null;
  forget(): void;
}

/** A response or an HTTP/2 stream; `destroyed` turns true when its connection is gone. */
export interface Tracked {
  readonly destroyed?: boolean;
  /** A response's request. */
  readonly req?: FrameworkRequest;
  [slot: symbol]: number | undefined;
}

/** What it has sent since it was opened. */
export interface SendingSocket {
  readonly _bytesDispatched?: number;
}

/** What Express (and Restify) put on the request when a route has matched. */
export interface FrameworkRequest {
  readonly route?: { readonly path?: unknown };
  readonly baseUrl?: unknown;
  readonly params?: unknown;
}

export interface WireRequests {
  readonly inFlight: number;
  readonly oldestInFlightMs: number;
  readonly aborted: number;
  readonly untracked: number;
  readonly routes: readonly WireRoute[];
  readonly starts: readonly (readonly [route: string, startMs: number])[];
}

export interface WireRoute {
  readonly method: string;
  readonly route: string;
  readonly count: number;
  readonly errors: number;
  readonly totalUs: number;
  readonly maxUs: number;
  readonly bytes: number;
  /** bucket, count, bucket, count … in microseconds. */
  readonly latency: readonly number[];
}

export interface RequestMeterDependencies {
  readonly routes: RouteTable;
  readonly maxRoutes: number;
  readonly bucketOf: (valueUs: number) => number;
  readonly bucketCount: number;
  readonly foldPath: (path: string) => string;
}

export function createRequestMeter(dependencies: RequestMeterDependencies): RequestMeter {
  const FIRST_SLOTS = 1024;
  // 65,536 requests in flight at once: beyond that they are counted and not followed.
  const MAX_SLOTS = 65536;
  const STARTS = 1024;
  // To ask a socket what it has sent costs 40 to 200 ns: so many requests of a window are asked, then one in eight.
  const ASKED_PER_READING = 50;
  const ASKED_IN_CROWD = 8;
  /** Jobs of queues are counted beside the requests: see `job-log.ts`. */
  const JOB_METHOD = 'JOB';
  const STARTS_PER_READING = 192;
  const RECENT_STARTS_PER_READING = 64;
  const { routes, bucketOf, bucketCount, foldPath } = dependencies;
  const SLOT = Symbol('slot');

  let slotStartMs = new Float64Array(FIRST_SLOTS);
  let freeSlots = new Int32Array(FIRST_SLOTS);
  let slotClosesSilently = new Uint8Array(FIRST_SLOTS);
  let slotSentBytes = new Float64Array(FIRST_SLOTS);
  /** For how many requests this one's bytes stand; 0 when its socket was not asked. */
  let slotBytesWeight = new Uint8Array(FIRST_SLOTS);
  const slotEntry: (RouteEntry | null)[] = [];
  const slotResponse: (Tracked | null)[] = [];
  let capacity = 0;
  let freeCount = 0;

  const routeCount = dependencies.maxRoutes + 2;
  const latencies: Uint32Array[] = [];
  const touched: Uint16Array[] = [];
  const touchedCount = new Int32Array(routeCount);
  const requestCount = new Float64Array(routeCount);
  const errorCount = new Float64Array(routeCount);
  const totalUs = new Float64Array(routeCount);
  const maxUs = new Float64Array(routeCount);
  const bytesTotal = new Float64Array(routeCount);
  /** Requests of the windows that have been read. */
  const pastCount = new Float64Array(routeCount);
  let isMerging = false;

  const startMs = new Float64Array(STARTS);
  const startEntry: (RouteEntry | null)[] = Array.from({ length: STARTS }, () => null);
  const startKept = new Uint8Array(STARTS);
  const startSlot = new Int32Array(STARTS);
  let starts = 0;
  let startsRead = 0;
  let lastSlot = -1;
  let aborted = 0;
  let untracked = 0;

  const grow = (): void => {
    const next = capacity === 0 ? FIRST_SLOTS : capacity * 2;
    if (next > MAX_SLOTS) return;
    const largerStarts = new Float64Array(next);
    largerStarts.set(slotStartMs.subarray(0, capacity));
    slotStartMs = largerStarts;
    const largerFlags = new Uint8Array(next);
    largerFlags.set(slotClosesSilently.subarray(0, capacity));
    slotClosesSilently = largerFlags;
    const largerSent = new Float64Array(next);
    largerSent.set(slotSentBytes.subarray(0, capacity));
    slotSentBytes = largerSent;
    const largerWeights = new Uint8Array(next);
    largerWeights.set(slotBytesWeight.subarray(0, capacity));
    slotBytesWeight = largerWeights;
    freeSlots = new Int32Array(next);
    for (let slot = next - 1; slot >= capacity; slot--) {
      freeSlots[freeCount++] = slot;
      slotEntry[slot] = null;
      slotResponse[slot] = null;
    }
    capacity = next;
  };
  grow();

  const release = (slot: number): void => {
    slotEntry[slot] = null;
    slotResponse[slot] = null;
    freeSlots[freeCount++] = slot;
  };

  const abortSlot = (slot: number): void => {
    aborted++;
    const id = routes.idOf(slotEntry[slot]!, 0);
    requestCount[id]!++;
    errorCount[id]!++;
    release(slot);
  };

  const ensureRoute = (id: number): void => {
    while (latencies.length <= id) {
      latencies.push(new Uint32Array(bucketCount));
      touched.push(new Uint16Array(bucketCount));
    }
  };

  /**
   * Where Express has mounted the router. Of the mount's own pattern nothing is left on the request but the URL it
   * matched, and the parameters when the router merges them (`mergeParams`).
   */
  const mountOf = ({ baseUrl, params }: FrameworkRequest, path: string): string => {
    if (typeof baseUrl !== 'string' || baseUrl === '') return '';
    const folded = foldPath(baseUrl);
    const parts = baseUrl.split('/');
    const names = folded.split('/');
    if (params === null || typeof params !== 'object' || names.length !== parts.length) return folded;
    for (const [name, value] of Object.entries(params)) {
      // A parameter stands behind the name of what it selects: `/users/:kind` for `/users/users`.
      const at = value === '' || path.includes(`:${name}`) ? -1 : parts.lastIndexOf(value);
      if (at > 0) names[at] = `:${name}`;
    }
    return names.join('/');
  };

  const matchExpress = (entry: RouteEntry, request: FrameworkRequest, route: { path?: unknown }): void => {
    const { path } = route;
    if (typeof path !== 'string' && !(path instanceof RegExp)) return;
    const base = mountOf(request, String(path));
    const pattern = path === '/' && base !== '' ? base : base + String(path);
    routes.match(entry, route, pattern, base === '' ? 0 : base.split('/').length - 1);
  };

  /** Express has noted the route before it calls the handler, so a request in flight can be asked already. */
  const nameInFlight = (slot: number): string => {
    const entry = slotEntry[slot]!;
    try {
      const request = slotResponse[slot]?.req;
      const route = request?.route;
      if (request && route && route !== entry.matched) matchExpress(entry, request, route);
    } catch {
      // An application may put anything there; its path is as good.
    }
    return routes.nameOf(entry);
  };

  /** Requests whose client has gone never finish; they are found here. */
  const sweep = (nowMs: number): { inFlight: number; oldestInFlightMs: number } => {
    let inFlight = 0;
    let oldestMs = nowMs;
    // Free places are taken from the lowest on, so those in use are soon all seen.
    let unseen = capacity - freeCount;
    for (let slot = 0; slot < capacity && unseen > 0; slot++) {
      const response = slotResponse[slot];
      if (response === null || response === undefined) continue;
      unseen--;
      if (response.destroyed === true && slotClosesSilently[slot] === 1) {
        abortSlot(slot);
      } else if (slotEntry[slot]!.method !== JOB_METHOD) {
        inFlight++;
        if (slotStartMs[slot]! < oldestMs) oldestMs = slotStartMs[slot]!;
      }
    }
    return { inFlight, oldestInFlightMs: nowMs - oldestMs };
  };

  const readRoute = (id: number): WireRoute => {
    const latency: number[] = [];
    const counts = latencies[id];
    const buckets = touched[id];
    if (counts !== undefined && buckets !== undefined) {
      for (let i = 0; i < touchedCount[id]!; i++) {
        const bucket = buckets[i]!;
        latency.push(bucket, counts[bucket]!);
        counts[bucket] = 0;
      }
    }
    const window = {
      method: routes.routes[id]!.method,
      route: routes.routes[id]!.pattern,
      count: requestCount[id]!,
      errors: errorCount[id]!,
      totalUs: Math.round(totalUs[id]!),
      maxUs: Math.round(maxUs[id]!),
      bytes: bytesTotal[id]!,
      latency,
    };
    touchedCount[id] = 0;
    pastCount[id]! += requestCount[id]!;
    requestCount[id] = 0;
    errorCount[id] = 0;
    totalUs[id] = 0;
    maxUs[id] = 0;
    bytesTotal[id] = 0;
    return window;
  };

  const readStarts = (): [string, number][] => {
    const taken: [string, number][] = [];
    const recent = starts - RECENT_STARTS_PER_READING;
    for (let start = Math.max(startsRead, starts - STARTS); start < starts; start++) {
      const place = start % STARTS;
      const entry = startEntry[place];
      if (entry && taken.length < STARTS_PER_READING && (start >= recent || startKept[place] === 1)) {
        const slot = startSlot[place]!;
        const name = slotEntry[slot] === entry ? nameInFlight(slot) : routes.nameOf(entry);
        taken.push([name, startMs[place]!]);
      }
    }
    startsRead = starts;
    return taken;
  };

  return {
    begin(response, method, url, nowMs, closesSilently, socket) {
      if (freeCount === 0) grow();
      if (freeCount === 0) {
        untracked++;
        return;
      }
      const entry = routes.entryOf(method, url);
      const slot = freeSlots[freeCount - 1]!;
      // First, because it throws for a frozen object: then nothing has been taken yet.
      response[SLOT] = slot;
      freeCount--;
      slotStartMs[slot] = nowMs;
      slotEntry[slot] = entry;
      slotResponse[slot] = response;
      slotClosesSilently[slot] = closesSilently ? 1 : 0;
      let weight = 0;
      if (starts - startsRead < ASKED_PER_READING) weight = 1;
      else if ((starts & (ASKED_IN_CROWD - 1)) === 0) weight = ASKED_IN_CROWD;
      if (weight > 0 && socket !== undefined) slotSentBytes[slot] = socket._bytesDispatched ?? 0;
      slotBytesWeight[slot] = socket === undefined ? 0 : weight;
      lastSlot = slot;
      const place = starts & (STARTS - 1);
      startMs[place] = nowMs;
      startEntry[place] = entry;
      startKept[place] = 0;
      startSlot[place] = slot;
      starts++;
    },
    end(response, request, statusCode, bytes, nowMs, socket) {
      const slot = response[SLOT];
      if (slot === undefined || slotResponse[slot] !== response) return;
      const entry = slotEntry[slot]!;
      if (request !== null) {
        const { route } = request;
        if (route !== undefined && route !== null && route !== entry.matched) {
          matchExpress(entry, request, route);
        }
      }
      const id = routes.idOf(entry, statusCode);
      const us = (nowMs - slotStartMs[slot]!) * 1000;
      const bucket = bucketOf(us);
      const weight = slotBytesWeight[slot]!;
      const sentBytes =
        weight > 0 && typeof bytes !== 'number' && socket !== undefined
          ? Math.max(0, (socket._bytesDispatched ?? 0) - slotSentBytes[slot]!) * weight
          : 0;
      release(slot);
      if (latencies.length <= id) ensureRoute(id);
      const counts = latencies[id]!;
      // From here to the end nothing is called: a reading interrupts at calls, and must not see half of a request.
      if (counts[bucket]!++ === 0) touched[id]![touchedCount[id]!++] = bucket;
      requestCount[id]!++;
      totalUs[id]! += us;
      if (us > maxUs[id]!) maxUs[id] = us;
      if (statusCode >= 500) errorCount[id]!++;
      bytesTotal[id]! += typeof bytes === 'number' ? bytes : sentBytes;
    },
    matched(response, pattern) {
      const slot = response[SLOT];
      if (slot === undefined || slotResponse[slot] !== response) return;
      const entry = slotEntry[slot]!;
      if (entry.matched !== pattern) routes.match(entry, pattern, pattern, 0);
    },
    abort(response) {
      const slot = response[SLOT];
      if (slot !== undefined && slotResponse[slot] === response) abortSlot(slot);
    },
    fail() {
      untracked++;
    },
    keepStarts(fromMs, toMs) {
      for (let start = Math.max(startsRead, starts - STARTS); start < starts; start++) {
        const place = start % STARTS;
        if (startMs[place]! >= fromMs && startMs[place]! <= toMs) startKept[place] = 1;
      }
    },
    slotOf(response) {
      const slot = response[SLOT];
      return slot === undefined || slotResponse[slot] !== response ? -1 : slot;
    },
    entryAt: (slot) => slotEntry[slot] ?? null,
    responseAt: (slot) => slotResponse[slot] ?? null,
    nameOf: (entry) => routes.nameOf(entry),
    namesInFlight(most) {
      const names = new Set<string>();
      for (let start = starts - 1; start >= Math.max(0, starts - STARTS) && names.size < most; start--) {
        const place = start % STARTS;
        const entry = startEntry[place];
        if (entry && slotEntry[startSlot[place]!] === entry) names.add(routes.nameOf(entry));
      }
      return [...names];
    },
    selectRunning(sinceMs) {
      const entry = lastSlot < 0 ? null : slotEntry[lastSlot];
      if (entry === null || entry === undefined || slotStartMs[lastSlot]! < sinceMs) return null;
      return nameInFlight(lastSlot);
    },
    hitsOf: (id) => pastCount[id]! + requestCount[id]!,
    merge(from, to) {
      isMerging = true;
      ensureRoute(Math.max(from, to));
      const buckets = touched[from]!;
      for (let i = 0; i < touchedCount[from]!; i++) {
        const bucket = buckets[i]!;
        if (latencies[to]![bucket] === 0) touched[to]![touchedCount[to]!++] = bucket;
        latencies[to]![bucket]! += latencies[from]![bucket]!;
        latencies[from]![bucket] = 0;
      }
      touchedCount[from] = 0;
      for (const counts of [requestCount, errorCount, totalUs, bytesTotal, pastCount]) {
        counts[to]! += counts[from]!;
        counts[from] = 0;
      }
      maxUs[to] = Math.max(maxUs[to]!, maxUs[from]!);
      maxUs[from] = 0;
      isMerging = false;
    },
    read(nowMs) {
      if (isMerging) return null;
      const { inFlight, oldestInFlightMs } = sweep(nowMs);
      const windows: WireRoute[] = [];
      for (let id = 0; id < routes.routes.length; id++) {
        if (requestCount[id]! > 0 || errorCount[id]! > 0) windows.push(readRoute(id));
      }
      const reading = {
        inFlight,
        oldestInFlightMs,
        aborted,
        untracked,
        routes: windows,
        starts: readStarts(),
      };
      aborted = 0;
      untracked = 0;
      return reading;
    },
    forget() {
      slotEntry.length = 0;
      slotResponse.length = 0;
      startEntry.length = 0;
    },
  };
}
