/**
 * What kind of work a stack is doing, and whose fault it is.
 *
 *   run < pbkdf2Sync (node:internal/crypto/pbkdf2) < derivePassword (/srv/app/auth.js)
 *     -> cause sync-crypto, culprit derivePassword
 *
 * Two kinds of evidence. Native calls and Node's own functions appear as frames below the culprit. JSON, regular
 * expressions and sorting do not: V8 charges them to their caller, and only the text of the line that was hit can
 * tell, so a line has to name the call itself. What neither shows is `cpu`.
 */
import { assertNever } from '../shared/result.ts';
import { GARBAGE_COLLECTOR_FUNCTION, isApplicationFrame, MODULE_FUNCTION } from './code-frame.ts';
import type { LoopCause } from './finding.ts';
import type { CodeFrame } from './timeline-event.ts';
import type { HotLine } from './span-profile.ts';

export interface StackCause {
  readonly cause: LoopCause;
  /**
   * Index of the culprit in the frames: the user's innermost function, else a package's; -1 without either. A
   * callback without a name stands for the named function that it is written in, when that is on the stack.
   */
  readonly culprit: number;
}

/** Packages whose synchronous work is cryptography, native or not. */
const CRYPTO_PACKAGES: ReadonlySet<string> = new Set([
  '@node-rs/argon2',
  '@node-rs/bcrypt',
  '@noble/curves',
  '@noble/hashes',
  'argon2',
  'bcrypt',
  'bcryptjs',
  'crypto-js',
  'elliptic',
  'node-forge',
  'scrypt-js',
  'sodium-native',
  'tweetnacl',
]);

const DATABASE_PACKAGES: ReadonlySet<string> = new Set(['better-sqlite3', 'better-sqlite3-multiple-ciphers']);

/** The native methods of a prepared statement in better-sqlite3 and node:sqlite; they have no file of their own. */
const STATEMENT_METHODS: ReadonlySet<string> = new Set(['all', 'get', 'iterate', 'run', 'exec', 'prepare']);

const ZLIB_PACKAGES: ReadonlySet<string> = new Set(['pako', 'fflate', 'jszip', 'adm-zip']);

const JSON_TEXT = /\bJSON\s*\.\s*(?:parse|stringify)\s*\(/;
const WAIT_TEXT = /\bAtomics\s*\.\s*wait\s*\(/;
/** A literal that cannot be a division: it follows an operator, a bracket, a comma or a keyword. */
const LITERAL = String.raw`\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\r\n])+\/[dgimsuvy]*`;
const REGEXP_TEXTS: readonly RegExp[] = [
  // `pattern.test(x)`: no other widespread method of that name does work.
  /\.\s*test\s*\(/,
  // `/a+/.exec(x)`; a bare `.exec(` may be a query or a command.
  new RegExp(String.raw`${LITERAL}\s*\.\s*(?:exec|test)\b`),
  // `re.exec(x)` where the name says what it is.
  /(?:^|[^\w$])(?:[\w$]*(?:re|RE|[rR]eg[eE]?[xX]p?|REGEXP?|[pP]attern|PATTERN|[mM]atcher))\s*\.\s*exec\s*\(/,
  /\.\s*(?:match|matchAll)\s*\(/,
  new RegExp(String.raw`\.\s*(?:replace|replaceAll|split|search)\s*\(\s*(?:${LITERAL}|new\s+RegExp\b)`),
  /\.\s*(?:replace|replaceAll|split|search)\s*\(\s*[\w$.]*(?:RE|[rR]eg[eE]?[xX]p?|REGEXP?|[pP]attern|PATTERN)\s*[,)]/,
];

/** Share of a function's hits that must lie on lines of one kind before the kind is believed: the majority. */
const LINE_MAJORITY = 0.5;

/**
 * Classifies one stack.
 * @param frames innermost first
 * @param lines where the innermost function was hit, with their text as far as it could be read
 */
export function causeOfStack(frames: readonly CodeFrame[], lines: readonly HotLine[]): StackCause {
  const load = moduleLoad(frames);
  if (load !== null) return { cause: collects(frames) ? 'gc' : 'module-load', culprit: load };
  const culprit = culpritOf(frames);
  if (collects(frames)) return { cause: 'gc', culprit };
  const callees = culprit === -1 ? frames : frames.slice(0, culprit);
  return { cause: causeOfCallees(callees) ?? causeOfLines(lines) ?? lastResort(frames), culprit };
}

/** What the source lines say the time goes to, or null where they do not say. */
function causeOfLines(lines: readonly HotLine[]): LoopCause | null {
  const shares = new Map<LoopCause, number>();
  for (const { text, share } of lines) {
    const cause = text === null ? null : causeOfText(text);
    if (cause !== null) shares.set(cause, (shares.get(cause) ?? 0) + share);
  }
  for (const [cause, share] of shares) if (share >= LINE_MAJORITY) return cause;
  return null;
}

/** The call on a line that V8 would charge to the line's function. Comments at the end do not count. */
export function causeOfText(text: string): LoopCause | null {
  const code = text.replace(/(?:^|\s)\/\/.*$/, '');
  if (JSON_TEXT.test(code)) return 'json';
  if (WAIT_TEXT.test(code)) return 'native';
  return REGEXP_TEXTS.some((pattern) => pattern.test(code)) ? 'regexp' : null;
}

function culpritOf(frames: readonly CodeFrame[]): number {
  const user = frames.findIndex((frame) => frame.origin === 'user');
  if (user === -1) return frames.findIndex(isApplicationFrame);
  const { file, within } = frames[user] as CodeFrame;
  const named = frames.findIndex((frame, i) => i > user && frame.function === within && frame.file === file);
  return named === -1 ? user : named;
}

/** Frames called by the culprit, outermost first: the function that was asked for says more than what it does. */
function causeOfCallees(callees: readonly CodeFrame[]): LoopCause | null {
  for (let i = callees.length - 1; i >= 0; i--) {
    const cause = causeOfCallee(callees[i] as CodeFrame, callees[i + 1]?.origin !== 'node');
    if (cause !== null) return cause;
  }
  return null;
}

function causeOfCallee(frame: CodeFrame, calledByApplication: boolean): LoopCause | null {
  switch (frame.origin) {
    case 'node':
      return causeOfNodeFunction(frame);
    case 'native':
      return frame.line > 0 ? null : causeOfNative(frame.function, calledByApplication);
    case 'dependency':
      return causeOfPackage(frame.package ?? '');
    case 'user':
    case 'meta':
      return null;
    default:
      return assertNever(frame.origin);
  }
}

function causeOfNodeFunction({ file, function: name }: CodeFrame): LoopCause | null {
  if (/^node:(?:internal\/)?crypto\b/.test(file)) return 'sync-crypto';
  if (/^node:(?:internal\/)?child_process$/.test(file))
    return name.endsWith('Sync') ? 'sync-child-process' : null;
  if (file === 'node:zlib') return /Sync$|^syncBufferWrapper$/.test(name) ? 'sync-zlib' : null;
  if (/^node:(?:internal\/)?fs\b/.test(file)) return name.endsWith('Sync') ? 'sync-fs' : null;
  return file === 'node:sqlite' ? 'sync-database' : null;
}

/** Native frames are bound functions and, in a stack taken by an evaluate, builtins with their receiver's name. */
function causeOfNative(name: string, calledByApplication: boolean): LoopCause | null {
  if (/^JSON\.|^(?:parse|stringify)$/.test(name)) return 'json';
  if (/^RegExp\b|^String\.(?:match|matchAll|replace|replaceAll|search|split)$/.test(name)) return 'regexp';
  if (/^(?:Statement|StatementSync|Database|DatabaseSync)\./.test(name)) return 'sync-database';
  if (/^(?:encode|compare|hash|gen_salt)_?[sS]ync$/.test(name)) return 'sync-crypto';
  return calledByApplication && STATEMENT_METHODS.has(name) ? 'sync-database' : null;
}

function causeOfPackage(name: string): LoopCause | null {
  if (CRYPTO_PACKAGES.has(name)) return 'sync-crypto';
  if (DATABASE_PACKAGES.has(name)) return 'sync-database';
  return ZLIB_PACKAGES.has(name) ? 'sync-zlib' : null;
}

/** Nothing named the work: a bound native function on top is `native`, anything else is computing. */
function lastResort(frames: readonly CodeFrame[]): LoopCause {
  const leaf = frames[0];
  // Builtins that call back or compute (Array.sort) are named `Type.method`; they are the caller's computing.
  if (leaf === undefined || leaf.origin !== 'native' || leaf.line > 0) return 'cpu';
  return /^(?!Atomics\.)[A-Z]\w*\./.test(leaf.function) ? 'cpu' : 'native';
}

function collects(frames: readonly CodeFrame[]): boolean {
  return frames[0]?.origin === 'meta' && frames[0].function === GARBAGE_COLLECTOR_FUNCTION;
}

/**
 * Whether the stack is loading modules, and the function that asked for them. A `require` inside a function blames
 * that function for all that the modules do while they load. The program's own start has no such function: there
 * it counts as loading only as long as no function of the application runs, and a module body is the culprit.
 */
function moduleLoad(frames: readonly CodeFrame[]): number | null {
  const outermost = frames.findLastIndex(isLoaderFrame);
  if (outermost === -1) return null;
  const asker = frames.findIndex((frame, i) => i > outermost && frame.origin === 'user');
  if (asker !== -1) return asker;
  const dependency = frames.findIndex((frame, i) => i > outermost && isApplicationFrame(frame));
  if (dependency !== -1) return dependency;
  const runs = frames.some((frame) => isApplicationFrame(frame) && frame.function !== MODULE_FUNCTION);
  return runs ? null : culpritOf(frames);
}

function isLoaderFrame({ origin, file }: CodeFrame): boolean {
  return origin === 'node' && file.startsWith('node:internal/modules/');
}
