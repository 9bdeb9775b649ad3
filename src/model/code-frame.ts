/**
 * From what V8 calls a place (a URL, a function name, 0-based positions) to a frame a person can open.
 *
 *   placeOf('file:///srv/app/node_modules/@acme/db/lib/pool.js')
 *     -> { file: '/srv/app/node_modules/@acme/db/lib/pool.js', origin: 'dependency', package: '@acme/db' }
 *   placeOf('node:internal/crypto/pbkdf2') -> { file: 'node:internal/crypto/pbkdf2', origin: 'node', package: null }
 */

/** A place in code, already mapped through source maps. Lines and columns count from 1; 0 is unknown. */
export interface CodeFrame {
  readonly function: string;
  /** Plain path, `node:internal/...`, or `''` for native code without one. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly origin: FrameOrigin;
  /** Name of the npm package when `origin` is `dependency`. */
  readonly package: string | null;
  /** For a function without a name: the named function in whose text it stands, where that is known. */
  readonly within?: string;
}

/** `meta` are V8's own entries: (root), (program), (idle), (garbage collector). */
export type FrameOrigin = 'user' | 'dependency' | 'node' | 'native' | 'meta';

export type FramePlace = Pick<CodeFrame, 'file' | 'origin' | 'package'>;

/** Scripts that loopscope evaluates inside a service carry a `sourceURL` that begins so. */
export const OWN_SCRIPT_PREFIX = 'loopscope:';

/** What stands in profiles and trees for loopscope's own work inside the service. */
export const OWN_FRAME: CodeFrame = metaFrame('(loopscope)');

export const IDLE_FUNCTION = '(idle)';
/** V8's own: native code, or code of the service that the profiler does not know. */
export const PROGRAM_FUNCTION = '(program)';
export const GARBAGE_COLLECTOR_FUNCTION = '(garbage collector)';
export const ROOT_FUNCTION = '(root)';
export const ANONYMOUS_FUNCTION = '(anonymous)';
/** The body of a CommonJS module or a script: V8 has no name for it. */
export const MODULE_FUNCTION = '(module)';

const META_FUNCTIONS: ReadonlySet<string> = new Set([
  ROOT_FUNCTION,
  PROGRAM_FUNCTION,
  IDLE_FUNCTION,
  GARBAGE_COLLECTOR_FUNCTION,
]);

export function isMetaFunction(name: string): boolean {
  return META_FUNCTIONS.has(name);
}

/** A frame of V8's own, without a place in any file. */
export function metaFrame(name: string): CodeFrame {
  return { function: name, file: '', line: 0, column: 0, origin: 'meta', package: null };
}

/**
 * Plain path and owner of a script.
 * @param url as V8 gives it: `file:` URL, plain path, `node:` specifier, `wasm://...`, or '' for native and eval'd code
 */
export function placeOf(url: string): FramePlace {
  if (url.startsWith(OWN_SCRIPT_PREFIX)) return { file: url, origin: 'meta', package: null };
  const file = plainPath(url);
  if (file === '' || file.startsWith('wasm:')) return { file, origin: 'native', package: null };
  if (file.startsWith('node:')) return { file, origin: 'node', package: null };
  const owner = packageOf(file);
  return { file, origin: owner === null ? 'user' : 'dependency', package: owner };
}

/**
 * The npm package that a path belongs to, or null for the user's own code. The last `node_modules` decides, so
 * that nested packages, pnpm's `.pnpm/x@1/node_modules/x` and Yarn's `x.zip/node_modules/x` all give `x`.
 */
function packageOf(file: string): string | null {
  const segments = file.split(/[\\/]/);
  const start = segments.lastIndexOf('node_modules') + 1;
  const first = segments[start];
  if (start === 0 || first === undefined || first === '') return null;
  const second = segments[start + 1];
  return first.startsWith('@') && second !== undefined ? `${first}/${second}` : first;
}

/**
 * The name as a person would look for it, the same from a profile and from a stack text:
 * `exports.derive`, `Auth.derive [as onTick]`, `new derive` -> `derive`; `blocks.<computed> [as derive]` -> `derive`.
 */
export function plainFunctionName(name: string): string {
  const alias = /^(.*?) \[as ([^\]]+)\]$/.exec(name);
  const plain = alias === null ? name : alias[1]?.endsWith('>') ? (alias[2] ?? '') : (alias[1] ?? '');
  const dotted = /^(?:new )?(?:[\w$]+\.)*(#?[\w$]+)$/.exec(plain)?.[1];
  return dotted === undefined || dotted === 'exports' ? plain : dotted;
}

/** Identity of the function (or place) a frame shows, for grouping across profiles. */
export function frameKey(frame: CodeFrame): string {
  return `${frame.function}\n${frame.file}\n${frame.line}\n${frame.column}`;
}

/** `derivePassword /srv/app/auth.js:12`, the form of stacks in the report; native code has only its name. */
export function formatFrame(frame: CodeFrame): string {
  return frame.file === '' ? frame.function : `${frame.function} ${frame.file}:${frame.line}`;
}

/** Code that somebody could change: the user's own or a package's. */
export function isApplicationFrame(frame: CodeFrame): boolean {
  return frame.origin === 'user' || frame.origin === 'dependency';
}

/** Whether V8's own bookkeeping or loopscope stands here rather than work of the service. */
export function isOverheadFrame(frame: CodeFrame): boolean {
  return (
    frame.origin === 'meta' && (frame.function === IDLE_FUNCTION || frame.function === OWN_FRAME.function)
  );
}

function plainPath(url: string): string {
  if (!url.startsWith('file:')) return url;
  try {
    const path = decodeURIComponent(new URL(url).pathname);
    // `file:///C:/app/a.js` has the path `/C:/app/a.js`.
    return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
  } catch {
    return url.slice('file://'.length);
  }
}
