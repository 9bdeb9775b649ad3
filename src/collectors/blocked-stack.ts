/**
 * V8's stack text, as places in scripts.
 *
 *   at RegExp.test (<anonymous>)                        -> RegExp.test, native
 *   at Auth.derive [as onTick] (/srv/app/auth.js:12:26) -> Auth.derive [as onTick], /srv/app/auth.js 12:26
 *   at async handler (/srv/app/routes.js:40:3)          -> left out: it waits, it does not block
 */
import { MODULE_FUNCTION } from '../model/code-frame.ts';
import type { ScriptPlace } from './source-locator.ts';

const FRAME = /^\s*at (?:(.+?) \((.*)\)|(.*))$/;
const POSITION = /^(.*):(\d+):(\d+)$/;

/** Reads the frames of a stack text, innermost first. Lines that are no frames are skipped. */
export function parseStack(text: string): readonly ScriptPlace[] {
  return text
    .split('\n')
    .map(parseFrame)
    .filter((place) => place !== null);
}

function parseFrame(line: string): ScriptPlace | null {
  const frame = FRAME.exec(line);
  if (frame === null || /^\s*at async /.test(line)) return null;
  const name = frame[1] ?? '';
  const where = frame[2] ?? frame[3] ?? '';
  if (where === '<anonymous>' || where === 'native') return native(name);
  // `eval at derive (/srv/app/auth.js:3:1), <anonymous>:1:7`: the code itself is in no file.
  const position = POSITION.exec(
    where.startsWith('eval at ') ? where.replace(/^.*, <anonymous>/, '') : where,
  );
  if (position === null) return name === '' ? null : native(name);
  const [, url = '', lineText, columnText] = position;
  return { functionName: profiledName(name), url, line: Number(lineText), column: Number(columnText) };
}

function native(functionName: string): ScriptPlace {
  return { functionName, url: '', line: 0, column: 0 };
}

/** The name that a profile has for it: `Server.<anonymous>` is a function without a name; the body of a CommonJS module is `Object.<anonymous>`. */
function profiledName(name: string): string {
  if (name === 'Object.<anonymous>') return MODULE_FUNCTION;
  return name.endsWith('<anonymous>') ? '' : name;
}
