import { describe, expect, it } from 'vitest';
import { parseHeader, parseWeightedUrl } from '../../src/load/load-plan.ts';

describe('a URL on the command line', () => {
  it('has weight 1 unless it says otherwise', () => {
    expect(parseWeightedUrl('http://127.0.0.1:3000/a?b=1')).toEqual({
      ok: true,
      value: { url: 'http://127.0.0.1:3000/a?b=1', weight: 1 },
    });
    expect(parseWeightedUrl('2.5=https://shop.test/')).toMatchObject({ ok: true, value: { weight: 2.5 } });
  });

  it.each(['', 'localhost:3000', 'ftp://host/', '0=http://host/', 'x=http://host/', '/path'])(
    'is refused as %j',
    (text) => {
      expect(parseWeightedUrl(text)).toMatchObject({ ok: false, error: { exitCode: 2 } });
    },
  );
});

describe('a header on the command line', () => {
  it('is a name and a value', () => {
    expect(parseHeader('Accept:  text/plain; q=0.5 ')).toEqual({
      ok: true,
      value: ['accept', 'text/plain; q=0.5'],
    });
  });

  it.each(['accept', ': value', 'two words: x', 'accept: a\r\nhost: b'])('is refused as %j', (text) => {
    expect(parseHeader(text)).toMatchObject({ ok: false, error: { exitCode: 2 } });
  });
});
