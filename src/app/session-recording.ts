/** A recording of one session that is written as it happens, for whoever watches without a UI. */
import type { CommandIo } from './command-io.ts';
import { RecordingWriter, type RecordingLimits } from './recording-writer.ts';
import { createEventBatch, type EventBlock } from '../exports/event-batch.ts';
import { keepEvent, redactEvent } from '../exports/recording-redaction.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { formatBytes } from '../shared/quantity.ts';
import { ok, type Result } from '../shared/result.ts';

const REDRAW_EVERY_MS = 500;
const CLEARED_LINE = '\r\u001b[K';

export interface SessionRecording {
  readonly add: (event: TimelineEvent) => void;
  readonly sizeBytes: number;
  /** Whether anything was seen. */
  readonly hasBegun: boolean;
  /** Writes what no block holds yet, and marks the file as whole. What could not be written is said; the rest is there. */
  finish(): Result<void, CodedError>;
  /** For when nothing was seen. */
  discard(): void;
}

/**
 * Begins a new file.
 * @param onFailure nothing is written any more: the disk is full, say
 */
export function openSessionRecording(
  path: string,
  limits: RecordingLimits,
  onFailure: () => void,
): Result<SessionRecording, CodedError> {
  const opened = RecordingWriter.open(path, limits);
  if (!opened.ok) return opened;
  const writer = opened.value;
  const batch = createEventBatch(limits.redacted ? redactEvent : keepEvent);
  const write = (block: EventBlock | null): void => {
    if (block !== null) writer.write(block);
    if (writer.failure !== null) onFailure();
  };
  let hasBegun = false;
  return ok({
    add(event) {
      hasBegun = true;
      write(batch.add(event));
    },
    get hasBegun() {
      return hasBegun;
    },
    get sizeBytes() {
      return writer.sizeBytes;
    },
    finish() {
      write(batch.flush());
      return writer.finish();
    },
    discard: () => writer.discard(),
  });
}

/** One line that is kept fresh on a terminal, nothing in a log. Returns the way to end it. */
export function tellRecording(
  { stderr, clock }: CommandIo,
  durationMs: number,
  sizeBytes: () => number,
): () => void {
  if (!stderr.isTTY) return () => {};
  const startedMs = clock.monotonicMs();
  const timer = setInterval(() => {
    const seconds = Math.floor((clock.monotonicMs() - startedMs) / 1000);
    const recorded = `${seconds} s of ${durationMs / 1000} s, ${formatBytes(sizeBytes())}`;
    stderr.write(`${CLEARED_LINE}loopscope: recording: ${recorded}`);
  }, REDRAW_EVERY_MS);
  return () => {
    clearInterval(timer);
    stderr.write(CLEARED_LINE);
  };
}
