import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadPlan, loadTarget } from '../../src/load/load-plan.ts';
import { runLoad } from '../../src/load/run-load.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { check } from '../support/program.ts';
import { startTarget } from '../support/target-process.ts';

const SERVICE = join(import.meta.dirname, '..', 'services', 'uses-every-hook.cjs');
const READY = /ready (\d+)/;

it('a service with hooks, channels, patches, contexts and a profile of its own keeps all of it as it made it', async () => {
  const service = await startTarget([SERVICE], { ready: READY });
  const url = `http://127.0.0.1:${(await service.printed(READY))[1]}`;
  const ask = async (path: string): Promise<Record<string, unknown>> =>
    (await fetch(url + path, { headers: { connection: 'close' } })).json() as Promise<
      Record<string, unknown>
    >;
  // Its first answer loads what later ones find loaded.
  await ask('/account');
  const before = await ask('/account');
  expect(before).toMatchObject({
    patchesInPlace: true,
    stackTracesInPlace: true,
    seenByAll: true,
    lostStores: 0,
  });

  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const plan = loadPlan({ kind: 'rate', perSecond: 100 }, [loadTarget(`${url}/`)], { durationMs: 60_000 });
  const load = runLoad(plan, { clock: systemClock, signal: ending.signal });
  const watched = check(service.pid, '--duration', '3s', '--fail-on', 'never');
  await expect.poll(async () => (await ask('/account'))['inspector'], { timeout: 30_000 }).not.toBeNull();
  const meanwhile = await ask('/account');
  const { inspector: _opened, globals: _globals, ...own } = before;
  expect(meanwhile).toMatchObject(own);
  const { code, report } = await watched;
  expect(code).toBe(0);
  expect(report.target.pid).toBe(service.pid);
  ending.abort();
  await load;

  expect(await ask('/account')).toEqual(before);
  const profile = await ask('/profile');
  expect(profile['error']).toBeNull();
  expect(profile['samples']).toBeGreaterThan(1_000);
});
