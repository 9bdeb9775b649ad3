/**
 * `npm run bench:diagnosis`: the whole catalogue and its healthy twins, one after another, and a table of what was
 * found, missed and wrongly blamed, and how soon. `ONLY=pool npm run bench:diagnosis` runs the services with that in
 * their names.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import type { FindingKind, Verdict } from '../../src/model/finding.ts';
import { SERVICES, type ServiceUnderTest } from './catalogue.ts';
import { formatJudgement } from './check-service.ts';
import { watchService, type Watched } from './watch-service.ts';

/** Growth is told from a saw-tooth by several collections; everything else shows in a few seconds. */
const GROWTH_MS = 20_000;
/** A native call shows its function when it returns: a frozen service takes 10 s for each request. */
const FREEZE_MS = 25_000;
const OTHER_MS = 8_000;
const LIGHT = '(light load)';
const TEST_TIMEOUT_MS = 120_000;

const only = new RegExp(process.env['ONLY'] ?? '');
const selected = SERVICES.filter(({ name }) => only.test(name));

interface Row {
  readonly name: string;
  readonly isGrowth: boolean;
  readonly watched: Watched;
}
const rows: Row[] = [];

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  console.log(formatTable(rows));
});

async function watched(
  service: ServiceUnderTest,
  mended: boolean,
  strength: 'full' | 'light',
): Promise<Watched> {
  const expects = (kind: FindingKind): boolean => service.expected.some((each) => each.kind === kind);
  const isGrowth = expects('memory-growth');
  const durationMs = isGrowth ? GROWTH_MS : expects('event-loop-frozen') ? FREEZE_MS : OTHER_MS;
  const result = await watchService(service, { durationMs, mended, strength, env: postgres.env });
  const name = [service.name, mended ? '(mended)' : '', strength === 'light' ? LIGHT : ''];
  rows.push({ name: name.filter((part) => part !== '').join(' '), isGrowth, watched: result });
  return result;
}

function sayVerdict(verdict: Verdict | undefined): string {
  return verdict?.kind === 'not-enough-seen' ? verdict.because : (verdict?.kind ?? 'no verdict');
}

function formatTable(all: readonly Row[]): string {
  const lines = all.map(({ name, watched: { missed, wrong, foundAfterMs, verdicts, ...rest } }) => {
    const isDenied = missed.some(({ kind }) => verdicts.get(kind)?.kind === 'not-found');
    const left = name.endsWith(LIGHT) && !isDenied ? 'unseen' : 'missed';
    const verdict = wrong.length > 0 ? 'WRONG' : missed.length > 0 ? left : 'right';
    const after = foundAfterMs === null ? '' : `${(foundAfterMs / 1000).toFixed(1)} s`;
    const words =
      verdict === 'right'
        ? ''
        : [
            formatJudgement({ missed, wrong, ...rest }),
            ...missed.map(({ kind }) => sayVerdict(verdicts.get(kind))),
          ].join('; ');
    return `${verdict.padEnd(7)}${after.padStart(7)}  ${name.padEnd(50)} ${words}`.trimEnd();
  });
  const count = (matches: (row: Row) => boolean): number => all.filter(matches).length;
  const median = (isGrowth: boolean): string => {
    const times = all
      .filter((row) => row.isGrowth === isGrowth && !row.name.endsWith(LIGHT))
      .flatMap(({ watched: { foundAfterMs } }) => foundAfterMs ?? [])
      .toSorted((a, b) => a - b);
    const middle = times[times.length >> 1];
    return middle === undefined ? 'none' : `${(middle / 1000).toFixed(1)} s`;
  };
  const summary = [
    `found ${count(({ name, watched: { foundAfterMs } }) => foundAfterMs !== null && !name.endsWith(LIGHT))}`,
    `wrong ${count(({ watched: { wrong } }) => wrong.length > 0)}`,
    `missed ${count(({ name, watched: { missed } }) => missed.length > 0 && !name.endsWith(LIGHT))}`,
    `median time until the finding stood: ${median(false)}, of growth ${median(true)}`,
  ].join(', ');
  return ['verdict  after  service', ...lines, summary].join('\n');
}

describe('the diagnosis', () => {
  it.each(selected)(
    'of $name is right',
    async (service) => {
      const { missed, wrong } = await watched(service, false, 'full');
      expect({ missed, wrong }).toEqual({ missed: [], wrong: [] });
    },
    TEST_TIMEOUT_MS,
  );

  it.each(selected.filter(({ twin }) => twin))(
    'of $name finds nothing in its healthy twin',
    async (service) => {
      expect((await watched(service, true, 'full')).wrong).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it.each(selected.filter(({ expected }) => expected.length > 0))(
    'of $name finds it under light load, or says that not enough was seen, and blames nothing else',
    async (service) => {
      const { missed, wrong, verdicts } = await watched(service, false, 'light');
      const denied = missed.filter(({ kind }) => verdicts.get(kind)?.kind === 'not-found');
      expect({ denied, wrong }).toEqual({ denied: [], wrong: [] });
    },
    TEST_TIMEOUT_MS,
  );
});
