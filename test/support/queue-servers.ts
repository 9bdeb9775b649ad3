/** What queue libraries keep their jobs in: PostgreSQL, Redis and, where it is installed, RabbitMQ. */
import { afterAll, beforeAll } from 'vitest';
import { startPostgres, type PostgresServer } from './postgres.ts';
import { hasRabbit, startRabbit, type RabbitServer } from './rabbitmq.ts';
import { startRedis, type RedisServer } from './redis.ts';

/**
 * Starts them before the tests of a file and stops them after.
 *
 * @returns their addresses as `test/services/works-on-queues.mjs` takes them from its environment
 */
export function useQueueServers(): () => Readonly<Record<string, string>> {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let rabbit: RabbitServer | null;
  beforeAll(async () => {
    [postgres, redis, rabbit] = await Promise.all([
      startPostgres(),
      startRedis(),
      hasRabbit() ? startRabbit() : null,
    ]);
  });
  afterAll(() => Promise.all([postgres?.stop(), redis?.stop(), rabbit?.stop()]));
  return () => ({ ...postgres.env, REDIS_PORT: String(redis.port), AMQP_PORT: String(rabbit?.port) });
}
