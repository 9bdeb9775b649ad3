import { expect, it } from 'vitest';
import { runLoadCurve } from '../../src/load/load-curve.ts';
import { loadPlan, loadTarget } from '../../src/load/load-plan.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { serve } from './local-server.ts';

/** Answers one request after the other, each taking `serviceMs`: breaks above 1000 / serviceMs a second. */
function serveOneByOne(serviceMs: number): Promise<string> {
  let freeAtMs = 0;
  return serve((_request, response) => {
    freeAtMs = Math.max(freeAtMs, performance.now()) + serviceMs;
    setTimeout(() => response.end(), freeAtMs - performance.now());
  });
}

it('finds the rate at which a service breaks, and stops there', async () => {
  const url = await serveOneByOne(20);
  const plan = loadPlan({ kind: 'rate', perSecond: 1 }, [loadTarget(url)], {
    durationMs: 1_000,
    timeoutMs: 3_000,
  });
  const curve = await runLoadCurve(plan, [20, 150, 300], { clock: systemClock });
  expect(curve.steps.map(({ pace }) => pace)).toEqual([
    { kind: 'rate', perSecond: 20 },
    { kind: 'rate', perSecond: 150 },
  ]);
  expect(curve).toMatchObject({ sustainedPerSecond: 20, breaks: { perSecond: 150 } });
});

it('reports no break for a service that carries every rate', async () => {
  const url = await serveOneByOne(1);
  const plan = loadPlan({ kind: 'rate', perSecond: 1 }, [loadTarget(url)], { durationMs: 500 });
  const curve = await runLoadCurve(plan, [20, 40], { clock: systemClock });
  expect(curve).toMatchObject({ sustainedPerSecond: 40, breaks: null });
});
