import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import {
  BLOCKING_SERVICES,
  FREEZING_SERVICES,
  POOL_SERVICES,
  SERVICES,
  type ServiceUnderTest,
} from './catalogue.ts';
import { startService, type RunningService } from './start-service.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const start = (service: ServiceUnderTest, mended: boolean): Promise<RunningService> =>
  startService(service, { mended, env: service.needs === 'postgres' ? postgres.env : {} });

/** Sends each of the service's requests once, one after another, and times them. */
async function tryRequests(service: RunningService): Promise<{ status: number; tookMs: number }[]> {
  const answers = [];
  for (const { method, url } of service.plan(1).targets) {
    const startMs = performance.now();
    // eslint-disable-next-line no-await-in-loop -- a fault must not be charged to the request behind it
    const { statusCode, body } = await request(url, { method: method as 'GET' });
    // eslint-disable-next-line no-await-in-loop
    await body.dump({ limit: 1e9 });
    answers.push({ status: statusCode, tookMs: performance.now() - startMs });
  }
  return answers;
}

const freezing = new Set(FREEZING_SERVICES);
const blocking = new Set(BLOCKING_SERVICES);

describe('every service under test', () => {
  it.each(SERVICES.filter((service) => !freezing.has(service)))('$name answers', async (service) => {
    const faulty = await tryRequests(await start(service, false));
    expect(faulty.map(({ status }) => status)).toSatisfy((all: number[]) =>
      all.every((status) => status < 400),
    );
    // A fault that is over before a person could notice would prove nothing.
    if (blocking.has(service)) expect(faulty[0]?.tookMs).toBeGreaterThan(50);
  });

  it.each(SERVICES.filter(({ twin }) => twin))('$name has a healthy twin', async (service) => {
    const mended = await tryRequests(await start(service, true));
    expect(mended.map(({ status }) => status)).toSatisfy((all: number[]) =>
      all.every((status) => status < 400),
    );
  });

  it.each(FREEZING_SERVICES)('$name stops answering', async (service) => {
    const frozen = await start(service, false);
    const [target] = frozen.plan(1).targets;
    const given = AbortSignal.timeout(2_000);
    await expect(request(target?.url ?? '', { signal: given })).rejects.toThrow('timeout');
  });

  it('says where its culprit is', () => {
    const places = SERVICES.flatMap(({ expected }) => expected.map(({ culprit }) => culprit));
    expect(places.filter((place) => place !== null && place.lastLine <= place.firstLine)).toEqual([]);
  });

  it('needs a database only for pools', () => {
    expect(SERVICES.filter(({ needs }) => needs === 'postgres')).toEqual(POOL_SERVICES);
  });
});
