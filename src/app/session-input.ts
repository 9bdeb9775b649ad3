/**
 * What a command that hands over works on: a recording's file, or a service that is watched for a while. Both give
 * the same timeline, so that whoever asks need not know which it was.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type CommandIo, type ExitCode, type WatchOptions } from './command-io.ts';
import {
  formatMissing,
  isRecordingFile,
  NO_SESSION,
  openRecordingFile,
  readBlocks,
} from './recording-file.ts';
import { openTarget } from './target-session.ts';
import { leave, reportEnd, watch, type WatchEnd } from './watching.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';
import type { Span } from '../timeline/series.ts';
import { selectWholeSpan } from '../timeline/session-selectors.ts';
import { createTimeline, reduceTimeline, type Timeline } from '../timeline/timeline.ts';

export interface SessionInputOptions extends WatchOptions {
  /** Milliseconds for which a target is watched. A recording is read whole. */
  readonly duration: number;
  /** Hears every event from the first on, of a target as it happens. */
  readonly onEvent?: (event: TimelineEvent) => void;
}

export interface SessionInput {
  /** Its `session` is there: it names the target. */
  readonly timeline: Timeline;
  /** From the session's beginning to the last thing seen. */
  readonly span: Span;
  readonly ended: WatchEnd;
  /** What the command exits with when the rest goes well: 0, 4 where the target ended early, 130 if interrupted. */
  readonly exitCode: ExitCode;
}

/**
 * Opens a recording or watches a target. Whatever there is to say of it (a service that ended early, a recording
 * that breaks off) is on stderr when this returns; what was seen is handed over all the same.
 * @param input a recording's file, or what `check` takes
 */
export async function openSessionInput(
  input: string,
  io: CommandIo,
  options: SessionInputOptions,
): Promise<Result<SessionInput, CodedError>> {
  if (isRecordingFile(input)) return openRecorded(input, io, options);
  const watched = await watchTarget(input, io, options);
  // A name that is no process and is a file was meant as one, and why it is none of ours is the better answer.
  const isFile = !watched.ok && watched.error.code === 'target-not-found' && existsSync(input);
  return isFile ? openRecorded(input, io, options) : watched;
}

async function openRecorded(
  path: string,
  io: CommandIo,
  { onEvent }: SessionInputOptions,
): Promise<Result<SessionInput, CodedError>> {
  const opened = openRecordingFile(path);
  if (!opened.ok) return opened;
  const file = opened.value;
  const timeline = createTimeline();
  const read = await readBlocks(file, { from: 0, to: file.blockCount }, io.interrupted, (event) => {
    reduceTimeline(timeline, event);
    onEvent?.(event);
  });
  file.close();
  if (!read.ok) return read;
  const span = selectWholeSpan(timeline);
  if (!span || !timeline.session) return fail(NO_SESSION);
  const missing = formatMissing(file, read.value);
  if (missing !== null) io.stderr.write(`loopscope: ${path}: ${missing}\n`);
  return ok({ timeline, span, ended: { kind: 'watched' }, exitCode: EXIT.done });
}

async function watchTarget(
  target: string,
  io: CommandIo,
  options: SessionInputOptions,
): Promise<Result<SessionInput, CodedError>> {
  const opened = await openTarget(target, io, options);
  if (!opened.ok) return opened;
  const session = opened.value;
  const ended = await watch(session, sleep(options.duration), io.interrupted);
  await leave(session, io);
  const { timeline } = session;
  const span = selectWholeSpan(timeline) ?? { fromMs: 0, toMs: 0 };
  return ok({ timeline, span, ended, exitCode: reportEnd(ended, options.duration, io) });
}
