/**
 * The worker threads of a service, each with a session of its own: the protocol's NodeWorker domain carries their
 * messages inside those of the main thread's session.
 *
 *   NodeWorker.attachedToWorker '[worker 3] pricer' -> { id: 3, name: 'pricer', session }
 *
 * Evaluating works in them while the main thread computes. Measured on Node 18 to 26: attaching, 43 ms a round trip,
 * and a worker that ends is not held up.
 */
import { sanitise } from '../shared/sanitiser.ts';
import { AGENT_THREAD_NAME } from './agent-folder.ts';
import { openSession } from './protocol-session.ts';
import type { InspectorSession } from './session.ts';
import type { Transport } from './transport.ts';

export interface WorkerThread {
  /** `threadId` inside the service. */
  readonly id: number;
  /** As the application named it; empty when it did not. */
  readonly name: string;
  readonly session: InspectorSession;
}

export interface WorkerThreadWatch {
  /** Threads that are attached to now, the oldest first. */
  threads(): readonly WorkerThread[];
  /** Leaves all of them; nothing is left in any. */
  stop(): Promise<void>;
}

/** More are left alone: a service has about one a core, and each costs its main thread two messages a second. */
const MOST_WATCHED = 16;
/**
 * A service that starts workers faster than this (one for each request, say) is not watched at all: attaching costs
 * its main thread 0.1 to 0.3 ms a worker.
 */
const MOST_STARTS = 40;
const STARTS_WITHIN_MS = 10_000;
/** A blocked service must not hold up our leaving; the end of the connection takes all sessions along. */
const LEAVES_WITHIN_MS = 1000;

interface AttachedToWorker {
  readonly sessionId: string;
  readonly workerInfo: { readonly title: string };
}

/**
 * Attaches to the workers that are there and to those that come.
 * @param onUnwatched told once when there are more than are watched, or when they come and go too fast for any
 */
export async function watchWorkerThreads(
  session: InspectorSession,
  onUnwatched: (reason: string) => void,
): Promise<WorkerThreadWatch> {
  const watched = new Map<string, { readonly thread: WorkerThread; readonly wire: WorkerTransport }>();
  let toldOfMore = false;
  let startsMs: number[] = [];
  let isEnding = false;

  const leave = async (): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    for (const stopListening of listening) stopListening();
    for (const { thread } of watched.values()) thread.session.close();
    watched.clear();
    await session.call('NodeWorker.disable', {}, { timeoutMs: LEAVES_WITHIN_MS });
  };

  const attached = ({ sessionId, workerInfo }: AttachedToWorker): void => {
    const nowMs = performance.now();
    startsMs = [...startsMs.filter((startMs) => nowMs - startMs < STARTS_WITHIN_MS), nowMs];
    if (startsMs.length > MOST_STARTS) {
      onUnwatched(
        `none is watched: more than ${MOST_STARTS} worker threads started within ${STARTS_WITHIN_MS / 1000} s`,
      );
      void leave();
      return;
    }
    const identity = parseTitle(workerInfo.title);
    if (identity?.name === AGENT_THREAD_NAME) {
      void session.call('NodeWorker.detach', { sessionId });
      return;
    }
    if (identity === null || watched.size >= MOST_WATCHED) {
      if (!toldOfMore) onUnwatched(`${MOST_WATCHED} are watched, the others are not`);
      toldOfMore = true;
      void session.call('NodeWorker.detach', { sessionId });
      return;
    }
    const wire = new WorkerTransport(session, sessionId);
    watched.set(sessionId, { wire, thread: { ...identity, session: openSession(wire) } });
  };

  const listening = [
    session.on('NodeWorker.attachedToWorker', attached),
    session.on('NodeWorker.receivedMessageFromWorker', ({ sessionId, message }: WorkerMessage) =>
      watched.get(sessionId)?.wire.onMessage?.(message),
    ),
    session.on('NodeWorker.detachedFromWorker', ({ sessionId }: { sessionId: string }) => {
      watched.get(sessionId)?.wire.onClose?.('the worker thread ended');
      watched.delete(sessionId);
    }),
    session.onClosed((reason) => {
      for (const { wire } of watched.values()) wire.onClose?.(reason);
    }),
  ];
  await session.call('NodeWorker.enable', { waitForDebuggerOnStart: false });
  return {
    threads: () => [...watched.values()].map(({ thread }) => thread).toSorted((a, b) => a.id - b.id),
    stop: leave,
  };
}

interface WorkerMessage {
  readonly sessionId: string;
  readonly message: string;
}

/** Messages of one worker, carried by the main thread's session. */
class WorkerTransport implements Transport {
  onMessage: ((message: string) => void) | null = null;
  onClose: ((reason: string) => void) | null = null;
  readonly #session: InspectorSession;
  readonly #sessionId: string;

  constructor(session: InspectorSession, sessionId: string) {
    this.#session = session;
    this.#sessionId = sessionId;
  }

  send(message: string): void {
    void this.#session.call('NodeWorker.sendMessageToWorker', { sessionId: this.#sessionId, message });
  }

  close(): void {
    if (this.#session.closed) return;
    void this.#session.call('NodeWorker.detach', { sessionId: this.#sessionId });
  }
}

/** Node names a worker without a name itself from version 24 on. */
const NO_NAME = 'WorkerThread';

/** `[worker 3] pricer`. */
export function parseTitle(title: string): { readonly id: number; readonly name: string } | null {
  const [, id, name = ''] = /^\[worker (\d+)\] ?(.*)$/s.exec(title) ?? [];
  return id === undefined ? null : { id: Number(id), name: name === NO_NAME ? '' : sanitise(name, 64) };
}
