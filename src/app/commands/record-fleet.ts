/** `loopscope record` on several processes: a folder with a recording of each, successors of workers included. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { openFleet, refusalOf, type FleetOptions } from '../fleet.ts';
import { createFleetFolder, discardFleetFolder, recordingPathOf } from '../fleet-folder.ts';
import { openSessionRecording, tellRecording, type SessionRecording } from '../session-recording.ts';
import { reportEnd, watch } from '../watching.ts';
import type { RecordOptions } from './record.ts';
import type { TimelineEvent } from '../../model/timeline-event.ts';
import { formatCount, formatBytes, formatMs } from '../../shared/quantity.ts';
import type { CodedError } from '../../shared/coded-error.ts';

export type RecordFleetOptions = RecordOptions & FleetOptions;

/** However the watching ends, what was seen is whole files; a disk that is full ends it, and leaves what fits. */
export async function runRecordFleet(
  targets: readonly string[],
  options: RecordFleetOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const { output, duration } = options;
  // First of all: what cannot be written is no reason to touch the services.
  const created = createFleetFolder(output);
  if (!created.ok) return reportFailure(created.error, io, false);
  const folder = new FleetRecording(options);
  const opened = await openFleet(targets, { ...options, hear: folder.hear }, io);
  if (!opened.ok) {
    folder.finish();
    return reportFailure(opened.error, io, false);
  }
  const fleet = opened.value;
  await Promise.race([fleet.ready, folder.failed]);
  const refused = refusalOf(fleet);
  const startedMs = io.clock.monotonicMs();
  const stopTelling = tellRecording(io, duration, () => folder.sizeBytes);
  const watched = refused === null ? sleep(duration) : Promise.resolve();
  const ended = await watch(fleet, Promise.race([watched, folder.failed]), io.interrupted);
  const left = await fleet.close();
  stopTelling();
  for (const { message, hint } of left) io.stderr.write(`loopscope: ${message}; ${hint}\n`);
  const recorded = folder.finish();
  if (refused !== null) return reportFailure(refused, io, false);
  if (folder.failure !== null) return reportFailure(folder.failure, io, false);
  io.stdout.write(
    `${output}: ${formatCount(recorded, 'recording')}, ${formatMs(io.clock.monotonicMs() - startedMs)}, ${formatBytes(folder.sizeBytes)}; open it with loopscope replay ${output}\n`,
  );
  const endCode = reportEnd(ended, duration, io);
  if (ended.kind === 'interrupted') return endCode;
  const errors = fleet.members().flatMap(({ error }) => error ?? []);
  for (const { message, hint } of errors) io.stderr.write(`loopscope: ${message}; ${hint}\n`);
  // A child of a tree that cannot be attached to is told; a process that was asked for by name is a failure.
  const missing = options.tree !== true && errors.length > 0;
  return Math.max(endCode, missing ? EXIT.cannotAttach : EXIT.done);
}

/** The recordings of a folder as they are written. */
class FleetRecording {
  readonly #options: RecordOptions;
  readonly #recordings: SessionRecording[] = [];
  #fail: () => void = () => {};
  /** Resolves when one of them cannot be written any more. */
  readonly failed: Promise<void>;
  failure: CodedError | null = null;

  constructor(options: RecordOptions) {
    this.#options = options;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  get sizeBytes(): number {
    return this.#recordings.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  readonly hear = (target: string): ((event: TimelineEvent) => void) => {
    const { output, maxSize, redact } = this.#options;
    const limits = { maxBytes: maxSize, redacted: redact !== false };
    const opened = openSessionRecording(recordingPathOf(output, target), limits, () => this.#fail());
    if (opened.ok) {
      this.#recordings.push(opened.value);
      return opened.value.add;
    }
    this.failure ??= opened.error;
    this.#fail();
    return () => {};
  };

  /** Returns how many are whole; of processes that could not be attached to there is none. */
  finish(): number {
    const begun = this.#recordings.filter((recording) => {
      if (!recording.hasBegun) recording.discard();
      return recording.hasBegun;
    });
    for (const recording of begun) {
      const finished = recording.finish();
      if (!finished.ok) this.failure ??= finished.error;
    }
    discardFleetFolder(this.#options.output);
    return begun.length;
  }
}
