import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as format from '../../src/presentation/format.ts';

describe('formatting', () => {
  it.each([
    [0, '0ms'],
    [0.4, '0.4ms'],
    [12.34, '12ms'],
    [259.4, '259ms'],
    [999.6, '1.00s'],
    [1_450, '1.45s'],
    [12_340, '12.3s'],
    [125_000, '2m 05s'],
    [null, '–'],
  ])('writes %s milliseconds as %s', (value, text) => {
    expect(format.formatMs(value)).toBe(text);
  });

  it.each([
    [0, '0B'],
    [1_023, '1023B'],
    [1_024, '1.0K'],
    [9_830, '9.6K'],
    [349 * 1_048_576, '349M'],
    [1_023 * 1_048_576, '1.0G'],
    [-3 * 1_048_576, '-3.0M'],
    [undefined, '–'],
  ])('writes %s bytes as %s', (value, text) => {
    expect(format.formatBytes(value)).toBe(text);
  });

  it.each([
    [0, '0'],
    [7.84, '7.8'],
    [244.2, '244'],
    [12_500, '12.5k'],
    [999_600, '1.0M'],
  ])('writes a count of %s as %s', (value, text) => {
    expect(format.formatCount(value)).toBe(text);
  });

  it('writes shares, durations and axis labels', () => {
    expect([0, 0.004, 0.378, 1].map(format.formatShare)).toEqual(['0%', '0.4%', '37.8%', '100%']);
    expect([5_000, 200_000, 5_400_000, 532_800_000].map(format.formatDuration)).toEqual([
      '5s',
      '3m 20s',
      '1h 30m',
      '6d 4h',
    ]);
    expect([30_000, 300_000, 5_400_000].map(format.formatAxisTime)).toEqual(['30s', '5m', '1h30m']);
  });

  it('names a place by the last two parts of its path', () => {
    expect(format.formatPlace({ file: '/srv/app/src/auth.js', line: 12 })).toBe('src/auth.js:12');
    expect(format.formatPlace({ file: 'node:internal/crypto/pbkdf2', line: 0 })).toBe(
      'node:internal/crypto/pbkdf2',
    );
    expect(format.formatPlace({ file: '', line: 0 })).toBe('(native)');
  });

  it('keeps every figure short enough for its column', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (value) => {
        expect(format.formatMs(value).length).toBeLessThanOrEqual(7);
        expect(format.formatBytes(value).length).toBeLessThanOrEqual(5);
        expect(format.formatCount(value).length).toBeLessThanOrEqual(6);
      }),
    );
  });
});
