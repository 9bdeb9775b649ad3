/**
 * The one gate for strings that come from the target. Whatever a service puts into a function name, a path, a
 * route or a log line, what leaves here can be written to a terminal: no escape sequence, no control, nothing
 * that reorders or hides text.
 *
 *   sanitise('GET /a\u001b[2Jb')  -> 'GET /ab'
 *   sanitise('a\nb\tc')           -> 'a b c'
 *   sanitise('שלום 日本 é')        -> unchanged
 */

/** Longest string that is kept by default, in UTF-16 units: longer than any path or route worth reading. */
const SANITISED_LENGTH = 512;

/** Letters of living scripts carry up to three marks (pointed Hebrew); more of them is decoration. */
const MARKS_PER_LETTER = 3;

const PLAIN = /^[\x20-\x7e]*$/;

// The 7-bit (ESC and a letter) and 8-bit (one C1 byte) forms of: strings (OSC, DCS, APC, PM, SOS) up to their
// terminator, CSI with parameters and final byte, and the short sequences. A string without a terminator loses
// only its introducer: its text is harmless without it, and may be all there is to read.
// oxlint-disable-next-line no-control-regex
const STRING_SEQUENCE = /(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)/g;
// oxlint-disable-next-line no-control-regex
const CONTROL_SEQUENCE = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?/g;
// oxlint-disable-next-line no-control-regex
const SHORT_SEQUENCE = /\x1b[ -/]*[0-~]?/g;

const SPACING = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
// Controls, formatting (all bidirectional controls are in it), what is defined to be invisible, lone surrogates.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;
const EXCESS_MARKS = new RegExp(`(\\p{M}{${MARKS_PER_LETTER}})\\p{M}+`, 'gu');
const LEADING_MARKS = /^\p{M}+/u;

/**
 * Makes text of the target safe to print and to lay out.
 * @param text what the target sent; anything that is not a string becomes one, null and undefined become ''
 * @param maxLength longest result in UTF-16 units; a surrogate pair is never cut in two
 */
export function sanitise(text: unknown, maxLength: number = SANITISED_LENGTH): string {
  const raw = toText(text);
  if (raw.length <= maxLength && PLAIN.test(raw)) return raw;
  // What is dropped may be longer than what stays, but work is bounded for any input.
  const bounded = raw.length > maxLength * 8 ? raw.slice(0, maxLength * 8) : raw;
  const clean = bounded
    .replace(STRING_SEQUENCE, '')
    .replace(CONTROL_SEQUENCE, '')
    .replace(SHORT_SEQUENCE, '')
    .replace(SPACING, ' ')
    .replace(UNPRINTABLE, '')
    .replace(EXCESS_MARKS, '$1')
    .replace(LEADING_MARKS, '');
  return cut(clean, maxLength);
}

function toText(text: unknown): string {
  if (typeof text === 'string') return text;
  if (text === null || text === undefined) return '';
  if (typeof text === 'number' || typeof text === 'boolean' || typeof text === 'bigint') return String(text);
  return JSON.stringify(text) ?? '';
}

function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? maxLength - 1 : maxLength);
}
