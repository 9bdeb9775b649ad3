/**
 * What became of the jobs of each queue. Jobs are counted as requests are, with `JOB` for a method, so that routes,
 * stalls and context samples know them; here is what only queues have. This text runs inside the service.
 *
 *   begin('bullmq', 'emails', 'send') … end  ->  route JOB emails/send, and emails: 0 active, 1 done
 */
import type { ContextMeter } from './context-meter.ts';
import type { ExtensionHost } from './installed-probe.ts';
import type { Tracked } from './request-meter.ts';

export interface Job extends Tracked {
  readonly queue: QueueTally;
  hasFailed: boolean;
  hasEnded: boolean;
}

export interface QueueTally {
  readonly library: string;
  readonly name: string;
  /** Null where the library does not tell. */
  waiting: number | null;
  active: number;
  completed: number;
  failed: number;
}

export interface JobLog {
  queueOf(library: string, name: string): QueueTally;
  /** `name` is '' where jobs of a queue have none. */
  begin(queue: QueueTally, name: string): Job;
  /** Does the work of a job as its own, so that samples of whose work runs can tell. */
  run<T>(job: Job, work: () => T): T;
  /** Once; a job that has ended stays as it is. */
  end(job: Job, hasFailed: boolean, atMs?: number): void;
  /** Of a job's result: waits for a promise. The application sees the result as it would without us. */
  endWith<T>(job: Job, result: T): T;
  readonly queues: readonly QueueTally[];
}

export function createJobLog({ requests, extensions, nowMs }: ExtensionHost): JobLog {
  const MOST_QUEUES = 50;
  const MOST_NAMES = 100;
  const queues = new Map<string, QueueTally>();
  const names = new Set<string>();
  const shorten = (text: string): string => text.slice(0, 100);

  const queueOf = (library: string, name: string): QueueTally => {
    const key = `${library} ${shorten(name)}`;
    const known = queues.get(key);
    if (known !== undefined) return known;
    if (queues.size >= MOST_QUEUES) return queueOf(library, '(other)');
    const queue = { library, name: shorten(name), waiting: null, active: 0, completed: 0, failed: 0 };
    queues.set(key, queue);
    return queue;
  };
  /** Names that are made for each job would fill the table of routes. */
  const routeOf = (queue: QueueTally, name: string): string => {
    const route = name === '' ? queue.name : `${queue.name}/${shorten(name)}`;
    if (!names.has(route) && names.size >= MOST_NAMES) return `${queue.name}/(other)`;
    names.add(route);
    return route;
  };
  const end: JobLog['end'] = (job, hasFailed, atMs = nowMs()) => {
    if (job.hasEnded) return;
    job.hasEnded = true;
    const { queue } = job;
    const failed = hasFailed || job.hasFailed;
    queue.active--;
    if (failed) queue.failed++;
    else queue.completed++;
    requests.end(job, null, failed ? 500 : 200, undefined, atMs);
  };

  return {
    queueOf,
    begin(queue, name) {
      const job = { queue, hasFailed: false, hasEnded: false };
      const route = routeOf(queue, name);
      queue.active++;
      requests.begin(job, 'JOB', route, nowMs(), false);
      // As it is: a queue called `v2` is no identifier that varies.
      requests.matched(job, route);
      return job;
    },
    run(job, work) {
      const context = extensions['context'] as ContextMeter | undefined;
      return context === undefined ? work() : context.run(job, work);
    },
    end,
    endWith(job, result) {
      const { then } = result as { readonly then?: unknown };
      if (typeof then !== 'function') {
        end(job, false);
        return result;
      }
      // The library gets the derived promise: were it handed the original, our handler would hide a rejection that
      // nobody else handles.
      return Reflect.apply(then, result, [
        (value: unknown) => {
          end(job, false);
          return value;
        },
        (error: unknown) => {
          end(job, true);
          throw error;
        },
      ]) as typeof result;
    },
    get queues() {
      return [...queues.values()];
    },
  };
}
