import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitise } from '../../src/shared/sanitiser.ts';

// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('sanitise', () => {
  it.each([
    ['a colour', 'GET \u001b[31m/red\u001b[0m', 'GET /red'],
    ['a window title', '\u001b]0;owned\u0007name', 'name'],
    ['a hyperlink', '\u001b]8;;http://evil\u001b\\text\u001b]8;;\u001b\\', 'text'],
    ['an 8-bit CSI', 'a\u009b2Jb', 'ab'],
    ['a device control string', 'x\u001bPq#0;2;0;0;0\u001b\\y', 'xy'],
    ['a character set change', '\u001b(0lqk', 'lqk'],
    ['a terminal reset', 'a\u001bcb', 'ab'],
    ['a cut-off sequence', 'a\u001b[', 'a'],
    ['a title that never ends', '\u001b]0;text', '0;text'],
    ['line ends and tabs', 'a\r\n\tb', 'a b'],
    ['a backspace', 'rm\b\bls', 'rmls'],
    ['a bidirectional override', 'user\u202etxt.exe', 'usertxt.exe'],
    ['a zero-width space', 'pass\u200bword', 'password'],
    ['a byte-order mark', '\ufeffname', 'name'],
    ['a lone surrogate', 'a\ud800b', 'ab'],
    ['a tower of marks', `e${'\u0301'.repeat(40)}`, `e${'\u0301'.repeat(3)}`],
    ['marks without a letter', '\u0301abc', 'abc'],
  ])('drops %s', (_what, hostile, harmless) => {
    expect(sanitise(hostile)).toBe(harmless);
  });

  it.each([
    ['plain text', 'handler /srv/app.js:12'],
    ['wide letters', '日本語'],
    ['right-to-left letters', 'שלום'],
    ['pointed letters', 'שָׁלוֹם'],
    ['emoji', '🚀'],
  ])('keeps %s', (_what, text) => {
    expect(sanitise(text)).toBe(text);
  });

  it('turns what is not a string into one', () => {
    expect([
      sanitise(undefined),
      sanitise(null),
      sanitise(7),
      sanitise({ a: 1 }),
      sanitise(Symbol('s')),
    ]).toEqual(['', '', '7', '{"a":1}', '']);
  });

  it('cuts long text without splitting a surrogate pair', () => {
    expect(sanitise('ab🚀', 3)).toBe('ab');
    expect(sanitise('a'.repeat(10_000))).toHaveLength(512);
  });

  it('never lets a control or a bidirectional override through', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          '\u001b',
          '\u009b',
          '\u001b]',
          '\u0007',
          '\u001b\\',
          '\u202e',
          '\u2066',
          'm',
          ';',
          '[',
          '0',
        ),
      ),
    );
    fc.assert(
      fc.property(hostile, (parts) => !FORBIDDEN.test(sanitise(parts.join('')))),
      { numRuns: 1000 },
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = sanitise(text);
        return sanitise(once) === once;
      }),
      { numRuns: 1000 },
    );
  });
});
