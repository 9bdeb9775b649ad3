/** `loopscope record`: watches without a UI and writes what happens to a file, as it happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandIo, ExitCode, WatchOptions } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { openSessionRecording, tellRecording } from '../session-recording.ts';
import { openTarget } from '../target-session.ts';
import { leave, reportEnd, watch } from '../watching.ts';
import { formatBytes, formatMs } from '../../shared/quantity.ts';

export interface RecordOptions extends WatchOptions {
  readonly output: string;
  readonly duration: number;
  /** Bytes. */
  readonly maxSize: number;
  /** On unless it is false: `--no-redact`. */
  readonly redact?: boolean;
}

/** However the watching ends, what was seen is a whole file; a disk that is full ends it, and leaves what fits. */
export async function runRecord(target: string, options: RecordOptions, io: CommandIo): Promise<ExitCode> {
  const { output, duration, maxSize } = options;
  let fail = (): void => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  // First of all: what cannot be written is no reason to touch the service.
  const limits = { maxBytes: maxSize, redacted: options.redact !== false };
  const opened = openSessionRecording(output, limits, () => fail());
  if (!opened.ok) return reportFailure(opened.error, io, false);
  const recording = opened.value;
  const session = await openTarget(target, io, { ...options, onEvent: recording.add });
  if (!session.ok) {
    recording.discard();
    return reportFailure(session.error, io, false);
  }
  const startedMs = io.clock.monotonicMs();
  const stopTelling = tellRecording(io, duration, () => recording.sizeBytes);
  const ended = await watch(session.value, Promise.race([sleep(duration), failed]), io.interrupted);
  await leave(session.value, io);
  stopTelling();

  const finished = recording.finish();
  if (!finished.ok) return reportFailure(finished.error, io, false);
  const recorded = formatMs(io.clock.monotonicMs() - startedMs);
  io.stdout.write(
    `${output}: ${recorded}, ${formatBytes(recording.sizeBytes)}; open it with loopscope replay ${output}\n`,
  );
  return reportEnd(ended, duration, io);
}
