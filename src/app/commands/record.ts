/** `loopscope record`: watches without a UI and writes what happens to a file, as it happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandIo, ExitCode, WatchOptions } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { RecordingWriter } from '../recording-writer.ts';
import { openTarget } from '../target-session.ts';
import { leave, reportEnd, watch } from '../watching.ts';
import { createEventBatch, type EventBlock } from '../../exports/event-batch.ts';
import { keepEvent, redactEvent } from '../../exports/recording-redaction.ts';
import { formatBytes, formatMs } from '../../shared/quantity.ts';

export interface RecordOptions extends WatchOptions {
  readonly output: string;
  readonly duration: number;
  /** Bytes. */
  readonly maxSize: number;
  /** On unless it is false: `--no-redact`. */
  readonly redact?: boolean;
}

const REDRAW_EVERY_MS = 500;
const CLEARED_LINE = '\r\u001b[K';

/** However the watching ends, what was seen is a whole file; a disk that is full ends it, and leaves what fits. */
export async function runRecord(target: string, options: RecordOptions, io: CommandIo): Promise<ExitCode> {
  const { output, duration, maxSize } = options;
  const redacted = options.redact !== false;
  // First of all: what cannot be written is no reason to touch the service.
  const opened = RecordingWriter.open(output, { maxBytes: maxSize, redacted });
  if (!opened.ok) return reportFailure(opened.error, io, false);
  const writer = opened.value;

  const batch = createEventBatch(redacted ? redactEvent : keepEvent);
  let fail = (): void => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const write = (block: EventBlock | null): void => {
    if (block !== null) writer.write(block);
    if (writer.failure !== null) fail();
  };
  const session = await openTarget(target, io, { ...options, onEvent: (event) => write(batch.add(event)) });
  if (!session.ok) {
    writer.discard();
    return reportFailure(session.error, io, false);
  }
  const startedMs = io.clock.monotonicMs();
  const stopTelling = tellProgress(io, () => {
    const seconds = Math.floor((io.clock.monotonicMs() - startedMs) / 1000);
    return `recording: ${seconds} s of ${duration / 1000} s, ${formatBytes(writer.sizeBytes)}`;
  });
  const ended = await watch(session.value, Promise.race([sleep(duration), failed]), io.interrupted);
  await leave(session.value, io);
  stopTelling();

  write(batch.flush());
  const finished = writer.finish();
  if (!finished.ok) return reportFailure(finished.error, io, false);
  const recorded = formatMs(io.clock.monotonicMs() - startedMs);
  io.stdout.write(
    `${output}: ${recorded}, ${formatBytes(writer.sizeBytes)}; open it with loopscope replay ${output}\n`,
  );
  return reportEnd(ended, duration, io);
}

/** One line that is kept fresh on a terminal, nothing in a log. */
function tellProgress({ stderr }: CommandIo, line: () => string): () => void {
  if (!stderr.isTTY) return () => {};
  const timer = setInterval(() => stderr.write(`${CLEARED_LINE}loopscope: ${line()}`), REDRAW_EVERY_MS);
  return () => {
    clearInterval(timer);
    stderr.write(CLEARED_LINE);
  };
}
