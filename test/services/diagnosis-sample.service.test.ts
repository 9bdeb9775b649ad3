/**
 * The program itself on a few faults of different kinds, and on one of the services with the fault mended. All of
 * them run with `npm run bench:diagnosis`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { serviceNamed, type ServiceUnderTest } from './catalogue.ts';
import { checkService, formatJudgement } from './check-service.ts';

const FAULTY = [
  'express-blocks-in-pbkdf2',
  'koa-blocks-in-regexp',
  'http-works-after-response',
  'fills-threadpool-with-pbkdf2',
  'pg-pool-undersized',
];
const MENDED = ['http-works-after-response'];

const WATCHED_MS = 6_000;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const said = async (service: ServiceUnderTest, mended: boolean): Promise<string> =>
  formatJudgement(await checkService(service, { durationMs: WATCHED_MS, mended, env: postgres.env }));

describe('loopscope check', () => {
  it.each(FAULTY)('names kind, cause, function, line and route of %s, and nothing else', async (name) => {
    expect(await said(serviceNamed(name), false)).toMatch(/^missed: none; wrong: 0; /);
  });

  it.each(MENDED)('finds nothing in %s once it is mended', async (name) => {
    expect(await said(serviceNamed(name), true)).toMatch(/^missed: none; wrong: 0; /);
  });
});
