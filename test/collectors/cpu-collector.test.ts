import { expect, it } from 'vitest';
import { createCpuCollector } from '../../src/collectors/cpu-collector.ts';
import { createSourceKnowledge } from '../../src/collectors/cpu-profile.ts';
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
    evaluate: (expression) =>
      expression.includes('heapUsed') ? answer('heapUsed', heapUsed) : answer('evaluate', [0, 10]),
    on: () => () => {},
    onClosed: () => () => {},
    closed: false,
    close: () => {},
  };
  return { session, asked };
}

const TARGET = { node: 'v20.0.0' } as Attachment['target'];

it('a service with a huge heap is not paused by the start of a profile until it stalls', async () => {
  const { session, asked } = serviceWithHeapOf(1e9);
  const events: TimelineEvent[] = [];
  const attachment = { session, target: TARGET } as Attachment;
  const context = { attachment, clock: systemClock, emit: (event: TimelineEvent) => events.push(event) };
  const collector = createCpuCollector(context, createSourceKnowledge(null, '/'));
  await collector.start();
  expect(asked).toEqual(['heapUsed']);
  expect(events).toMatchObject([
    { kind: 'gap', signal: 'cpu-profile', reason: expect.stringContaining('900 ms') },
  ]);

  collector.cut({ startMs: 100, endMs: 300 });
  expect(asked).toContain('Profiler.enable');
  await collector.stop();
});

it('a service of the usual size is profiled from the start', async () => {
  const { session, asked } = serviceWithHeapOf(60e6);
  const attachment = { session, target: TARGET } as Attachment;
  const collector = createCpuCollector(
    { attachment, clock: systemClock, emit: () => {} },
    createSourceKnowledge(null, '/'),
  );
  await collector.start();
  expect(asked).toEqual(['heapUsed', 'Profiler.enable', 'Profiler.setSamplingInterval', 'evaluate']);
  await collector.stop();
});
