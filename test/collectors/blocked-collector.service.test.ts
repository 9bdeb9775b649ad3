import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { attachTo } from '../../src/inspector/attach.ts';
import { createBlockedCollector } from '../../src/collectors/blocked-collector.ts';
import { createSourceKnowledge } from '../../src/collectors/cpu-profile.ts';
import { rootOfProcess } from '../../src/collectors/source-files.ts';
import { attributeStack } from '../../src/model/cause-attribution.ts';
import type { BlockedEvent, TimelineEvent } from '../../src/model/timeline-event.ts';
import { createProbeClient } from '../../src/probes/probe-client.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { startTarget } from '../support/target-process.ts';

const SERVICE = join(import.meta.dirname, '..', 'services', 'blocks-for-seconds.cjs');
const SEEN_WITHIN = { timeout: 15_000, interval: 20 };

interface WatchedService {
  readonly events: readonly TimelineEvent[];
  blocks(): readonly BlockedEvent[];
  request(path: string): Promise<unknown>;
  kill(): Promise<void>;
}

async function watchService(): Promise<WatchedService> {
  const target = await startTarget([SERVICE], { ready: /ready \d+/ });
  const [, port = ''] = await target.printed(/ready (\d+)/);
  const attached = await attachTo(target.pid);
  if (!attached.ok) throw new Error(attached.error.message);
  const attachment = attached.value;
  const events: TimelineEvent[] = [];
  const probe = createProbeClient({
    session: attachment.session,
    clock: systemClock,
    opened: attachment.opened,
  });
  const { locator } = createSourceKnowledge(rootOfProcess(target.pid), attachment.target.cwd);
  const context = { attachment, clock: systemClock, emit: (event: TimelineEvent) => events.push(event) };
  const collector = createBlockedCollector(context, { probe, locator });
  await collector.start();
  await probe.install();
  return {
    events,
    blocks: () => events.filter((event) => event.kind === 'blocked'),
    request: (path) => fetch(`http://127.0.0.1:${port}/${path}`),
    async kill() {
      await target.kill();
      await probe.uninstall();
      await collector.stop();
    },
  };
}

it.each([
  { way: 'computes', cause: 'cpu' },
  { way: 'matchesBadly', cause: 'regexp' },
  { way: 'stringifies', cause: 'json' },
  { way: 'waitsOnAtomics', cause: 'native' },
])('JavaScript that $way is named while it blocks, and its end is told', async ({ way, cause }) => {
  const service = await watchService();
  onTestFinished(() => service.kill());
  await service.request(way);
  await vi.waitUntil(() => service.events.some(({ kind }) => kind === 'unblocked'), SEEN_WITHIN);

  const named = service.blocks().filter((block) => block.in === 'javascript' && block.stack.length > 0);
  const [first] = named;
  if (first === undefined) throw new Error(`no stack was seen; events: ${JSON.stringify(service.events)}`);
  const attribution = attributeStack(first.stack);
  expect([attribution.cause, attribution.frame?.function, attribution.frame?.file]).toEqual([
    cause,
    way,
    SERVICE,
  ]);
  expect(first.atMs - first.sinceMs).toBeLessThan(1000);
  const end = service.events.find((event) => event.kind === 'unblocked');
  expect(end?.sinceMs).toBe(first.sinceMs);
});

it.each([
  { way: 'derivesKey', state: /^on CPU$/ },
  { way: 'waitsForChild', state: /^waiting for its child: sleep 1\.5$/ },
  { way: 'readsFifo', state: /^waiting/ },
])('a native call that $way is told by what the kernel says', async ({ way, state }) => {
  const service = await watchService();
  onTestFinished(() => service.kill());
  await service.request(way);
  await vi.waitUntil(() => service.events.some(({ kind }) => kind === 'unblocked'), SEEN_WITHIN);

  const native = service.blocks().filter((block) => block.in === 'native');
  expect(native.length).toBeGreaterThanOrEqual(2);
  expect(native.map((block) => block.nativeState)).toContainEqual(expect.stringMatching(state));
});

it('a healthy service is never said to be blocked', async () => {
  const service = await watchService();
  onTestFinished(() => service.kill());
  for (let i = 0; i < 40; i++) await service.request('pausesBriefly');
  expect(service.blocks()).toEqual([]);
});
