/**
 * Where the jobs of each queue library pass by: by which methods its classes are known, and what is followed in
 * them. This text runs inside the service.
 *
 *   BullMQ     Worker.callProcessJob(job)           one job
 *   pg-boss    worker.onFetch(jobs), Manager.fail   a batch of them
 *   amqplib    channel.dispatchMessage … ack        one message, until it is acknowledged
 *
 * The class is followed, not each of its instances: workers hang on nothing but their own promises, and those that
 * are made later count as well.
 */
import type { Job, JobLog } from './job-log.ts';
import type { Foreign } from './pool-shapes.ts';
import type { StandIns } from './stand-in.ts';

export interface JobLibrary {
  readonly name: string;
  /** Part of the paths of its modules. */
  readonly folder: string;
  /** Methods that its class has, and no other. */
  readonly marks: readonly string[];
  /** Follows the jobs of all instances of the class. */
  follow(prototype: Foreign): void;
  /** Called twice a second, when all queues are read. */
  look?(): void;
}

export interface JobLibraryDependencies {
  readonly jobs: JobLog;
  readonly standIns: StandIns;
  readonly nowMs: () => number;
}

export function createJobLibraries(dependencies: JobLibraryDependencies): JobLibrary[] {
  const { jobs, standIns, nowMs } = dependencies;
  const { standInFor } = standIns;
  const MOST_WORKERS = 20;

  const runJob = (job: Job, work: () => Foreign): Foreign => {
    let result: Foreign;
    try {
      result = jobs.run(job, work);
    } catch (error) {
      jobs.end(job, true);
      throw error;
    }
    return result !== null && typeof result === 'object'
      ? jobs.endWith(job, result)
      : (jobs.end(job, false), result);
  };

  const bullmq = (): JobLibrary => {
    const workers = new Map<string, WeakRef<Foreign>>();
    let isLooking = false;
    /** What waits is only in Redis; the worker's own connection is asked, where it is up. */
    const lookAt = async (worker: Foreign): Promise<void> => {
      const client = await (worker.client ?? worker.backend?.client);
      if (client?.status !== 'ready') return;
      const counts = await Promise.all([
        client.llen(worker.keys.wait),
        client.llen(worker.keys.paused),
        client.zcard(worker.keys.prioritized),
      ]);
      const waiting = counts.reduce((sum, count) => sum + Number(count), 0);
      jobs.queueOf('bullmq', worker.name).waiting = Number.isFinite(waiting) ? waiting : null;
    };
    return {
      name: 'bullmq',
      folder: 'bullmq',
      marks: ['callProcessJob', 'processJob', 'extendJobLocks'],
      follow(prototype) {
        standInFor(
          prototype,
          'callProcessJob',
          (passedOn) =>
            function (this: Foreign, job: Foreign, ...rest: Foreign[]): Foreign {
              const work = (): Foreign => Reflect.apply(passedOn.original, this, [job, ...rest]);
              const name = String(this.name);
              if (!workers.has(name) && workers.size < MOST_WORKERS) workers.set(name, new WeakRef(this));
              return runJob(jobs.begin(jobs.queueOf('bullmq', name), String(job?.name ?? '')), work);
            },
        );
      },
      look() {
        if (isLooking) return;
        isLooking = true;
        const looks = [...workers].map(async ([name, ref]) => {
          const worker = ref.deref();
          if (worker === undefined || worker.closing) workers.delete(name);
          else await lookAt(worker);
        });
        void Promise.allSettled(looks).then(() => {
          isLooking = false;
        });
      },
    };
  };

  const pgBoss = (): JobLibrary => {
    const adopted = new WeakSet();
    const byId = new Map<string, Job>();
    const adopt = (worker: Foreign): void => {
      if (adopted.has(worker)) return;
      adopted.add(worker);
      const name = String(worker.name);
      // The queues of its own housekeeping.
      if (name.startsWith('__pgboss')) return;
      standInFor(
        worker,
        'onFetch',
        (passedOn) =>
          function (this: Foreign, batch: Foreign, ...rest: Foreign[]): Foreign {
            const work = (): Foreign => Reflect.apply(passedOn.original, this, [batch, ...rest]);
            if (!Array.isArray(batch) || batch.length === 0) return work();
            const queue = jobs.queueOf('pg-boss', name);
            const [first, ...others] = batch.map((each: Foreign) => {
              const job = jobs.begin(queue, '');
              byId.set(String(each?.id), job);
              return job;
            });
            const settle = (): void => {
              for (const job of others) jobs.end(job, job.hasFailed);
              for (const each of batch) byId.delete(String(each?.id));
            };
            const result = runJob(first as Job, work);
            if (typeof result?.finally === 'function') return result.finally(settle);
            settle();
            return result;
          },
      );
    };
    return {
      name: 'pg-boss',
      folder: 'pg-boss',
      marks: ['addWorker', 'getWorkers', 'notifyWorker', 'emitWip'],
      follow(prototype) {
        standInFor(
          prototype,
          'fetch',
          (passedOn) =>
            function (this: Foreign, ...args: Foreign[]): Foreign {
              for (const worker of this.workers?.values() ?? []) adopt(worker);
              return Reflect.apply(passedOn.original, this, args);
            },
        );
        // What a handler throws ends here, and in no promise that we could see.
        standInFor(
          prototype,
          'fail',
          (passedOn) =>
            function (this: Foreign, queue: Foreign, ids: Foreign, ...rest: Foreign[]): Foreign {
              for (const id of [ids].flat()) {
                const job = byId.get(String(id));
                if (job !== undefined) job.hasFailed = true;
              }
              return Reflect.apply(passedOn.original, this, [queue, ids, ...rest]);
            },
        );
      },
    };
  };

  const amqplib = (): JobLibrary => {
    // AMQP's own numbers of basic.ack, basic.nack and basic.reject.
    const ACK = 3_932_240;
    const NACK = 3_932_280;
    const REJECT = 3_932_250;
    /** A consumer that has not acknowledged anything for so long after its handler was done is one without acks. */
    const ACK_WITHIN_MS = 1000;
    const MOST_OPEN = 10_000;
    interface Channel {
      acknowledges: boolean;
      readonly open: Map<number, { readonly job: Job; settledMs: number | null; hasFailed: boolean }>;
    }
    const channels = new Map<WeakRef<Foreign>, Channel>();
    const byChannel = new WeakMap<Foreign, Channel>();
    const channelOf = (channel: Foreign): Channel => {
      const known = byChannel.get(channel);
      if (known !== undefined) return known;
      const made = { acknowledges: false, open: new Map() };
      byChannel.set(channel, made);
      channels.set(new WeakRef(channel), made);
      return made;
    };
    const acknowledge = (channel: Channel, upTo: Foreign, hasFailed: boolean): void => {
      channel.acknowledges = true;
      const tag = Number(upTo?.deliveryTag);
      const isUpTo = upTo?.multiple === true;
      for (const each of isUpTo ? [...channel.open.keys()] : [tag]) {
        const opened = channel.open.get(each);
        if (opened === undefined || (isUpTo && tag !== 0 && each > tag)) continue;
        channel.open.delete(each);
        jobs.end(opened.job, hasFailed || opened.hasFailed);
      }
    };
    /** By the default exchange the key is the queue; others are told by both. */
    const queueNameOf = (fields: Foreign): string =>
      fields.exchange ? `${fields.exchange}/${fields.routingKey}` : String(fields.routingKey);
    const ownerOf = (prototype: Foreign, name: string): Foreign => {
      let owner = prototype;
      while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
      return owner;
    };
    return {
      name: 'amqplib',
      folder: 'amqplib',
      marks: ['dispatchMessage', 'registerConsumer', 'handleDelivery', 'sendImmediately'],
      follow(prototype) {
        standInFor(
          ownerOf(prototype, 'dispatchMessage'),
          'dispatchMessage',
          (passedOn) =>
            function (this: Foreign, fields: Foreign, message: Foreign): Foreign {
              const work = (): Foreign => Reflect.apply(passedOn.original, this, [fields, message]);
              const channel = channelOf(this);
              // Without a message the server says that the consumer was cancelled.
              if (message === null || channel.open.size >= MOST_OPEN) return work();
              const job = jobs.begin(jobs.queueOf('amqplib', queueNameOf(fields)), '');
              const opened = { job, settledMs: null as number | null, hasFailed: false };
              channel.open.set(Number(fields.deliveryTag), opened);
              const settle = (hasFailed: boolean): void => {
                opened.settledMs = nowMs();
                opened.hasFailed = hasFailed;
              };
              let result: Foreign;
              try {
                result = jobs.run(job, work);
              } catch (error) {
                settle(true);
                throw error;
              }
              if (typeof result?.then !== 'function') {
                settle(false);
                return result;
              }
              return result.then(
                (value: Foreign) => {
                  settle(false);
                  return value;
                },
                (error: Foreign) => {
                  settle(true);
                  throw error;
                },
              );
            },
        );
        standInFor(
          ownerOf(prototype, 'sendImmediately'),
          'sendImmediately',
          (passedOn) =>
            function (this: Foreign, method: Foreign, fields: Foreign, ...rest: Foreign[]): Foreign {
              if (method === ACK) acknowledge(channelOf(this), fields, false);
              else if (method === NACK || method === REJECT) acknowledge(channelOf(this), fields, true);
              return Reflect.apply(passedOn.original, this, [method, fields, ...rest]);
            },
        );
      },
      look() {
        const longAgoMs = nowMs() - ACK_WITHIN_MS;
        for (const [ref, channel] of channels) {
          if (ref.deref() === undefined) channels.delete(ref);
          if (channel.acknowledges) continue;
          for (const [tag, { job, settledMs, hasFailed }] of channel.open) {
            if (settledMs === null || settledMs > longAgoMs) continue;
            channel.open.delete(tag);
            jobs.end(job, hasFailed, settledMs);
          }
        }
      },
    };
  };

  return [bullmq(), pgBoss(), amqplib()];
}
