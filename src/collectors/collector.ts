/**
 * A collector turns one signal of a live service into timeline events. Collectors know nothing of each other; what
 * they share (the connection, the probe, the clock) is handed to them.
 */
import type { Clock } from '../shared/clock.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { Attachment } from '../inspector/attachment.ts';

export interface CollectorContext {
  readonly attachment: Attachment;
  readonly clock: Clock;
  readonly emit: (event: TimelineEvent) => void;
}

export interface Collector {
  readonly name: string;
  /** Begins to emit. A signal that cannot be had is emitted as a `gap` event, never thrown. */
  start(): Promise<void>;
  /** Ends and removes whatever it put into the service. Safe to call twice, and when the service is gone. */
  stop(): Promise<void>;
}
