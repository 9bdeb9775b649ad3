/**
 * `npm run test:matrix`: attaching, diagnosing and leaving, over every version of Node that a service or loopscope
 * itself runs on, and a table of how each pair did.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBinary } from '../node-versions.ts';
import { serviceNamed, type ServiceUnderTest } from '../services/catalogue.ts';
import { checkService, formatJudgement } from '../services/check-service.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { endOf, PROGRAM } from '../support/program.ts';
import { startSelfObserving, type SelfObserving } from '../support/self-observing.ts';
import { startTarget, type TargetProcess } from '../support/target-process.ts';
import { createOutcomes, type Place } from './outcomes.ts';

const TARGETS = [18, 20, 22, 24, 26];
const LOOPSCOPES = [20, 22, 24, 26];
/** The lease after a kill takes its time: that is tried with the loopscope that runs the tests. */
const SIGNALS = ['SIGINT', 'SIGKILL'] as const;
/**
 * The first is found by every loopscope on every Node, the others by the one that runs the tests. One of each kind of
 * signal: samples, stacks, requests, contexts, pools, thread pool, worker threads.
 */
const SERVICES = [
  'express-blocks-in-pbkdf2',
  'http-blocks-in-json-parse',
  'http-blocks-in-sqlite',
  'freezes-in-a-loop',
  'http-works-after-response',
  'pg-pool-undersized',
  'fills-threadpool-with-pbkdf2',
  'burns-in-a-worker-thread',
];
const WATCHED_MS = 6_000;
/** Longer than the lease inside the probe: what a killed loopscope left is gone after it. */
const LEASE_OVER_MS = 30_000;
/** A machine that other work has just filled may starve a service for as long as it is watched. */
const AGAIN = { retry: 1 };

const own = Number(process.versions.node.split('.')[0]);
const outcomes = createOutcomes();
let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  console.log(outcomes.format());
});

const pairs = LOOPSCOPES.flatMap((loopscope) => TARGETS.map((target) => ({ loopscope, target })));
const startOn = async (target: number): Promise<SelfObserving> =>
  startSelfObserving('', { executable: await nodeBinary(target) });
const watch = async (loopscope: number, pid: number, ...options: readonly string[]): Promise<TargetProcess> =>
  startTarget([PROGRAM, 'check', String(pid), '--json', ...options], {
    executable: await nodeBinary(loopscope),
    ready: /(?:)/,
    env: { NO_COLOR: '1', NODE_OPTIONS: '' },
  });

describe.each(pairs)('loopscope on Node $loopscope, a service on Node $target', ({ loopscope, target }) => {
  const place = (suite: string, test: string): Place => ({ loopscope, target, suite, test });

  it('attaches by signal, and leaves nothing when it has watched to the end', AGAIN, () =>
    outcomes.note(place('attach', 'attaches by signal'), async () => {
      const service = await startOn(target);
      const before = await service.ask();
      const program = await watch(loopscope, service.pid, '--duration', '2s');
      const { code, stdout, stderr } = await endOf(program);
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        target: { attachedBy: 'sigusr1', node: expect.stringMatching(`^v${target}\\.`) },
      });
      expect(await service.ask()).toEqual(before);
    }),
  );

  it.each(loopscope === own ? SIGNALS : SIGNALS.slice(0, 1))(
    'leaves nothing after %s',
    AGAIN,
    async (signal) => {
      await outcomes.note(place('detach', `after ${signal}`), async () => {
        const service = await startOn(target);
        const before = await service.ask();
        const program = await watch(loopscope, service.pid, '--duration', '60s');
        const subscribed = async (): Promise<readonly string[]> => (await service.ask()).subscribed;
        await expect.poll(subscribed, { timeout: 20_000 }).not.toEqual([]);
        program.child.kill(signal);
        await program.exited;
        await expect.poll(service.ask, { timeout: LEASE_OVER_MS, interval: 250 }).toEqual(before);
      });
    },
  );

  const services = SERVICES.slice(0, loopscope === own ? SERVICES.length : 1).map(serviceNamed);
  const isTooNew = (service: ServiceUnderTest): boolean => (service.node ?? 0) > target;
  for (const service of services.filter(isTooNew)) {
    outcomes.skip(place('diagnosis', service.name), `the service uses what Node has from ${service.node} on`);
  }
  const running = services.filter((service) => !isTooNew(service));
  it.each(running)('finds what is wrong in $name, and nothing else', AGAIN, async (service) => {
    const { name } = service;
    await outcomes.note(place('diagnosis', name), async () => {
      const judgement = await checkService(service, {
        durationMs: WATCHED_MS,
        node: target,
        loopscopeNode: loopscope,
        env: postgres.env,
      });
      expect(formatJudgement(judgement)).toMatch(/^missed: none; wrong: 0; /);
    });
  });
});
