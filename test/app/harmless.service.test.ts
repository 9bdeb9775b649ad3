/**
 * A regular expression of ours that runs in an evaluate, as one of the service's is about to begin, makes V8 free the
 * memory that the service's backtracks in: it dies of SIGSEGV on Node 18 to 22.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startCollectors } from '../../src/app/collector-set.ts';
import type { RunningCollectors } from '../../src/app/collector-set.ts';
import { attachTo } from '../../src/inspector/attach.ts';
import type { Attachment } from '../../src/inspector/attachment.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import { STACK_EXPRESSION } from '../../src/probes/stack-probe.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { startTarget } from '../support/target-process.ts';

const MATCHES = join(import.meta.dirname, '..', 'services', 'matches-all-the-time.cjs');

async function watch(
  pid: number,
): Promise<{ attachment: Attachment; running: RunningCollectors; events: readonly TimelineEvent[] }> {
  const attached = await attachTo(pid);
  if (!attached.ok) throw new Error(attached.error.message);
  const events: TimelineEvent[] = [];
  const emit = (event: TimelineEvent): void => void events.push(event);
  const context = { attachment: attached.value, clock: systemClock, emit };
  const started = await startCollectors(context, { heapSampling: true });
  if (!started.ok) throw new Error(started.error.message);
  return { attachment: attached.value, running: started.value, events };
}

it('runs no regular expression inside the service', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'loopscope-regexps-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, 'v8.log');
  // V8 notes each piece of machine code, and makes it at a regular expression's first run instead of its second.
  const flags = ['--no-regexp-tier-up', '--log-code', '--no-logfile-per-isolate', `--logfile=${log}`];
  const target = await startTarget([...flags, MATCHES, 'quiet'], { ready: /ready \d+/ });
  const regexps = (): readonly string[] =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('code-creation,RegExp'));
  const before = regexps().length;

  const { attachment, running, events } = await watch(target.pid);
  await vi.waitUntil(() => events.filter((event) => event.kind === 'loop').length > 8, { timeout: 20_000 });
  await running.stop();
  await attachment.detach();
  await target.kill();
  expect(regexps().slice(before)).toEqual([]);
});

it('a service lives through all that is asked of it in the middle of its regular expressions', async () => {
  const target = await startTarget([MATCHES], { ready: /ready \d+/ });
  const { attachment, running } = await watch(target.pid);
  const { session } = attachment;
  // Some hundred times of each, where an hour of watching would have as many that land as badly.
  for (let round = 0; round < 40 && !session.closed; round++) {
    await session.evaluate(STACK_EXPRESSION, { commandLineApi: false });
    await session.evaluate(`profile("test ${round}"); profileEnd("test ${round}")`);
    await session.call('HeapProfiler.collectGarbage');
    await session.call('HeapProfiler.startSampling', { samplingInterval: 128 * 1024 });
    await session.call('HeapProfiler.stopSampling');
  }
  expect(session.closed).toBe(false);
  await running.stop();
  await attachment.detach();
  expect(target.child.signalCode).toBeNull();
});
