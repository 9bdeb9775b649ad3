/**
 * A live session: one attached service, its collectors, and the timeline that they fill. Everything downstream
 * (screens, reports, recordings) reads the timeline or listens to the same events and knows nothing of this file.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectorContext } from '../collectors/collector.ts';
import { startCollectors, type CollectorOptions, type RunningCollectors } from './collector-set.ts';
import { onLeave } from './cleanup.ts';
import type { Attachment } from '../inspector/attachment.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import { readServiceClock } from './service-clock.ts';
import type { Clock } from '../shared/clock.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { ok, type Result } from '../shared/result.ts';
import { createTimeline, reduceTimeline, type Timeline } from '../timeline/timeline.ts';

/**
 * Each part gives a blocked service 2 s; over a connection that stalls some wait longer. What is not taken out by then
 * goes with the connection, or with the lease.
 */
const STOPS_WITHIN_MS = 8_000;

export interface LiveSession {
  readonly attachment: Attachment;
  readonly timeline: Timeline;
  /** The service's own, in which events are stamped. */
  readonly clock: Clock;
  /** Adds an event of the program's own: what the user had done to the service. */
  record(event: TimelineEvent): void;
  /**
   * Runs what makes the service stand still at the user's word. It is booked as our cost, and the service is not
   * said to be blocked meanwhile.
   */
  whileStopped<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** Called after each event has been reduced. */
  subscribe(listener: (event: TimelineEvent) => void): () => void;
  /** Resolves when the service is gone or cannot be reached any more. */
  readonly ended: Attachment['ended'];
  /**
   * Leaves the service: the collectors hand over what they still hold, everything of ours is removed, the inspector
   * that we opened is closed. Once; later calls wait for the first.
   */
  close(): Promise<Result<void, CodedError>>;
}

/** A native call that held up the attaching, in our own clock: the first thing that was seen of the service. */
export interface BlockedBefore {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** What the kernel said of it. */
  readonly kernelState: string;
}

export interface LiveSessionOptions extends CollectorOptions {
  readonly blockedBefore: BlockedBefore | null;
  /** Hears every event from the first on, as `subscribe` does afterwards. */
  readonly onEvent?: (event: TimelineEvent) => void;
}

/** Starts to collect. A signal that cannot be had is a gap in the timeline; a probe that is refused is an error. */
export async function openLiveSession(
  attachment: Attachment,
  ownClock: Clock,
  options: LiveSessionOptions,
): Promise<Result<LiveSession, CodedError>> {
  const clock = await readServiceClock(attachment, ownClock);
  const timeline = createTimeline();
  const listeners = new Set(options.onEvent ? [options.onEvent] : []);
  let stopping = 0;
  const emit = (event: TimelineEvent): void => {
    if (stopping > 0 && event.kind === 'blocked') return;
    reduceTimeline(timeline, event);
    for (const listener of listeners) listener(event);
  };
  const context: CollectorContext = { attachment, clock, emit };

  let running: RunningCollectors | null = null;
  let closing: Promise<Result<void, CodedError>> | null = null;
  const leave = async (): Promise<Result<void, CodedError>> => {
    const givenUp = new AbortController();
    const deadline = sleep(STOPS_WITHIN_MS, undefined, { signal: givenUp.signal }).catch(() => {});
    await Promise.race([running?.stop(), deadline]);
    givenUp.abort();
    return attachment.detach();
  };
  const close = (): Promise<Result<void, CodedError>> => {
    closing ??= leave().finally(forget);
    return closing;
  };
  const forget = onLeave(async () => void (await close()));

  for (const event of openingEvents(attachment, clock, options.blockedBefore)) emit(event);
  void attachment.ended.then(({ state, how }) => {
    if (closing === null) emit({ kind: 'connection', atMs: clock.monotonicMs(), state, how });
  });

  const started = await startCollectors(context, options);
  if (!started.ok) {
    await close();
    return started;
  }
  running = started.value;
  return ok({
    attachment,
    timeline,
    clock,
    record: emit,
    async whileStopped(what, work) {
      stopping++;
      const startMs = clock.monotonicMs();
      try {
        return await work();
      } finally {
        stopping--;
        const atMs = clock.monotonicMs();
        const cost = { mainThreadMs: atMs - startMs, longestPauseMs: atMs - startMs };
        emit({ kind: 'own-cost', atMs, windowMs: atMs - startMs, ...cost, what });
      }
    },
    ended: attachment.ended,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close,
  });
}

/** What a session begins with: its target, and the native call that was waited for to get in. */
function openingEvents(
  { target }: Attachment,
  clock: Clock,
  blockedBefore: BlockedBefore | null,
): readonly TimelineEvent[] {
  const nowMs = clock.monotonicMs();
  const startedMs = blockedBefore?.sinceMs ?? nowMs;
  const wallMs = clock.wallMs() - (nowMs - startedMs);
  const started: TimelineEvent = { kind: 'session-started', atMs: startedMs, wallMs, target };
  if (blockedBefore === null) return [started];
  const { sinceMs, untilMs: atMs, kernelState: nativeState } = blockedBefore;
  return [
    started,
    { kind: 'blocked', atMs, sinceMs, in: 'native', stack: [], route: null, nativeState },
    { kind: 'unblocked', atMs, sinceMs },
    { kind: 'stall', atMs, startMs: sinceMs, endMs: atMs },
  ];
}
