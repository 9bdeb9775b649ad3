import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InspectorNoticeFilter } from '../../src/app/inspector-notices.ts';

const NOTICES = [
  'Debugger listening on ws://127.0.0.1:9229/3c1f\n',
  'For help, see: https://nodejs.org/en/docs/inspector\n',
  'Debugger attached.\n',
  'Waiting for the debugger to disconnect...\n',
  'Debugger ending on ws://127.0.0.1:9229/3c1f\n',
];

async function filtered(pieces: readonly Uint8Array[]): Promise<string> {
  const filter = new InspectorNoticeFilter();
  const passed = text(filter);
  for (const piece of pieces) filter.write(piece);
  filter.end();
  return passed;
}

const bytes = (...parts: readonly string[]): Uint8Array[] => parts.map((part) => Buffer.from(part));

describe('the notices of the inspector', () => {
  it('are taken out, and lines around them stay', async () => {
    expect(await filtered(bytes(`a\n${NOTICES.join('')}b\n${NOTICES[2]}`))).toBe('a\nb\n');
  });

  it('are left in when they are only a part of a line of the service', async () => {
    const own = 'said: Debugger attached.\nDebugger attached. Or not\n';
    expect(await filtered(bytes(own))).toBe(own);
  });

  it('are found wherever the stream is cut, and no other byte is changed', async () => {
    const line = fc.oneof(
      fc.constantFrom(...NOTICES),
      fc.string({ unit: 'grapheme' }).map((own) => `${own}\n`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat({ max: 40 })), async (lines, cuts) => {
        const whole = Buffer.from(lines.join(''));
        const pieces: Uint8Array[] = [];
        let from = 0;
        for (const cut of cuts) {
          pieces.push(whole.subarray(from, from + cut));
          from += cut;
        }
        pieces.push(whole.subarray(from));
        const kept = lines.filter((each) => !NOTICES.includes(each)).join('');
        expect(await filtered(pieces)).toBe(kept);
      }),
    );
  });
});

it('passes a prompt on at once, without waiting for the end of its line', () => {
  const filter = new InspectorNoticeFilter();
  filter.write('password: ');
  expect(String(filter.read())).toBe('password: ');
  filter.write('Debugger att');
  expect(String(filter.read())).toBe('Debugger att');
});
