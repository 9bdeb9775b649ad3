/**
 * Whose work is it: a note that follows each request through its awaits, and says at any moment which request's
 * work is running. This text runs inside the service.
 *
 *   GET /orders begins -> note { entry, finished: false } … its response is sent -> finished: true … work goes on
 *
 * The note never holds the request: what a service keeps alive for long must not grow by us. An AsyncLocalStorage
 * costs a request 4.5 µs on Node 24 and 18 µs on Node 20, where it is made of async hooks (measured on a hello world
 * of 25 µs): so it is put in for a few seconds at a time.
 */
import type { captureStack } from './capture-stack.ts';
import type { ExtensionHost, ProbeExtension } from './installed-probe.ts';
import type { Tracked } from './request-meter.ts';
import type { RouteEntry } from './route-table.ts';

export interface ContextMeter extends ProbeExtension {
  /** The work that is running as this is called: its route, whether its response was sent, its stack. */
  sample(): WireContextSample;
  currentRoute(): string | null;
  /** Does work as that of a tracked request or job: samples within it, and in what it awaits, tell its route. */
  run<T>(tracked: Tracked, work: () => T): T;
}

export interface WireContextSample {
  readonly nowMs: number;
  readonly route: string | null;
  readonly finished: boolean;
  /** V8's text; empty when nothing was running. */
  readonly stack: string;
  /** Requests that got a note so far. */
  readonly noted: number;
}

interface RequestNote {
  readonly entry: RouteEntry;
  readonly slot: number;
  finished: boolean;
}

export function createContextMeter(host: ExtensionHost, stackOf: typeof captureStack): ContextMeter {
  const { builtin, requests, nowMs } = host;
  const { AsyncLocalStorage } = builtin('async_hooks') as typeof import('node:async_hooks');
  const channels = builtin('diagnostics_channel') as typeof import('node:diagnostics_channel');
  const START = 'http.server.request.start';
  const FINISH = 'http.server.response.finish';
  const NOTE = Symbol('note');
  type Noted = Tracked & { writableEnded?: boolean; [NOTE]?: RequestNote };
  const storage = new AsyncLocalStorage<RequestNote>();

  let noted = 0;

  // An exception in a channel's subscriber would end the process.
  const onStart = (message: unknown): void => {
    try {
      const { response } = message as { response: Noted };
      const slot = requests.slotOf(response);
      const entry = requests.entryAt(slot);
      if (entry === null) return;
      const note = { entry, slot, finished: false };
      response[NOTE] = note;
      noted++;
      storage.enterWith(note);
    } catch {
      // This request goes unnoticed.
    }
  };
  const onFinish = (message: unknown): void => {
    try {
      const note = (message as { response: Noted }).response[NOTE];
      if (note !== undefined) note.finished = true;
    } catch {
      // As above.
    }
  };
  channels.subscribe(START, onStart);
  channels.subscribe(FINISH, onFinish);

  const currentRoute = (): string | null => {
    const note = storage.getStore();
    return note === undefined ? null : requests.nameOf(note.entry);
  };
  /** The application has ended its response; Node says `finish` only when the present callback is over. */
  const hasEnded = (note: RequestNote): boolean => {
    const response: Noted | null = requests.responseAt(note.slot);
    return note.finished || (response?.[NOTE] === note && response.writableEnded === true);
  };
  const isFinished = (): boolean => {
    const note = storage.getStore();
    return note !== undefined && hasEnded(note);
  };
  const sample = (): WireContextSample => ({
    nowMs: nowMs(),
    route: currentRoute(),
    finished: isFinished(),
    stack: stackOf(sample),
    noted,
  });
  return {
    sample,
    currentRoute,
    run(tracked, work) {
      const slot = requests.slotOf(tracked);
      const entry = requests.entryAt(slot);
      return entry === null ? work() : storage.run({ entry, slot, finished: false }, work);
    },
    remove() {
      channels.unsubscribe(START, onStart);
      channels.unsubscribe(FINISH, onFinish);
      storage.disable();
    },
  };
}
