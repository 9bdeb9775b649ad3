import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLineReader, lineOf } from '../../src/shared/message-lines.ts';

it('messages come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.json()), fc.array(fc.nat(40)), (messages, cuts) => {
      const stream = Buffer.concat(messages.map(lineOf));
      const read: string[] = [];
      const take = createLineReader((line) => read.push(line), 1e6);
      let from = 0;
      for (const length of cuts) {
        expect(take(stream.subarray(from, from + length))).toBe(true);
        from = Math.min(stream.length, from + length);
      }
      expect(take(stream.subarray(from))).toBe(true);
      expect(read).toEqual(messages);
    }),
  );
});

it('a letter of several bytes survives a cut within it', () => {
  const read: string[] = [];
  const take = createLineReader((line) => read.push(line), 100);
  const bytes = lineOf('"größer"');
  for (const byte of bytes) take(Buffer.from([byte]));
  expect(read).toEqual(['"größer"']);
});

it('a line that is too long is refused, whole or in pieces', () => {
  const take = (): ReturnType<typeof createLineReader> => createLineReader(() => {}, 10);
  expect(take()(Buffer.from('12345678901\n'))).toBe(false);
  const pieces = take();
  expect(pieces(Buffer.from('123456'))).toBe(true);
  expect(pieces(Buffer.from('78901'))).toBe(false);
});
