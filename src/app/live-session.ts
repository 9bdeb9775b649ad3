/**
 * A live session: one attached service, its collectors, and the timeline that they fill. Everything downstream
 * (screens, reports, recordings) reads the timeline or listens to the same events and knows nothing of this file.
 */
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

export interface LiveSession {
  readonly attachment: Attachment;
  readonly timeline: Timeline;
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

/** Starts to collect. A signal that cannot be had is a gap in the timeline; a probe that is refused is an error. */
export async function openLiveSession(
  attachment: Attachment,
  ownClock: Clock,
  options: CollectorOptions,
): Promise<Result<LiveSession, CodedError>> {
  const clock = await readServiceClock(attachment, ownClock);
  const timeline = createTimeline();
  const listeners = new Set<(event: TimelineEvent) => void>();
  const emit = (event: TimelineEvent): void => {
    reduceTimeline(timeline, event);
    for (const listener of listeners) listener(event);
  };
  const context: CollectorContext = { attachment, clock, emit };

  let running: RunningCollectors | null = null;
  let closing: Promise<Result<void, CodedError>> | null = null;
  const leave = async (): Promise<Result<void, CodedError>> => {
    await running?.stop();
    return attachment.detach();
  };
  const close = (): Promise<Result<void, CodedError>> => {
    closing ??= leave().finally(forget);
    return closing;
  };
  const forget = onLeave(async () => void (await close()));

  emit({
    kind: 'session-started',
    atMs: clock.monotonicMs(),
    wallMs: clock.wallMs(),
    target: attachment.target,
  });
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
    ended: attachment.ended,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close,
  });
}
