/**
 * The workers of a cluster, side by side: which processes, how much CPU each takes, how they end. From outside, so
 * that it needs no attaching to each of them; how a worker ended is heard in the primary, when that is our target.
 */
import type { WorkersEvent } from '../model/timeline-event.ts';
import type { ExtensionReader, FollowedExtension } from '../probes/extension-reader.ts';
import { WORKER_EXITS_TEXT, WORKERS } from '../probes/workers-probe.ts';
import type { WorkerExit } from '../probes/workers-probe.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { createPauses } from './pauses.ts';
import { isWorker, workersOf } from './worker-processes.ts';

const READ_EVERY_MS = 1000;

export function createWorkersCollector(context: CollectorContext, extensions: ExtensionReader): Collector {
  return new WorkersCollector(context, extensions);
}

class WorkersCollector implements Collector {
  readonly name = 'workers';
  readonly #context: CollectorContext;
  readonly #pauses = createPauses();
  readonly #cpuMs = new Map<number, number>();
  readonly #extensions: ExtensionReader;
  #followed: FollowedExtension | null = null;
  #heard: WorkerExit[] = [];
  #running: Promise<void> = Promise.resolve();
  #readMs = 0;

  constructor(context: CollectorContext, extensions: ExtensionReader) {
    this.#context = context;
    this.#extensions = extensions;
  }

  start(): Promise<void> {
    if (this.#context.attachment.local) this.#running = this.#readAgainAndAgain();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#pauses.end();
    await this.#running;
    await this.#followed?.leave();
  }

  async #readAgainAndAgain(): Promise<void> {
    const { attachment, emit } = this.#context;
    const isPrimary = !isWorker(attachment.target.pid);
    while (!this.#pauses.ended && !attachment.session.closed) {
      const known = [...this.#cpuMs.keys()];
      const workers = this.#readWorkers();
      const gone = known.filter((pid) => !this.#cpuMs.has(pid));
      if (workers.length > 0 || gone.length > 0) {
        const heard = isPrimary ? this.#takeExits() : [];
        const exits = isPrimary ? heard : gone.map((pid) => ({ pid, how: 'gone' }));
        emit({ kind: 'workers', atMs: this.#readMs, workers, exits });
      }
      await this.#pauses.pause(READ_EVERY_MS);
    }
  }

  #readWorkers(): WorkersEvent['workers'] {
    const { attachment, clock } = this.#context;
    const atMs = clock.monotonicMs();
    const windowMs = atMs - this.#readMs;
    this.#readMs = atMs;
    const before = new Map(this.#cpuMs);
    this.#cpuMs.clear();
    return workersOf(attachment.target.pid).flatMap(({ pid, cpuMs }) => {
      this.#cpuMs.set(pid, cpuMs);
      const earlier = before.get(pid);
      // The first sight of a worker says what it has used, not over which time.
      if (earlier === undefined) return [];
      const cpuPercent = ((cpuMs - earlier) * 100) / windowMs;
      return { pid, cpuPercent, utilization: null, requestsPerSecond: null };
    });
  }

  /** Listens from the first sight of a worker on; a process without any is left alone. */
  #takeExits(): WorkersEvent['exits'] {
    this.#followed ??= this.#extensions.follow(WORKERS, WORKER_EXITS_TEXT, (exits) => {
      this.#heard.push(...(exits as readonly WorkerExit[]));
    });
    return this.#heard.splice(0).map(({ pid, code, signal }) => ({
      pid,
      how: signal === null ? `exit code ${code}` : `signal ${sanitise(signal, 20)}`,
    }));
  }
}
