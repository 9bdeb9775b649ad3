/**
 * `npm run bench:diagnosis`: the whole catalogue and its healthy twins, one after another, and a table of what was
 * found, missed and wrongly blamed. `ONLY=pool npm run bench:diagnosis` runs the services with that in their names.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { SERVICES, type ServiceUnderTest } from './catalogue.ts';
import { checkService, formatJudgement, type Judgement } from './check-service.ts';

/** Growth is told from a saw-tooth by several collections; everything else shows in a few seconds. */
const GROWTH_MS = 20_000;
const OTHER_MS = 6_000;
const TEST_TIMEOUT_MS = 90_000;

const only = new RegExp(process.env['ONLY'] ?? '');
const selected = SERVICES.filter(({ name }) => only.test(name));
const rows: string[] = [];

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  console.log(rows.join('\n'));
});

async function checked(
  service: ServiceUnderTest,
  mended: boolean,
  strength: 'full' | 'light',
): Promise<Judgement> {
  const grows = service.expected.some(({ kind }) => kind === 'memory-growth');
  const durationMs = grows ? GROWTH_MS : OTHER_MS;
  const judgement = await checkService(service, { durationMs, mended, strength, env: postgres.env });
  const name = [service.name, mended ? 'mended' : '', strength === 'light' ? 'light load' : '']
    .join(' ')
    .trim();
  rows.push(`${name.padEnd(60)} ${formatJudgement(judgement)}`);
  return judgement;
}

describe('the diagnosis', () => {
  it.each(selected)(
    'of $name is right',
    async (service) => {
      const { missed, wrong } = await checked(service, false, 'full');
      expect({ missed, wrong }).toEqual({ missed: [], wrong: [] });
    },
    TEST_TIMEOUT_MS,
  );

  it.each(selected.filter(({ twin }) => twin))(
    'of $name finds nothing in its healthy twin',
    async (service) => {
      expect((await checked(service, true, 'full')).wrong).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it.each(selected.filter(({ expected }) => expected.length > 0))(
    'of $name blames nothing else under light load',
    async (service) => {
      expect((await checked(service, false, 'light')).wrong).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});
