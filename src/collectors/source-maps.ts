/**
 * From a place in a generated script to the place in what the user wrote.
 *
 *   /srv/app/dist/auth.js:9:24  ->  /srv/app/src/auth.ts:12:26
 *
 * The map is the one that the script names in its last comment, beside it or inline. The Debugger domain, which
 * knows it too, is never enabled on a live service.
 */
import { posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  AnyMap,
  decodedMappings,
  sourceContentFor,
  traceSegment,
  type SourceMapInput,
  type SourceMapSegment,
  type TraceMap,
} from '@jridgewell/trace-mapping';
import { createSourceCache } from './source-cache.ts';
import type { SourceFiles } from './source-files.ts';

export interface OriginalPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What the map calls the token at that place; null when it says nothing. */
  readonly name: string | null;
  /** Where the token begins in the generated line, from 1. */
  readonly generatedColumn: number;
}

type OriginalSegment = Pick<OriginalPlace, 'file' | 'line' | 'column'>;

interface ScriptMap {
  /** Lines and columns from 1; null where the map has nothing. */
  originalPlace(line: number, column: number): OriginalPlace | null;
  /** The original line that a whole generated line begins with. */
  originalLine(line: number): Pick<OriginalPlace, 'file' | 'line'> | null;
  /** The original text, when the map carries it. */
  originalText(file: string): string | null;
}

export interface SourceMaps {
  /** The map of a script, or null when it has none or a broken one. */
  of(script: string): Promise<ScriptMap | null>;
}

/** Characters of map text kept decoded; decoded maps take several times their text. */
const MAX_CACHED_CHARACTERS = 16 * 1024 * 1024;
/** Only the end of a script is searched: the comment is its last line, except for a few lines of licences. */
const COMMENT_WITHIN_LINES = 8;
const COMMENT = /^\s*(?:\/\/|\/\*)[#@]\s*sourceMappingURL=([^\s'"*]+)/;
const INLINE = /^data:application\/json(?:;charset=[^;,]+)?(;base64)?,(.*)$/s;
/** The decoder takes any character for a digit, and would map a damaged file to places at random. */
const VALID_MAPPINGS = /^[A-Za-z0-9+/,;]*$/;
/** Bundlers name sources relative to the folder in which they ran: `webpack://shop/./src/auth.ts`. */
const BUNDLER_SOURCE = /^(?:webpack|turbopack|rollup|rspack):\/\/[^/]*\/(.*)$/;

/** @param workingDirectory the service's, which bundlers' names of sources are resolved against */
export function createSourceMaps(files: SourceFiles, workingDirectory: string): SourceMaps {
  const cache = createSourceCache(
    (script) => loadMap(files, script, workingDirectory),
    (map) => map.size,
    MAX_CACHED_CHARACTERS,
  );
  return { of: (script) => cache.get(script) };
}

async function loadMap(
  files: SourceFiles,
  script: string,
  workingDirectory: string,
): Promise<(ScriptMap & { readonly size: number }) | null> {
  const text = await files.read(script);
  const reference = text === null ? null : mapReference(text);
  if (reference === null) return null;
  const inline = INLINE.exec(reference);
  const path = inline === null ? mapPath(script, reference) : script;
  if (path === null) return null;
  const json =
    inline === null ? await files.read(path) : decodeInline(inline[2] ?? '', inline[1] !== undefined);
  if (json === null) return null;
  try {
    const raw = JSON.parse(json) as { readonly mappings?: unknown };
    if (typeof raw.mappings === 'string' && !VALID_MAPPINGS.test(raw.mappings)) return null;
    const map = AnyMap(raw as SourceMapInput, pathToFileURL(path).href);
    return { ...scriptMapOf(map, workingDirectory), size: json.length };
  } catch {
    return null;
  }
}

/** What the `sourceMappingURL` comment at the end of a script says. */
function mapReference(text: string): string | null {
  let end = text.length;
  for (let lines = 0; lines < COMMENT_WITHIN_LINES && end > 0; lines++) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const comment = COMMENT.exec(text.slice(start, end));
    if (comment !== null) return comment[1] ?? null;
    end = start - 1;
  }
  return null;
}

function mapPath(script: string, reference: string): string | null {
  try {
    const url = new URL(reference, pathToFileURL(script));
    return url.protocol === 'file:' ? fileURLToPath(url) : null;
  } catch {
    return null;
  }
}

function decodeInline(data: string, isBase64: boolean): string | null {
  try {
    return isBase64 ? Buffer.from(data, 'base64').toString('utf8') : decodeURIComponent(data);
  } catch {
    return null;
  }
}

function scriptMapOf(map: TraceMap, workingDirectory: string): ScriptMap {
  const files = new Map<string, string | null>();
  const fileOf = (source: string): string | null => {
    const known = files.get(source);
    if (known !== undefined) return known;
    const file = sourcePath(source, workingDirectory);
    files.set(source, file);
    return file;
  };
  const placeOfSegment = (segment: Readonly<SourceMapSegment>): OriginalSegment | null => {
    const source = segment.length === 1 ? null : (map.resolvedSources[segment[1]] ?? null);
    const file = source === null ? null : fileOf(source);
    if (file === null || segment.length === 1) return null;
    return { file, line: segment[2] + 1, column: segment[3] + 1 };
  };
  return {
    originalPlace(line, column) {
      const segment = traceSegment(map, line - 1, column - 1);
      const place = segment === null ? null : placeOfSegment(segment);
      if (place === null) return null;
      const name = segment?.length === 5 ? (map.names[segment[4]] ?? null) : null;
      return { ...place, name, generatedColumn: (segment?.[0] ?? 0) + 1 };
    },
    originalLine(line) {
      const segment = decodedMappings(map)[line - 1]?.find((each) => each.length > 1);
      return segment === undefined ? null : placeOfSegment(segment);
    },
    originalText(file) {
      const source = map.resolvedSources.find(
        (candidate) => candidate !== null && fileOf(candidate) === file,
      );
      return source === undefined ? null : sourceContentFor(map, source);
    },
  };
}

/** Plain path of a source that the map has resolved already; null when it names no file. */
function sourcePath(source: string, workingDirectory: string): string | null {
  const bundled = BUNDLER_SOURCE.exec(source);
  if (bundled !== null) return posix.resolve(workingDirectory, (bundled[1] ?? '').replace(/\?.*$/, ''));
  try {
    return source.startsWith('file:') ? fileURLToPath(source) : null;
  } catch {
    return null;
  }
}
