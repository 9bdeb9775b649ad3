/** A recording's file, opened for reading. */
import { setImmediate as rest } from 'node:timers/promises';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { recordingError } from '../exports/recording-head.ts';
import { openRecording, type RecordingReader } from '../exports/recording-reader.ts';
import { SIGNATURE } from '../exports/recording-block.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import { formatBytes } from '../shared/quantity.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

export const RECORDING_SUFFIX = '.loopscope';

export interface RecordingFile extends RecordingReader {
  close(): void;
}

/** Opens a recording that is finished, still being written, or cut off. */
export function openRecordingFile(path: string): Result<RecordingFile, CodedError> {
  let file: number;
  try {
    // To open a pipe would wait for somebody to write to it.
    if (!statSync(path).isFile()) return fail(cannotRead(path, 'it is no file'));
    file = openSync(path, 'r');
  } catch (cause) {
    return fail(cannotRead(path, cause));
  }
  try {
    const { size } = fstatSync(file);
    const opened = openRecording({ sizeBytes: size, read: (offset, length) => readAt(file, offset, length) });
    if (opened.ok && opened.value.blockCount > 0)
      return ok({ ...opened.value, close: () => closeSync(file) });
    closeSync(file);
    if (opened.ok)
      return fail(
        named(
          path,
          recordingError(
            'recording-empty',
            'nothing was recorded in it, loopscope was ended while it attached',
          ),
        ),
      );
    return fail(named(path, opened.error));
  } catch (cause) {
    closeSync(file);
    return fail(cannotRead(path, cause));
  }
}

/** Whether a recording is meant: by its name, or because the file begins as recordings do. */
export function isRecordingFile(path: string): boolean {
  if (path.endsWith(RECORDING_SUFFIX)) return true;
  try {
    if (!statSync(path).isFile()) return false;
    const file = openSync(path, 'r');
    const beginning = readAt(file, 0, SIGNATURE.length);
    closeSync(file);
    return beginning.equals(SIGNATURE);
  } catch {
    return false;
  }
}

/** What was found amiss while blocks were read. */
export interface ReadLosses {
  readonly damagedBytes: number;
  readonly unreadable: number;
}

/** How long reading may hold up the program: keys and Ctrl-C wait meanwhile. */
const READ_AT_ONCE_MS = 30;

/** Hands over the events of some blocks, in order. Fails only when it is interrupted. */
export async function readBlocks(
  file: Pick<RecordingReader, 'readBlock'>,
  blocks: { readonly from: number; readonly to: number },
  interrupted: AbortSignal,
  onEvent: (event: TimelineEvent) => void,
): Promise<Result<ReadLosses, CodedError>> {
  const losses = { damagedBytes: 0, unreadable: 0 };
  let restedAtMs = performance.now();
  for (let index = blocks.from; index < blocks.to; index++) {
    if (performance.now() - restedAtMs > READ_AT_ONCE_MS) {
      // oxlint-disable-next-line no-await-in-loop -- one block after the other, and everybody else in between
      await rest();
      restedAtMs = performance.now();
    }
    if (interrupted.aborted) return fail(INTERRUPTED);
    const { events, damagedBytes, unreadable } = file.readBlock(index);
    losses.damagedBytes += damagedBytes;
    losses.unreadable += unreadable;
    for (const event of events) onEvent(event);
  }
  return ok(losses);
}

/** What is missing in a recording, in a sentence; null when nothing is. */
export function formatMissing(
  { finished, incompleteBytes, damagedBytes, head }: RecordingFile,
  losses: ReadLosses,
): string | null {
  const damaged = damagedBytes + losses.damagedBytes;
  const { unreadable } = losses;
  const missing = [
    ...(head.trimmed ? ['it begins later than its session: the oldest part was given up for its size'] : []),
    ...(damaged > 0 ? [`${formatBytes(damaged)} of it are damaged and left out`] : []),
    ...(unreadable > 0 ? [`${unreadable} events are of kinds that this version does not know`] : []),
    ...(finished
      ? []
      : [
          incompleteBytes > 0
            ? `it breaks off, and the ${formatBytes(incompleteBytes)} at its end are no whole block`
            : 'it was not ended, the last second may be missing',
        ]),
  ];
  return missing.length === 0 ? null : missing.join('; ');
}

/** Fewer bytes at the end of the file, which may have been cut since. */
function readAt(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
}

/** For a file whose first block, the session's beginning, is lost: nothing tells what it is about. */
export const NO_SESSION: CodedError = recordingError(
  'recording-damaged',
  'the beginning of its session is lost',
);

const INTERRUPTED: CodedError = {
  code: 'interrupted',
  message: 'interrupted while a recording was read',
  hint: '',
  exitCode: 130,
};

const named = (path: string, error: CodedError): CodedError => ({
  ...error,
  message: error.message.replace('the recording', path),
});

function cannotRead(path: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return {
    code: 'recording-unreadable',
    message: `${path} cannot be read: ${why}`,
    hint: 'give the file that `loopscope record` wrote; of several processes, one of those in its folder',
    exitCode: 2,
  };
}
