/**
 * What is kept of several processes: a folder with a recording of each, which opens like any other.
 *
 *   incident/4711.loopscope  incident/4712.loopscope
 */
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { RECORDING_SUFFIX } from './recording-file.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

const OWNER_ONLY = 0o700;

/** Makes the folder, which must not exist: what was recorded in an incident cannot be recorded again. */
export function createFleetFolder(path: string): Result<void, CodedError> {
  try {
    mkdirSync(path, { mode: OWNER_ONLY });
    return ok(undefined);
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    return fail({
      code: 'recording-unwritable',
      message: `the folder ${path} cannot be made: ${exists ? 'it exists already' : (cause as Error).message}`,
      hint: 'several processes are recorded into a folder of their own: give the name of a new one',
      exitCode: 2,
    });
  }
}

/** Takes the folder away again if nothing was written into it. */
export function discardFleetFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Something is in it.
  }
}

/** @param target a pid, or the address of an inspector */
export function recordingPathOf(folder: string, target: string): string {
  return join(folder, `${target.replaceAll(/[^\w.-]+/g, '-')}${RECORDING_SUFFIX}`);
}

/** The recordings in a folder, in the order of their names' numbers; empty where the path is no folder. */
export function recordingsIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
      .filter((name) => name.endsWith(RECORDING_SUFFIX))
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => join(path, name));
  } catch {
    return [];
  }
}
