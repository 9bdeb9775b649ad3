/**
 * Sends what is seen of a session on, a moment at a time: metrics and CPU profiles, to each receiver on its own. The
 * moments follow the events' clock, so a recording is sent as its session would have been.
 *
 *   event 0 s … event 10 s -> moment 1 -> OTLP, Pyroscope; … end -> the last moment
 *
 * A receiver that does not answer is tried again with the next moment. What waits for it is bounded.
 */
import type { CommandIo } from './command-io.ts';
import { createMetricReader } from './metric-reader.ts';
import type { MetricReading } from '../exports/metrics/metric.ts';
import type { CpuProfileEvent, TargetInfo, TimelineEvent } from '../model/timeline-event.ts';
import { processName } from '../presentation/header.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

export interface PushedMoment {
  readonly target: TargetInfo;
  readonly serviceName: string;
  readonly reading: MetricReading;
  /** Complete since the moment before. */
  readonly profiles: readonly CpuProfileEvent[];
  /** What must be added to the service's clock to have the time of day. */
  readonly wallOffsetMs: number;
}

export interface Receiver {
  /** For the user, without credentials. */
  readonly name: string;
  /** A failure says why in its message. */
  send(moment: PushedMoment): Promise<Result<void, Pick<CodedError, 'message'>>>;
  close(): Promise<void>;
}

export interface Push {
  hear(event: TimelineEvent): void;
  /** Sends what is left. Fails when something did not arrive anywhere that it should. */
  finish(): Promise<Result<void, CodedError>>;
}

/** Shares and percentiles over less than this rest on a handful of readings. */
const SHORTEST_GAUGE_MS = 10_000;
/** Moments kept for a receiver that is down: an hour of them at one every 10 s. */
const MOST_WAITING = 360;

export interface PushOptions {
  readonly everyMs: number;
  /** The same for all processes of a fleet that do the same work; null for what the process is called. */
  readonly serviceName: string | null;
}

export function createPush(
  receivers: readonly Receiver[],
  { everyMs, serviceName }: PushOptions,
  io: Pick<CommandIo, 'stderr'>,
): Push {
  const reader = createMetricReader(Math.max(everyMs, SHORTEST_GAUGE_MS));
  const lines = receivers.map((receiver) => createLine(receiver, everyMs, io));
  let session: (TimelineEvent & { kind: 'session-started' }) | null = null;
  let nextMs = Infinity;
  let isNew = false;
  let profiles: CpuProfileEvent[] = [];

  const push = (): void => {
    const reading = reader.read();
    if (session === null || reading === null) return;
    const { target, wallMs, atMs } = session;
    const moment: PushedMoment = {
      target,
      serviceName: serviceName ?? processName(target),
      reading,
      profiles,
      wallOffsetMs: wallMs - atMs,
    };
    profiles = [];
    isNew = false;
    for (const line of lines) line.add(moment);
  };

  return {
    hear(event) {
      // A moment ends with the first event after it, so that all that happened at its end is in it.
      if (event.atMs > nextMs) {
        push();
        nextMs = Math.max(nextMs + everyMs, event.atMs);
      }
      if (event.kind === 'session-started') {
        session = event;
        nextMs = event.atMs + everyMs;
      }
      if (event.kind === 'cpu-profile') profiles.push(event);
      reader.hear(event);
      isNew = true;
    },
    async finish() {
      if (isNew) push();
      const results = await Promise.all(lines.map((line) => line.finish()));
      return results.find((result) => !result.ok) ?? ok(undefined);
    },
  };
}

/** One receiver and what waits for it, in order. */
function createLine(
  receiver: Receiver,
  everyMs: number,
  { stderr }: Pick<CommandIo, 'stderr'>,
): { add(moment: PushedMoment): void; finish(): Promise<Result<void, CodedError>> } {
  const waiting: PushedMoment[] = [];
  let trouble: string | null = null;
  let lost = 0;
  let sending: Promise<void> | null = null;

  const send = async (): Promise<void> => {
    for (let moment = waiting[0]; moment !== undefined; moment = waiting[0]) {
      // oxlint-disable-next-line no-await-in-loop -- in the order of time, and not all at once
      const sent = await receiver.send(moment);
      if (!sent.ok) return fell(sent.error.message);
      waiting.shift();
      if (trouble !== null) stderr.write(`loopscope: ${receiver.name} takes what is sent again\n`);
      trouble = null;
    }
  };
  const fell = (why: string): void => {
    if (trouble === null)
      stderr.write(`loopscope: ${receiver.name}: ${why}; tried again every ${everyMs / 1000} s\n`);
    trouble = why;
    if (waiting.length <= MOST_WAITING) return;
    lost += waiting.splice(0, waiting.length - MOST_WAITING).length;
  };
  const begin = (): Promise<void> => {
    sending ??= send().finally(() => {
      sending = null;
    });
    return sending;
  };

  return {
    add(moment) {
      waiting.push(moment);
      void begin();
    },
    async finish() {
      await begin();
      await receiver.close();
      const missing = waiting.length + lost;
      if (missing === 0) return ok(undefined);
      return fail({
        code: 'push-failed',
        message: `${missing} of what was to be sent did not arrive at ${receiver.name}: ${trouble ?? 'it was down too long'}`,
        hint: 'start the receiver, or give the URL at which it listens',
        exitCode: 2,
      });
    },
  };
}
