/**
 * How the probe comes into the service, is kept there, and leaves no trace of itself. This text runs inside the
 * service.
 *
 *   evaluate -> pending: `read` answers "blocked" at once -> (timer without context) -> live -> uninstalled
 *
 * Nothing is set up in the evaluated expression itself but one timer: the expression lands in the middle of the
 * application's code, and whatever is created there would keep that code's AsyncLocalStorage stores for good.
 *
 * Nothing that an evaluate runs may use a regular expression, here or in what it calls. Where one of the
 * application's is about to begin as V8 lets us in, a second one frees the memory that the first will backtrack in
 * (up to Node 22): the service dies of SIGSEGV.
 */
import type { captureStack } from './capture-stack.ts';
import type { createHeapMeter, HeapMeter } from './heap-meter.ts';
import type { createInspectorClosing } from './inspector-closing.ts';
import type { InstalledProbe, ProbeExtension } from './installed-probe.ts';
import type { createLoopMeter, LoopMeter } from './loop-meter.ts';
import type { watchLoop } from './loop-watch.ts';
import type { createProbeNeighbours } from './probe-neighbours.ts';
import type { createRequestMeter, RequestMeter } from './request-meter.ts';
import type { subscribeToRequests } from './request-channels.ts';
import type { createRoutePlaces } from './route-places.ts';
import type { createRouteTable, RouteTable } from './route-table.ts';

/** The functions whose texts the probe is put together from. */
export interface ProbeParts {
  readonly createLoopMeter: typeof createLoopMeter;
  readonly watchLoop: typeof watchLoop;
  readonly createInspectorClosing: typeof createInspectorClosing;
  readonly createProbeNeighbours: typeof createProbeNeighbours;
  readonly createRouteTable: typeof createRouteTable;
  readonly createRoutePlaces: typeof createRoutePlaces;
  readonly createRequestMeter: typeof createRequestMeter;
  readonly createHeapMeter: typeof createHeapMeter;
  readonly subscribeToRequests: typeof subscribeToRequests;
  readonly captureStack: typeof captureStack;
  readonly foldPath: (path: string) => string;
  readonly bucketOf: (value: number) => number;
}

export interface ProbeOptions {
  readonly beatMs: number;
  /** Loop time without a poll after which the probe removes itself. */
  readonly leaseMs: number;
  /** `process.debugPort` as it was before we opened the inspector; -1 when it is not ours to close. */
  readonly debugPort: number;
  readonly maxRoutes: number;
  readonly bucketCount: number;
}

export type InstallOutcome =
  | { readonly state: 'installed'; readonly nowMs: number }
  /** As many loopscopes as there is room for have polled a moment ago. */
  | { readonly state: 'held' };

export function installProbe(
  options: ProbeOptions,
  names: {
    readonly registry: string;
    readonly owner: string;
    readonly otherRoute: string;
    readonly unknownRoute: string;
  },
  parts: ProbeParts,
  requireBuiltin: NodeJS.Require | undefined,
): InstallOutcome {
  const BLOCKED_FROM_MS = 75;
  const LEASE_CHECKS = 5;
  // Twice a second, with readings four times a second, shows a queue that builds up within a second.
  const EXTENSIONS_EVERY_MS = 450;
  // A check that comes later than this was held up by the application; the rest of the time does not count.
  const LEASE_CHECK_GRACE_MS = 100;
  // What the inspector spends around `read` (parsing, compiling, serialising) cannot be timed from inside: an
  // expression of one digit costs the main thread 0.2 ms on an idle service.
  const EVALUATE_MS = 0.2;
  // Waking the service's thread costs the kernel 90 to 120 µs of CPU; a poll wakes it, and a beat after the poll.
  const WAKE_UP_MS = 0.1;
  // CPU of a whole HTTP server on real sockets, Node 20: 0.15 µs a request for Node to publish to subscriptions that are
  // empty, and 0.38 for ours, half of which are two readings of the clock. On Express 1.2 to 2 µs of 70: the objects that
  // are looked at are out of the caches by then. The lesser figure, which is that of the higher rates.
  const PER_REQUEST_MS = 0.0005;

  const neighbours = parts.createProbeNeighbours(names);
  if (!neighbours.hasRoom()) return { state: 'held' };

  // `getBuiltinModule` cannot be hooked by the application's loaders; it came with Node 20.16 and 22.3.
  const builtin = (name: string): unknown =>
    typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule(name) : requireBuiltin!(name);
  // Globals only, until the clean timer has fired: on Node 18 the first `require` keeps the store of where it is called.
  const { performance } = globalThis;
  const stringify = JSON.stringify;
  const [seconds, nanoseconds] = process.hrtime();
  const clockOffsetMs = seconds * 1000 + nanoseconds / 1e6 - performance.now();
  const nowMs = (): number => performance.now() + clockOffsetMs;

  /** A timer that carries no AsyncLocalStorage store, whatever code it is made in. */
  const startCleanTimer = (callback: () => void, delayMs: number): NodeJS.Timeout => {
    const timer = setTimeout(callback, delayMs);
    const fields = timer as unknown as Record<symbol, unknown>;
    for (const field of Object.getOwnPropertySymbols(timer)) {
      const name = (field.description ?? '').toLowerCase();
      if (name === 'kresourcestore') delete fields[field];
      else if (name.includes('context') && name.includes('frame')) fields[field] = undefined;
    }
    timer.unref();
    return timer;
  };

  const inspector = parts.createInspectorClosing({ builtin, startCleanTimer });
  let { debugPort } = options;
  let isInherited = false;
  inspector.own(debugPort);
  const installedMs = nowMs();
  const removals: (() => void)[] = [];
  let loop: LoopMeter | null = null;
  let requests: RequestMeter | null = null;
  let routes: RouteTable | null = null;
  let heap: HeapMeter | null = null;
  let polledMs = installedMs;
  let leaseLeftMs = options.leaseMs;
  let sequence = 0;
  let cutMs = installedMs;
  let extensionsReadMs = installedMs;
  let spentMs = 0;
  let longestPauseMs = 0;
  let removed = false;

  const spend = (ms: number): void => {
    spentMs += ms;
    if (ms > longestPauseMs) longestPauseMs = ms;
  };

  const uninstall = (): void => {
    if (removed) return;
    removed = true;
    for (const remove of removals.splice(0)) {
      try {
        remove();
      } catch {
        // What is gone already need not be removed.
      }
    }
    requests?.forget();
    const heir = neighbours.leave(probe);
    if (debugPort >= 0) heir?.inherit(debugPort);
    inspector.forget();
    if (heir === undefined && isInherited) inspector.closeSoon();
  };

  const leaveAlone = (): void => {
    // Asked before: of an inspector that somebody else still uses, that one has the duty.
    const isLast = neighbours.others(probe).length === 0;
    uninstall();
    if (isLast) inspector.closeSoon();
  };

  const observeCollections = (meter: HeapMeter): void => {
    const { PerformanceObserver } = builtin('perf_hooks') as typeof import('node:perf_hooks');
    const observer = new PerformanceObserver((list) => {
      try {
        const startedMs = nowMs();
        for (const entry of list.getEntries()) {
          const { detail } = entry as unknown as { readonly detail: { readonly kind: number } };
          meter.collected(detail.kind, entry.startTime + clockOffsetMs, entry.duration);
        }
        spend(nowMs() - startedMs);
      } catch {
        // Collections are missed; the application is not bothered.
      }
    });
    observer.observe({ entryTypes: ['gc'] });
    removals.push(() => observer.disconnect());
  };

  const start = (): void => {
    if (removed) return;
    const { bucketOf, foldPath } = parts;
    const { bucketCount, maxRoutes, beatMs } = options;
    const startedMs = nowMs();
    cutMs = startedMs;
    try {
      const table = parts.createRouteTable({
        ...names,
        foldPath,
        createRoutePlaces: parts.createRoutePlaces,
        maxRoutes,
        hitsOf: (id) => meter.hitsOf(id),
        onMerged: (from, to) => meter.merge(from, to),
      });
      const meter: RequestMeter = parts.createRequestMeter({
        routes: table,
        maxRoutes,
        bucketOf,
        bucketCount,
        foldPath,
      });
      const loopMeter = parts.createLoopMeter({
        beatMs,
        startedMs,
        idleMs: () => performance.nodeTiming.idleTime,
        bucketOf,
        bucketCount,
        onStall: (fromMs, toMs) => meter.keepStarts(fromMs, toMs),
      });
      heap = parts.createHeapMeter({
        v8: builtin('v8') as typeof import('node:v8'),
        arrayBuffersBytes: () => process.memoryUsage().arrayBuffers,
      });
      const channels = builtin('diagnostics_channel') as typeof import('node:diagnostics_channel');
      removals.push(parts.subscribeToRequests(channels, meter, nowMs));
      observeCollections(heap);
      inspector.watchEnd();
      const timers = builtin('timers') as typeof import('node:timers');
      const stopWatching = parts.watchLoop({
        timers,
        meter: {
          turn: (atMs) => loopMeter.turn(atMs),
          beat(atMs) {
            loopMeter.beat(atMs);
            spend(WAKE_UP_MS);
          },
        },
        beatMs,
        nowMs,
        onFailure: leaveAlone,
      });
      removals.push(stopWatching);
      const checkEveryMs = options.leaseMs / LEASE_CHECKS;
      let checkedMs = startedMs;
      const lease = timers.setInterval(() => {
        const atMs = nowMs();
        leaseLeftMs -= Math.min(atMs - checkedMs, checkEveryMs + LEASE_CHECK_GRACE_MS);
        checkedMs = atMs;
        spend(WAKE_UP_MS);
        if (leaseLeftMs < 0) leaveAlone();
      }, checkEveryMs);
      lease.unref();
      removals.push(() => timers.clearInterval(lease));
      loop = loopMeter;
      requests = meter;
      routes = table;
      spend(nowMs() - startedMs);
    } catch {
      uninstall();
    }
  };

  const selectBlocked = (
    atMs: number,
  ): { sinceMs: number; ageMs: number; stack: string; route: string | null } | null => {
    const { sinceMs, ageMs } = loop?.selectBusy(atMs) ?? { sinceMs: installedMs, ageMs: atMs - installedMs };
    if (ageMs < BLOCKED_FROM_MS) return null;
    const stack = parts.captureStack(read);
    // Nothing below us: the process had been stopped, or a callback has just ended.
    return stack === '' ? null : { sinceMs, ageMs, stack, route: requests?.selectRunning(sinceMs) ?? null };
  };

  /** Each as a text of its own, so that one that cannot be told takes nothing else along. */
  const readExtensions = (atMs: number): Record<string, string> | null => {
    if (atMs - extensionsReadMs < EXTENSIONS_EVERY_MS) return null;
    extensionsReadMs = atMs;
    const told: Record<string, string> = {};
    for (const name of Object.keys(extensions)) {
      try {
        const extension = extensions[name]!;
        if (extension.read !== undefined) told[name] = stringify(extension.read());
      } catch {
        // Its collector sees that it told nothing.
      }
    }
    return told;
  };

  function read(): string {
    const atMs = nowMs();
    polledMs = atMs;
    leaseLeftMs = options.leaseMs;
    const answered = requests?.read(atMs) ?? null;
    const finished = answered?.routes.reduce((sum, route) => sum + route.count, 0) ?? 0;
    const text = stringify({
      sequence: ++sequence,
      nowMs: atMs,
      windowMs: atMs - cutMs,
      state: loop === null ? 'pending' : 'live',
      blocked: selectBlocked(atMs),
      loop: loop?.read(atMs) ?? null,
      requests: answered,
      gc: heap?.readCollections() ?? null,
      memory: heap?.readMemory(atMs) ?? null,
      extensions: readExtensions(atMs),
      cost: { mainThreadMs: spentMs + finished * PER_REQUEST_MS, longestPauseMs },
    });
    cutMs = atMs;
    spentMs = 0;
    longestPauseMs = 0;
    spend(nowMs() - atMs + EVALUATE_MS);
    return text;
  }

  const extensions: Record<string, ProbeExtension> = {};
  const extend: InstalledProbe['extend'] = (name, create) => {
    startCleanTimer(() => {
      if (removed || requests === null || routes === null) return;
      try {
        extensions[name]?.remove();
        const extension = create({ nowMs, builtin, requests, routes, extensions });
        extensions[name] = extension;
        removals.push(() => {
          if (extensions[name] !== extension) return;
          extension.remove();
          delete extensions[name];
        });
      } catch {
        // Its collector sees that it is not there.
      }
    }, 0);
  };

  const probe: InstalledProbe = {
    read,
    uninstall,
    sincePolledMs: () => nowMs() - polledMs,
    inherit(port) {
      if (debugPort >= 0) return;
      debugPort = port;
      isInherited = true;
      inspector.own(port);
    },
    extend,
    extensions,
  };
  neighbours.join(probe);
  const starter = startCleanTimer(start, 0);
  removals.push(() => clearTimeout(starter));
  return { state: 'installed', nowMs: installedMs };
}
