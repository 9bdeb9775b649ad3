/** Whatever is done to a snapshot file, the parser says so or reads it, and never throws or hangs. */
import { describe, expect, it } from 'vitest';
import { analyseHeap } from '../../src/heap/heap-graph.ts';
import { summariseHeap } from '../../src/heap/heap-questions.ts';
import { randomNumbers, wounded } from '../support/random-numbers.ts';
import { parse } from './parsing.ts';
import { snapshotJson } from './snapshot-text.ts';

const whole = Buffer.from(
  snapshotJson(`
    (root) synthetic 0
    global object 16
    Cache object 24
    table array 4096
    (root) -shortcut:global-> global
    global -property:cache-> Cache
    Cache -internal:table-> table
    ${Array.from({ length: 30 }, (_, at) => `Session#${at} object 100\ntable -internal:${at}-> Session#${at}\nSession#${at} -property:owner-> Cache`).join('\n')}
  `),
);

/** Reads it, and asks for everything that is shown, where it can be read. */
function open(bytes: Buffer): string {
  const parsed = parse(bytes, 997);
  if (!parsed.ok) return parsed.error.code;
  summariseHeap(analyseHeap(parsed.value));
  return 'read';
}

describe('a damaged snapshot', () => {
  it('is refused wherever it is cut off', () => {
    for (let length = 0; length < whole.length; length += 7) {
      expect(open(whole.subarray(0, length))).toBe('snapshot-broken');
    }
  });

  it('is read or refused, 10,000 times, with bits turned, bytes taken out and bytes doubled', () => {
    const random = randomNumbers(20_261_122);
    const outcomes = new Set<string>();
    for (let turn = 0; turn < 10_000; turn++) {
      outcomes.add(open(wounded(whole, random)));
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(['read', 'snapshot-broken']));
  });

  it.each([
    ['nothing', ''],
    ['text', 'not a snapshot\n'.repeat(100)],
    ['other JSON', '{"name":"x","nodes":[1,2,3]}'],
    ['a CPU profile', '{"nodes":[{"id":1,"callFrame":{"functionName":"(root)"}}],"samples":[1]}'],
    ['a picture', '\u0089PNG\r\n\u001a\n\0\0\0'],
  ])('that is %s is refused', (_, text) => {
    expect(open(Buffer.from(text, 'latin1'))).toBe('snapshot-broken');
  });
});
