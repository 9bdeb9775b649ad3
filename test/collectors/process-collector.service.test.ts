import { describe, expect, it, onTestFinished } from 'vitest';
import { createProcessCollector } from '../../src/collectors/process-collector.ts';
import type { Attachment } from '../../src/inspector/attachment.ts';
import type { ProcessEvent, TimelineEvent } from '../../src/model/timeline-event.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { startScript } from '../support/target-process.ts';

/** The collector looks from outside: of the attachment it uses the pid and whether it is on this machine. */
const attachmentTo = (pid: number, local = true): Attachment => ({ local, target: { pid } }) as Attachment;

function collect(attachment: Attachment) {
  const events: TimelineEvent[] = [];
  let wake: () => void = () => {};
  const emit = (event: TimelineEvent): void => {
    events.push(event);
    wake();
  };
  const collector = createProcessCollector({ attachment, clock: systemClock, emit }, 200);
  onTestFinished(() => collector.stop());
  const eventThat = async (fits: (event: ProcessEvent) => boolean): Promise<ProcessEvent> => {
    for (;;) {
      const found = events.find((event) => event.kind === 'process' && fits(event));
      if (found?.kind === 'process') return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { collector, events, eventThat };
}

/** More busy threads than there are CPUs, the main thread one of them. */
async function startCrowded(): Promise<number> {
  const target = await startScript(
    `const { Worker } = require('node:worker_threads');
     for (let i = 0; i < 2 * require('node:os').cpus().length; i++) new Worker('for (;;);', { eval: true });
     console.log('ready');
     setTimeout(() => { for (;;); }, 50);`,
    { announce: false },
  );
  return target.pid;
}

describe('the process from outside', () => {
  it('is read while its loop is blocked, and its main thread is told from the rest', async () => {
    const target = await startScript(`console.log('ready'); setTimeout(() => { for (;;); }, 50);`, {
      announce: false,
    });
    const { collector, eventThat } = collect(attachmentTo(target.pid));
    await collector.start();
    const busy = await eventThat(({ mainThreadPercent }) => (mainThreadPercent ?? 0) > 20);
    expect(busy.cpuPercent).toBeGreaterThan(10);
    expect(busy.rssBytes).toBeGreaterThan(10_000_000);
    expect(busy.threads).toBeGreaterThan(3);
    expect(busy.openFiles).toBeGreaterThan(3);
    expect(busy.machineBusy).toBeGreaterThan(0);
  });

  it('tells a main thread that waits for a CPU from one that runs', async () => {
    const { collector, eventThat } = collect(attachmentTo(await startCrowded()));
    await collector.start();
    const starved = await eventThat(({ mainThreadWaitPercent }) => (mainThreadWaitPercent ?? 0) > 20);
    expect(starved.mainThreadWaitPercent).toBeLessThanOrEqual(100);
    expect(starved.mainThreadPercent! + starved.mainThreadWaitPercent!).toBeGreaterThan(50);
  });

  it('shows connections that wait to be accepted', async () => {
    const target = await startScript(
      `require('node:net').createServer().listen(0, '127.0.0.1', function () {
         console.log('ready ' + this.address().port);
         setTimeout(() => { for (;;); }, 50);
       });`,
      { announce: false },
    );
    const port = Number(/ready (\d+)/.exec(target.stdout())?.[1]);
    const { collector, eventThat } = collect(attachmentTo(target.pid));
    await collector.start();
    await eventThat(({ mainThreadPercent }) => (mainThreadPercent ?? 0) > 20);
    const { connect } = await import('node:net');
    for (let i = 0; i < 3; i++) {
      const socket = connect(port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
    }
    const { listenQueue } = await eventThat((event) => event.listenQueue?.length === 3);
    expect(listenQueue!.limit).toBeGreaterThanOrEqual(128);
  });

  it('on another machine is a gap', async () => {
    const { collector, events } = collect(attachmentTo(1, false));
    await collector.start();
    expect(events).toMatchObject([{ kind: 'gap', signal: 'process', lost: null }]);
  });
});
