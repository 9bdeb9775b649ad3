/** What a recording says of itself before its first event. */
import { TIMELINE_SCHEMA } from '../model/timeline-event.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';
import { boolean, number, object, text } from './event-shape.ts';

const RECORDING_SCHEMA = 'loopscope.recording/1';
/** Older events that can still be read. There are none yet that cannot. */
const OLDEST_TIMELINE_SCHEMA = 1;

export interface RecordingHead {
  readonly schema: string;
  /** Version of the events: `TIMELINE_SCHEMA` of the program that wrote them. */
  readonly timeline: number;
  /** Version of that program. */
  readonly loopscope: string;
  /** Whether query strings, secrets in command lines and strings of the heap were left out. */
  readonly redacted: boolean;
  /** Whether its oldest events were given up to stay within its size. */
  readonly trimmed: boolean;
}

export function createRecordingHead(
  loopscope: string,
  { redacted, trimmed }: Pick<RecordingHead, 'redacted' | 'trimmed'>,
): RecordingHead {
  return { schema: RECORDING_SCHEMA, timeline: TIMELINE_SCHEMA, loopscope, redacted, trimmed };
}

const readHead = object<RecordingHead>({
  schema: text,
  timeline: number,
  loopscope: text,
  redacted: boolean,
  trimmed: boolean,
});

/** Refuses what another version wrote and this one would misread. */
export function parseRecordingHead(content: unknown): Result<RecordingHead, CodedError> {
  const head = readHead(content);
  if (head === undefined) return fail(recordingError('recording-damaged', 'its head cannot be read'));
  const { schema, timeline, loopscope } = head;
  if (schema !== RECORDING_SCHEMA || timeline > TIMELINE_SCHEMA) {
    const what = schema === RECORDING_SCHEMA ? `events of version ${timeline}` : schema;
    return fail({
      ...recordingError('recording-newer', `it holds ${what}`),
      hint: `open it with loopscope ${loopscope} or later, which wrote it`,
    });
  }
  if (timeline < OLDEST_TIMELINE_SCHEMA) {
    return fail({
      ...recordingError('recording-older', `it holds events of version ${timeline}`),
      hint: `open it with loopscope ${loopscope}, which wrote it`,
    });
  }
  return ok(head);
}

/** Why a file cannot be used as a recording. */
export function recordingError(code: string, why: string): CodedError {
  return {
    code,
    message: `the recording cannot be opened: ${why}`,
    hint: 'make one with `loopscope record <target> -o FILE`',
    exitCode: 2,
  };
}
