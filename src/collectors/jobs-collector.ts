/**
 * Queues whose jobs the service works on. The jobs themselves come with the requests, as routes of the method `JOB`.
 *
 *   worker of BullMQ found -> emails: 3 active, 120 waiting, 40 completed in the last half second
 */
import { JOBS, JOB_METER_TEXT } from '../probes/jobs-probe.ts';
import type { ExtensionReader, FollowedExtension } from '../probes/extension-reader.ts';
import type { WireJobs } from '../probes/in-service/job-meter.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';

export function createJobsCollector(
  { emit }: Pick<CollectorContext, 'emit'>,
  extensions: ExtensionReader,
): Collector {
  let followed: FollowedExtension | null = null;

  const tell = ({ nowMs, windowMs, queues }: WireJobs): void => {
    if (queues.length === 0) return;
    const told = queues.map((queue) => ({ ...queue, name: sanitise(queue.name, 200) }));
    emit({ kind: 'jobs', atMs: nowMs, windowMs, queues: told });
  };

  return {
    name: 'jobs',
    start() {
      followed ??= extensions.follow(JOBS, JOB_METER_TEXT, (reading) => tell(reading as WireJobs));
      return Promise.resolve();
    },
    async stop() {
      await followed?.leave();
    },
  };
}
