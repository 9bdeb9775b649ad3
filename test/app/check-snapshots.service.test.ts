/** `check --snapshots` on services with a planted leak: the report says first what holds what grew. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../src/app/commands/check.ts';
import type { Report } from '../../src/model/report.ts';
import { bundleHeapWorker } from '../heap/heap-worker-bundle.ts';
import { runCommand, type CommandEnd } from '../support/command-run.ts';
import { startTarget, type TargetProcess } from '../support/target-process.ts';

let worker: URL;
beforeAll(async () => {
  worker = await bundleHeapWorker();
});

/** Checks the service with two snapshots; `meanwhile` runs once the first is taken. */
function check(service: TargetProcess, meanwhile: () => void = () => {}): Promise<CommandEnd> {
  const options = { duration: 1_500, failOn: 'critical', json: true, snapshots: true, worker } as const;
  let said = false;
  const onStderr = (text: string): void => {
    if (text.includes('it stood still') && !said) meanwhile();
    said ||= text.includes('it stood still');
  };
  return runCommand((io) => runCheck(String(service.pid), options, io), { onStderr });
}

const LEAKS = [
  ['closures-in-an-emitter.mjs', /held by Array at globalThis\.priceFeed\._events\.price: 300 x Function$/],
  ['a-map-without-bounds.mjs', /held by Map at .*variable sessionsByToken: 300 x Session$/],
  ['timers-never-cleared.mjs', /held by TimersList at .*3600000.*: 300 x Timeout$/],
  ['promises-never-settled.mjs', /held by Promise at .*variable lockReleased: /],
  ['an-array-in-a-module.cjs', /held by Array at .*variable auditTrail: 300 x /],
  ['buffers-in-a-queue.mjs', /held by Array at .*variable uploads\.#waiting: 300 x Buffer$/],
] as const;

describe('check --snapshots', () => {
  it.each(LEAKS)(
    'names what holds the growth of %s in the first line of its evidence',
    async (leak, held) => {
      const service = await startTarget([join(import.meta.dirname, '../heap/leaks', leak)]);
      const { stdout, stderr } = await check(service, () => service.child.kill('SIGUSR2'));
      const { findings } = JSON.parse(stdout) as Report;
      const growth = findings.find(({ kind }) => kind === 'memory-growth');
      expect(growth?.evidence[0]).toMatch(held);
      // The price before, the pause after; and a pause of ours is not the service's fault.
      expect(
        stderr.match(/will stand still for about [\d.]+ s and take about \d+M more memory/g),
      ).toHaveLength(2);
      expect(stderr.match(/it stood still for [\d.]+ s/g)).toHaveLength(2);
      expect(findings.map(({ kind }) => kind)).not.toContain('event-loop-blocked');
      expect(findings.map(({ kind }) => kind)).not.toContain('event-loop-frozen');
    },
  );

  it('is refused where a snapshot would not fit into memory, and leaves the service untouched', async () => {
    // A machine that is full, as this service sees it.
    const program = `require('node:os').freemem = () => 2 ** 20; setInterval(() => {}, 1000); console.log('ready')`;
    const service = await startTarget(['-e', program]);
    const { exitCode, stdout, stderr } = await check(service);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'loopscope.error/1', code: 'snapshot-needs-memory' });
    expect(stderr).toContain('check it without --snapshots');
    expect(stderr).not.toContain('will stand still');
  });
});
