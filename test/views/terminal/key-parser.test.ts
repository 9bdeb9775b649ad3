import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyParser, type Input } from '../../../src/views/terminal/key-parser.ts';

function names(inputs: readonly Input[]): readonly string[] {
  return inputs.map((input) => {
    if (input.kind === 'key') return input.name;
    return `${input.kind}:${input.kind === 'mouse' ? input.action : input.text}`;
  });
}

describe('KeyParser', () => {
  it('splits keys that come in one chunk', () => {
    expect(names(new KeyParser().push('jjj\x1b[A\r q'))).toEqual([
      'j',
      'j',
      'j',
      'up',
      'enter',
      'space',
      'q',
    ]);
  });

  it('waits for the rest of an arrow that comes in pieces', () => {
    const parser = new KeyParser();
    expect(parser.push('\x1b')).toEqual([]);
    expect(parser.hasPending).toBe(true);
    expect(parser.push('[')).toEqual([]);
    expect(names(parser.push('B'))).toEqual(['down']);
    expect(parser.hasPending).toBe(false);
  });

  it('takes a lone ESC for Escape only when told that the time is up', () => {
    const parser = new KeyParser();
    parser.push('\x1b');
    expect(names(parser.flush())).toEqual(['escape']);
    expect(parser.flush()).toEqual([]);
  });

  it('keeps a paste together, whatever is in it and however it is cut', () => {
    const parser = new KeyParser();
    expect(parser.push('\x1b[200~rm -rf\x1b[A ')).toEqual([]);
    expect(parser.flush()).toEqual([]);
    expect(names(parser.push('/\r\x1b[201~q'))).toEqual(['paste:rm -rf\x1b[A /\r', 'q']);
  });

  it.each([
    ['the background colour', '\x1b]11;rgb:ffff/ffff/ffff\x1b\\'],
    ['device attributes', '\x1b[?62;4c'],
    ['the cursor position', '\x1b[12;40R'],
    ['a focus change', '\x1b[I'],
  ])('never reads %s as a key', (_what, reply) => {
    expect(names(new KeyParser().push(`${reply}q`))).toEqual([`reply:${reply}`, 'q']);
  });

  it('names control keys and passes over Alt combinations and unknown sequences', () => {
    expect(names(new KeyParser().push('\x03\x0c\x1bx\x1b[15;5~\x1b[Zé🚀'))).toEqual([
      'ctrl-c',
      'ctrl-l',
      'shift-tab',
      'é',
      '🚀',
    ]);
  });

  it('tells clicks and the wheel, and passes over buttons that are let go or held with a key', () => {
    const inputs = new KeyParser().push(
      '\x1b[<0;10;3M\x1b[<0;10;3m\x1b[<64;1;1M\x1b[<65;200;60M\x1b[<16;4;4M',
    );
    expect(inputs).toEqual([
      { kind: 'mouse', action: 'press', x: 9, y: 2 },
      { kind: 'mouse', action: 'wheel-up', x: 0, y: 0 },
      { kind: 'mouse', action: 'wheel-down', x: 199, y: 59 },
    ]);
  });

  it('gives the same keys however a sequence is cut into chunks', () => {
    const sequences = fc.array(
      fc.constantFrom('j', '\x1b[A', '\x1bOB', '\r', '\x1b[5~', 'ü', '\x1b[200~a\x1b[201~'),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(sequences, fc.array(fc.nat(60)), (parts, cuts) => {
        const text = parts.join('');
        const at = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].toSorted(
          (a, b) => a - b,
        );
        const parser = new KeyParser();
        const pieces = at.slice(1).flatMap((end, i) => parser.push(text.slice(at[i], end)));
        expect(pieces).toEqual(new KeyParser().push(text));
      }),
    );
  });
});
