/** A service of test/services with the probe in it, and the events of collectors that watch it. */
import { expect, onTestFinished } from 'vitest';
import type { Collector, CollectorContext } from '../../src/collectors/collector.ts';
import { attachTo } from '../../src/inspector/attach.ts';
import type { InspectorSession } from '../../src/inspector/session.ts';
import type { TimelineEvent, TimelineEventKind } from '../../src/model/timeline-event.ts';
import { createExtensionReader } from '../../src/probes/extension-reader.ts';
import type { ExtensionReader } from '../../src/probes/extension-reader.ts';
import { createProbeClient } from '../../src/probes/probe-client.ts';
import type { ProbeClient } from '../../src/probes/probe-client.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { startTarget } from '../support/target-process.ts';
import type { TargetOptions } from '../support/target-process.ts';

type EventOf<K extends TimelineEventKind> = Extract<TimelineEvent, { kind: K }>;

export interface WatchedService {
  readonly pid: number;
  readonly session: InspectorSession;
  readonly probe: ProbeClient;
  readonly extensions: ExtensionReader;
  /** Starts a collector; it is stopped after the test, if not before. */
  watch<C extends Collector>(create: (context: CollectorContext) => C): Promise<WatchedEvents<C>>;
  /** Sends a request and does not wait for its answer. */
  request(path: string): void;
  /** The status of the answer. */
  answered(path: string): Promise<number>;
}

export interface WatchedEvents<C extends Collector> {
  readonly collector: C;
  readonly events: readonly TimelineEvent[];
  /** The first event of a kind that fits, seen already or to come. */
  readonly next: <K extends TimelineEventKind>(
    kind: K,
    fits?: (event: EventOf<K>) => boolean,
  ) => Promise<EventOf<K>>;
}

const WAIT_FOR_EVENT = { timeout: 30_000, interval: 25 };

/** Starts a service that prints `ready PORT`, attaches, and puts the probe in. All of it is undone after the test. */
export async function startWatchedService(
  file: string,
  options: TargetOptions = {},
): Promise<WatchedService> {
  // Any free port: several of these run on one machine, and only one could have the usual one.
  const target = await startTarget(['--inspect-port=0', `test/services/${file}`], {
    ready: /ready \d+/,
    ...options,
  });
  const port = Number(/ready (\d+)/.exec(target.stdout())?.[1]);
  const attached = await attachTo(target.pid);
  if (!attached.ok) throw new Error(attached.error.message);
  const attachment = attached.value;
  const { session } = attachment;
  const probe = createProbeClient({ session, clock: systemClock, opened: attachment.opened });
  await probe.install();
  onTestFinished(async () => {
    await probe.uninstall();
    await attachment.detach();
  });

  const watch = async <C extends Collector>(
    create: (context: CollectorContext) => C,
  ): Promise<WatchedEvents<C>> => {
    const events: TimelineEvent[] = [];
    const collector = create({ attachment, clock: systemClock, emit: (event) => void events.push(event) });
    // Undone in reverse order: before the probe goes.
    onTestFinished(() => collector.stop());
    await collector.start();
    return {
      collector,
      events,
      async next<K extends TimelineEventKind>(kind: K, fits: (event: EventOf<K>) => boolean = () => true) {
        const found = (): EventOf<K> | undefined =>
          events.find((event): event is EventOf<K> => event.kind === kind && fits(event as EventOf<K>));
        await expect.poll(found, WAIT_FOR_EVENT).toBeDefined();
        return found()!;
      },
    };
  };
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
  return {
    pid: target.pid,
    session,
    probe,
    extensions: createExtensionReader(session, probe),
    watch,
    request: (path) => void get(path).catch(() => undefined),
    async answered(path) {
      const response = await get(path);
      await response.arrayBuffer();
      return response.status;
    },
  };
}
