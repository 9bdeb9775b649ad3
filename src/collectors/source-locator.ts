/**
 * From V8's place in a script to a frame of the model: plain path, owner, original position, clean strings.
 *
 *   { functionName: 'exports.derive', url: 'file:///srv/app/dist/auth.js', line: 9, column: 24 }
 *     -> { function: 'derive', file: '/srv/app/src/auth.ts', line: 12, column: 26, origin: 'user', package: null }
 */
import {
  ANONYMOUS_FUNCTION,
  isMetaFunction,
  metaFrame,
  MODULE_FUNCTION,
  OWN_FRAME,
  OWN_SCRIPT_PREFIX,
  placeOf,
  plainFunctionName,
} from '../model/code-frame.ts';
import type { CodeFrame } from '../model/timeline-event.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { SourceFiles } from './source-files.ts';
import { enclosingFunction } from './source-functions.ts';
import type { SourceFunctions } from './source-functions.ts';
import type { OriginalPlace, SourceMaps } from './source-maps.ts';

/** A place as the service tells it: nothing in it has been checked yet. Lines and columns from 1, 0 is unknown. */
export interface ScriptPlace {
  readonly functionName: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

interface LocatedLine {
  readonly line: number;
  /** Null when the source cannot be read or the line is a minified one, which says nothing. */
  readonly text: string | null;
}

export interface SourceLocator {
  locate(place: ScriptPlace): Promise<CodeFrame>;
  /** Where a line of a generated script lies in the file of `frame`; null when it does not lie there. */
  locateLine(place: ScriptPlace, frame: CodeFrame, line: number): Promise<LocatedLine | null>;
}

/** A longer line is minified code: it holds many calls, so its text is no evidence for any one of them. */
const READABLE_LINE_LENGTH = 300;
const NAME_LENGTH = 128;
/** Minifiers give one or two letters; what is longer was written by a person. */
const MINIFIED_NAME_LENGTH = 2;

export function createSourceLocator(
  files: SourceFiles,
  maps: SourceMaps,
  functions: SourceFunctions,
): SourceLocator {
  const lineText = async (file: string, line: number): Promise<string | null> =>
    lineOf(await files.read(file), line);

  const originalName = async (
    script: string,
    place: ScriptPlace,
    original: OriginalPlace,
  ): Promise<string | null> => {
    const { functionName, line } = place;
    if (original.name === null || functionName === '' || functionName.length > MINIFIED_NAME_LENGTH)
      return null;
    // The map may name some other token near by; only the function's own short name may be replaced.
    const text = await lineText(script, line);
    const token = text?.slice(
      original.generatedColumn - 1,
      original.generatedColumn - 1 + functionName.length,
    );
    return token === functionName ? original.name : null;
  };

  const surroundings = async (
    name: string,
    file: string,
    place: ScriptPlace,
  ): Promise<{ within?: string }> => {
    const script = name === ANONYMOUS_FUNCTION ? await functions.of(file) : null;
    const within = script === null ? null : enclosingFunction(script, place.line, place.column);
    return within === null ? {} : { within: sanitise(within, NAME_LENGTH) };
  };

  return {
    async locate(place) {
      const fixed = fixedFrame(place);
      if (fixed !== null) return fixed;
      const owner = placeOf(place.url);
      const name = nameOf(place);
      // What a package was built from is rarely on this disk; the file that runs is.
      if (owner.origin !== 'user' || place.line === 0) {
        return cleanFrame({ ...owner, function: name, line: place.line, column: place.column });
      }
      const within = await surroundings(name, owner.file, place);
      const original = (await maps.of(owner.file))?.originalPlace(place.line, place.column) ?? null;
      const mapped = original === null ? null : await originalName(owner.file, place, original);
      const { file, line, column } = original ?? { file: owner.file, line: place.line, column: place.column };
      return cleanFrame({ ...placeOf(file), ...within, function: mapped ?? name, line, column });
    },

    async locateLine(place, frame, line) {
      const script = placeOf(place.url).file;
      if (frame.file === script) return { line, text: readable(await lineText(script, line)) };
      const map = await maps.of(script);
      const original = map?.originalLine(line) ?? null;
      if (original === null || original.file !== frame.file) return null;
      const text =
        (await lineText(original.file, original.line)) ??
        lineOf(map?.originalText(original.file) ?? null, original.line) ??
        (await lineText(script, line));
      return { line: original.line, text: readable(text) };
    },
  };
}

/** Frames that are no code of the service: V8's bookkeeping, and what loopscope evaluated. */
function fixedFrame({ functionName, url }: ScriptPlace): CodeFrame | null {
  if (url.startsWith(OWN_SCRIPT_PREFIX)) return OWN_FRAME;
  return url === '' && isMetaFunction(functionName) ? metaFrame(functionName) : null;
}

function nameOf({ functionName, url, line, column }: ScriptPlace): string {
  if (functionName === '')
    return url !== '' && line === 1 && column === 1 ? MODULE_FUNCTION : ANONYMOUS_FUNCTION;
  // Native code has no file to tell things apart: the receiver in `JSON.parse` is all there is.
  return line === 0 ? functionName : plainFunctionName(functionName);
}

function cleanFrame(frame: CodeFrame): CodeFrame {
  return {
    ...frame,
    function: sanitise(frame.function, NAME_LENGTH),
    file: sanitise(frame.file, 1024),
    package: frame.package === null ? null : sanitise(frame.package, 214),
  };
}

function readable(text: string | null): string | null {
  return text === null || text.length > READABLE_LINE_LENGTH ? null : sanitise(text.trim());
}

/** A line by its number, from 1, without splitting the whole text. */
function lineOf(text: string | null, line: number): string | null {
  if (text === null || line < 1) return null;
  let start = 0;
  for (let at = 1; at < line; at++) {
    start = text.indexOf('\n', start) + 1;
    if (start === 0) return null;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end === -1 ? undefined : end);
}
