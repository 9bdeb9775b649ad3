import { expect, it, vi } from 'vitest';
import { createCpuCollector } from '../../src/collectors/cpu-collector.ts';
import { createSourceKnowledge } from '../../src/collectors/cpu-profile.ts';
import { attributeSpans } from '../../src/model/cause-attribution.ts';
import type { Attachment } from '../../src/inspector/attachment.ts';
import type { InspectorSession } from '../../src/inspector/session.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { ok } from '../../src/shared/result.ts';

/** A service that says how large its heap is and notes what is asked of it; a real one would fill the machine. */
function serviceWithHeapOf(heapUsed: number): { session: InspectorSession; asked: string[] } {
  const asked: string[] = [];
  const answer = (method: string, value: unknown): Promise<never> => {
    asked.push(method);
    return Promise.resolve(ok(value) as never);
  };
  const session: InspectorSession = {
    call: (method) => answer(method, {}),
    evaluate(expression) {
      if (expression.includes('heapUsed')) return answer('heapUsed', heapUsed);
      if (expression.includes('profile')) return answer('evaluate', [0, 10]);
      return answer('stack', [systemClock.monotonicMs(), '    at spin (/srv/app.js:3:7)']);
    },
    on: () => () => {},
    onClosed: () => () => {},
    closed: false,
    close: () => {},
  };
  return { session, asked };
}

const ALWAYS = { startMs: 0, endMs: Infinity };
const TARGET = { node: 'v20.0.0' } as Attachment['target'];

it('a service with a huge heap is never paused by the start of a profile: its stacks make one', async () => {
  const { session, asked } = serviceWithHeapOf(1e9);
  const events: TimelineEvent[] = [];
  const attachment = { session, target: TARGET } as Attachment;
  const context = { attachment, clock: systemClock, emit: (event: TimelineEvent) => events.push(event) };
  const collector = createCpuCollector(context, createSourceKnowledge(null, '/'));
  await collector.start();
  expect(events).toMatchObject([
    { kind: 'gap', signal: 'cpu-profile', reason: expect.stringContaining('900 ms') },
  ]);
  collector.cut({ startMs: 100, endMs: 300 });
  await vi.waitUntil(() => asked.filter((each) => each === 'stack').length > 2);
  await collector.stop();
  expect(new Set(asked)).toEqual(new Set(['heapUsed', 'stack']));

  const profile = events.find((event) => event.kind === 'cpu-profile');
  const [strongest] = attributeSpans(profile === undefined ? [] : [profile], [ALWAYS]);
  expect(strongest).toMatchObject({ frame: { function: 'spin' }, certainty: 'exact', share: 1 });
});

it('a service of the usual size is profiled from the start', async () => {
  const { session, asked } = serviceWithHeapOf(60e6);
  const attachment = { session, target: TARGET } as Attachment;
  const collector = createCpuCollector(
    { attachment, clock: systemClock, emit: () => {} },
    createSourceKnowledge(null, '/'),
  );
  await collector.start();
  expect(asked.filter((each) => each !== 'stack')).toEqual([
    'heapUsed',
    'Profiler.enable',
    'Profiler.setSamplingInterval',
    'evaluate',
  ]);
  await collector.stop();
});
