import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { InspectorSession } from '../../src/inspector/session.ts';
import { nodeBinary } from '../node-versions.ts';
import { startTarget } from '../support/target-process.ts';
import type { TargetProcess } from '../support/target-process.ts';
import { readingThat, startProbedTarget } from './probed-target.ts';

/** How a service ends: what it does at the signal that asks it to. */
const ENDS = {
  'runs out of work': `process.on('SIGTERM', () => server.close());`,
  'calls process.exit': `process.on('SIGTERM', () => process.exit(7));`,
  throws: `process.on('SIGTERM', () => setTimeout(() => { throw new Error('mine'); }, 0));`,
  'has no handler': '',
} as const;

const ROUNDS = 5;
/** The limit for an exit that is not held up. */
const HELD_UP_MS = 100;

const serviceThat = (end: string): string =>
  `${end} const server = require('node:http').createServer().listen(0, '127.0.0.1', function () {
     console.log('ready ' + this.address().port);
   });`;

/** As the changes of the CPU profile, only without a rest: one is always under way. */
async function keepAsking(session: InspectorSession): Promise<void> {
  while (
    (await session.evaluate(`console.profile('next'); console.profileEnd('next'); process.uptime()`)).ok
  );
}

async function askToEnd(target: TargetProcess): Promise<{ how: unknown; tookMs: number }> {
  const askedAt = performance.now();
  const ended = once(target.child, 'exit');
  target.child.kill('SIGTERM');
  const how = await ended;
  return { how, tookMs: performance.now() - askedAt };
}

describe('a service with the probe', () => {
  // Node 18 crashes by itself where `process.exit` meets a profile that begins or ends: 3 to 12 in 100 at this pace,
  // also without any listener of ours; none of 80 while a real session cut its profiles.
  const cases = [18, 20, 24]
    .flatMap((major) => Object.keys(ENDS).map((name) => [name, major] as const))
    .filter(([name, major]) => major > 18 || name !== 'calls process.exit');

  it.each(cases)('that %s on Node %i ends as it would without, and as soon', async (name, major) => {
    const script = serviceThat(ENDS[name as keyof typeof ENDS]);
    const executable = await nodeBinary(major);
    const tookMs: { readonly with: number[]; readonly without: number[] } = { with: [], without: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const twin = await askToEnd(await startTarget(['-e', script], { executable }));
      const { target, probe, session } = await startProbedTarget(script, major);
      const client = probe({ opened: { originalDebugPort: 9229 } });
      await client.install();
      await readingThat(client, ({ state }) => state === 'live');
      await session.call('Profiler.enable');
      const asking = keepAsking(session);
      const attached = await askToEnd(target);
      await asking;
      expect(attached.how).toEqual(twin.how);
      tookMs.with.push(attached.tookMs);
      tookMs.without.push(twin.tookMs);
    }
    // What holds an exit up holds up each; what others do on the machine does not come every time.
    expect(Math.min(...tookMs.with) - Math.min(...tookMs.without)).toBeLessThan(HELD_UP_MS);
  });
});
