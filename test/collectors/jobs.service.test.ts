import { expect, test } from 'vitest';
import type { Collector } from '../../src/collectors/collector.ts';
import { createJobsCollector } from '../../src/collectors/jobs-collector.ts';
import { createRequestsCollector } from '../../src/collectors/requests-collector.ts';
import { routeKey } from '../../src/model/route-pattern.ts';
import type { JobsEvent, RouteWindow } from '../../src/model/timeline-event.ts';
import { hasRabbit } from '../support/rabbitmq.ts';
import { useQueueServers } from '../support/queue-servers.ts';
import { startWatchedService } from './watched-service.ts';
import type { WatchedEvents, WatchedService } from './watched-service.ts';

const addresses = useQueueServers();

interface WatchedQueue {
  readonly service: WatchedService;
  readonly jobs: WatchedEvents<Collector>;
  /** The first state of the queue that fits. */
  queue(fits: (queue: JobsEvent['queues'][number]) => boolean): Promise<JobsEvent['queues'][number]>;
  /** The first window of the route of its jobs that fits. */
  route(name: string, fits: (route: RouteWindow) => boolean): Promise<RouteWindow>;
}

async function watchQueue(library: string): Promise<WatchedQueue> {
  const service = await startWatchedService('works-on-queues.mjs', {
    env: {
      ...addresses(),
      QUEUE: library,
      MENDED: '1',
    },
  });
  const requests = await service.watch((context) => createRequestsCollector(context, service.probe));
  const jobs = await service.watch((context) => createJobsCollector(context, service.extensions));
  return {
    service,
    jobs,
    async queue(fits) {
      const event = await jobs.next('jobs', ({ queues }) => queues.some(fits));
      return event.queues.find(fits)!;
    },
    async route(name, fits) {
      const isIt = (route: RouteWindow): boolean => routeKey(route) === name && fits(route);
      const event = await requests.next('requests', ({ routes }) => routes.some(isIt));
      return event.routes.find(isIt)!;
    },
  };
}

test('jobs of BullMQ are counted by queue and name in a worker that nobody prepared', async () => {
  const { queue, route, service, jobs } = await watchQueue('bullmq');
  const done = await route('JOB invoices/seal', ({ count, errors }) => count > 0 && errors === 0);
  expect(done.latency.length).toBeGreaterThan(0);
  await route('JOB invoices/seal', ({ errors }) => errors > 0);
  const known = await queue(({ completed, waiting }) => completed > 0 && waiting !== null);
  expect(known).toMatchObject({ library: 'bullmq', name: 'invoices' });
  await queue(({ failed }) => failed > 0);

  const method = `Object.values(require.cache).find(({ id }) => id.endsWith('/classes/worker.js')).exports.Worker.prototype.callProcessJob`;
  const textOf = `String(${method}).includes('passedOn')`;
  expect(await service.session.evaluate(textOf, { commandLineApi: true })).toEqual({ ok: true, value: true });
  await jobs.collector.stop();
  expect(await service.session.evaluate(textOf, { commandLineApi: true })).toEqual({
    ok: true,
    value: false,
  });
});

test('jobs of pg-boss are counted, and those that fail although their failure stays inside the library', async () => {
  const { queue, route } = await watchQueue('pg-boss');
  await route('JOB invoices', ({ count, errors }) => count > 0 && errors === 0);
  await route('JOB invoices', ({ errors }) => errors > 0);
  expect(await queue(({ completed }) => completed > 0)).toMatchObject({
    library: 'pg-boss',
    name: 'invoices',
    waiting: null,
  });
});

test('messages of an amqplib consumer last until they are acknowledged; those sent back have failed', async ({
  skip,
}) => {
  skip(!hasRabbit(), 'RabbitMQ is not installed: apt-get install rabbitmq-server');
  const { queue, route } = await watchQueue('amqplib');
  await route('JOB invoices', ({ count, errors }) => count > 0 && errors === 0);
  await route('JOB invoices', ({ errors }) => errors > 0);
  expect(await queue(({ failed }) => failed > 0)).toMatchObject({ library: 'amqplib', name: 'invoices' });
});
