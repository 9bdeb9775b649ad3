/**
 * Exact stacks in the words of a profile: where each function begins, instead of where execution stood.
 *
 *   spin auth.js:31:7 < handler auth.js:60:12  ->  spin auth.js:29:14 (at line 31) < handler auth.js:58:16 (at line 60)
 */
import { placeOf } from '../model/code-frame.ts';
import type { ExactStack } from './cpu-stacks.ts';
import type { ScriptPlace } from './source-locator.ts';
import { functionAround } from './source-functions.ts';
import type { SourceFunctions } from './source-functions.ts';

export interface StackFrame {
  readonly place: ScriptPlace;
  readonly file: string;
  /** The user's code or a package's. */
  readonly isApplication: boolean;
  readonly isNative: boolean;
  /** Where execution stood. */
  readonly line: number;
}

export interface FramedStack {
  readonly atMs: number;
  readonly waitedMs: number;
  /** Outermost first. */
  readonly frames: readonly StackFrame[];
}

export async function frameStacks(
  stacks: readonly ExactStack[],
  functions: SourceFunctions,
): Promise<readonly FramedStack[]> {
  const framed: FramedStack[] = [];
  // A function is found by reading its script from the top; most stacks share most of their frames.
  const known = new Map<string, StackFrame>();
  for (const { atMs, waitedMs, places } of stacks) {
    const frames: StackFrame[] = [];
    for (const place of places.toReversed()) {
      const key = `${place.functionName} ${place.url}:${place.line}:${place.column}`;
      const frame = known.get(key) ?? (await frameOf(place, functions));
      known.set(key, frame);
      frames.push(frame);
    }
    framed.push({ atMs, waitedMs, frames });
  }
  return framed;
}

async function frameOf(place: ScriptPlace, functions: SourceFunctions): Promise<StackFrame> {
  const { file, origin } = placeOf(place.url);
  const isApplication = origin === 'user' || origin === 'dependency';
  const stood = { file, isApplication, isNative: origin === 'native', line: place.line };
  // Node's own sources are not at hand; one function must not look like another for each of its lines.
  if (!isApplication) return { ...stood, place: { ...place, line: 0, column: 0 } };
  const script = await functions.of(file);
  if (script === null) return { ...stood, place };
  const around = functionAround(script, place.line, place.column);
  const begins = around === null ? { line: 1, column: 1 } : { line: around.line, column: around.column };
  return {
    ...stood,
    place: { ...place, functionName: around === null ? '' : place.functionName, ...begins },
  };
}
