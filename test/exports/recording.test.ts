/** A recording opens as it was written, and whatever is done to its file opens or is refused. */
import { brotliCompressSync, crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnosis.ts';
import { createReport } from '../../src/exports/json-report.ts';
import { BLOCK_PREFIX_BYTES, SIGNATURE } from '../../src/exports/recording-block.ts';
import type { CpuProfileEvent, TimelineEvent } from '../../src/model/timeline-event.ts';
import { selectWholeSpan } from '../../src/timeline/session-selectors.ts';
import { createTimeline, reduceTimeline } from '../../src/timeline/timeline.ts';
import { randomNumbers, wounded } from '../support/random-numbers.ts';
import { EVERY_EVENT } from './every-event.ts';
import { blockOf, HEAD, openBytes, partsOf, readBytes, recordingOf } from './recording-bytes.ts';

const EVENTS: readonly TimelineEvent[] = Object.values(EVERY_EVENT).toSorted((a, b) => a.atMs - b.atMs);
const WHOLE = recordingOf(EVENTS);

/** Everything that a report asks of a timeline, so that an event that fits nowhere would be noticed. */
function report(events: readonly TimelineEvent[]): void {
  const timeline = createTimeline();
  for (const event of events) reduceTimeline(timeline, event);
  const span = selectWholeSpan(timeline);
  if (span && timeline.session) createReport(timeline, span, diagnose(timeline, span), '1.2.3');
}

/** How it ended: read, or the code of the refusal. */
function open(bytes: Buffer): string {
  const opened = openBytes(bytes);
  if (!opened.ok) return opened.error.code;
  report(readBytes(bytes).events);
  return 'read';
}

describe('a recording', () => {
  it('gives back one event of every kind as it was', () => {
    const { reader, events, damagedBytes, unreadable } = readBytes(WHOLE);
    expect(events).toEqual(EVENTS);
    expect(reader.head).toEqual(HEAD);
    expect(reader).toMatchObject({ finished: true, incompleteBytes: 0 });
    expect([damagedBytes, unreadable]).toEqual([0, 0]);
  });

  it('gives back any events in the order in which they were emitted', () => {
    const moment = fc.double({ min: 0, max: 1e9, noNaN: true });
    const event = fc
      .tuple(fc.constantFrom(...EVENTS), moment)
      .map(([each, atMs]): TimelineEvent => ({ ...each, atMs: atMs + 0 }));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        expect(readBytes(recordingOf(events)).events).toEqual(events);
      }),
      { numRuns: 200 },
    );
  });

  it('begins a block every second, so that a crash loses no more', () => {
    const quarters = Array.from({ length: 41 }, (_, i) => ({ ...EVERY_EVENT.loop, atMs: i * 250 }));
    expect(readBytes(recordingOf(quarters)).reader.blockCount).toBe(9);
  });

  it('keeps the beginning of the session in a block of its own', () => {
    const { reader } = readBytes(WHOLE);
    expect(reader.readBlock(0).events.map(({ kind }) => kind)).toEqual(['session-started']);
  });

  it('says what it lost in place of an event that no reader would take', () => {
    const sites = Array.from({ length: 400_000 }, () => EVERY_EVENT.allocation.sites[0]!);
    const { events } = readBytes(recordingOf([{ ...EVERY_EVENT.allocation, sites }]));
    expect(events).toMatchObject([{ kind: 'gap', signal: 'allocation', lost: 1 }]);
  });
});

describe('a recording that breaks off', () => {
  it('opens up to its last whole block wherever it is cut, and says what is left over', () => {
    const parts = partsOf(EVENTS);
    const ends = parts.map((_, i) => parts.slice(0, i + 1).reduce((sum, part) => sum + part.length, 0));
    const headEnd = ends[1] ?? 0;
    for (let length = 0; length < WHOLE.length; length++) {
      const cut = WHOLE.subarray(0, length);
      if (length < headEnd) {
        expect(open(cut)).toBe(length < SIGNATURE.length ? 'recording-foreign' : 'recording-damaged');
        continue;
      }
      const { reader, damagedBytes } = readBytes(cut);
      const wholeBlocks = ends.filter((end) => end <= length).length - 2;
      expect(reader.blockCount).toBe(wholeBlocks);
      expect(reader.finished).toBe(false);
      expect(reader.incompleteBytes + (ends[wholeBlocks + 1] ?? 0)).toBe(length);
      expect(damagedBytes).toBe(0);
    }
  });

  it('opens without the block that is damaged, and says how much of it', () => {
    const parts = partsOf(EVENTS).map((part) => Buffer.from(part));
    const damaged = parts[4] as Buffer;
    damaged[BLOCK_PREFIX_BYTES + 3]! ^= 1;
    const { events, damagedBytes, reader } = readBytes(Buffer.concat(parts));
    expect(damagedBytes).toBe(damaged.length);
    expect(events.length).toBeLessThan(EVENTS.length);
    expect(events.at(-1)).toEqual(EVENTS.at(-1));
    expect(reader.finished).toBe(true);
  });

  it('finds the blocks behind one whose length is damaged', () => {
    for (const length of [0, 3, 1_000, 0xffff_ffff]) {
      const parts = partsOf(EVENTS).map((part) => Buffer.from(part));
      parts[4]?.writeUInt32LE(length, 4);
      const { events } = readBytes(Buffer.concat(parts));
      expect(events.at(-1)).toEqual(EVENTS.at(-1));
    }
  });

  it('is read or refused, 10,000 times, with bits turned, bytes taken out and bytes doubled', () => {
    const random = randomNumbers(20_261_122);
    const outcomes = new Set<string>();
    const few = recordingOf([EVERY_EVENT['session-started'], EVERY_EVENT.loop, EVERY_EVENT.mark]);
    for (let turn = 0; turn < 10_000; turn++)
      outcomes.add(open(wounded(turn % 10 === 0 ? WHOLE : few, random)));
    expect([...outcomes].toSorted()).toEqual(['read', 'recording-damaged', 'recording-foreign']);
  });
});

describe('a file that is no recording', () => {
  it.each([
    ['empty', ''],
    ['text', 'not a recording\n'.repeat(100)],
    ['a picture', '\u0089PNG\r\n\u001a\n\0\0\0'],
    ['a recording that was sent as text', Buffer.from(WHOLE).toString('utf8').replaceAll('\r\n', '\n')],
    ['JSON', JSON.stringify(EVENTS)],
  ])('is refused when it is %s', (_, text) => {
    expect(open(Buffer.from(text))).toBe('recording-foreign');
  });

  it.each([
    ['events of a later version', { timeline: 99 }, 'recording-newer', /with loopscope 1\.2\.3 or later/],
    ['a later format', { schema: 'loopscope.recording/2' }, 'recording-newer', /loopscope 1\.2\.3 or later/],
    ['events of a version that is too old', { timeline: 0 }, 'recording-older', /with loopscope 1\.2\.3,/],
    ['a head of something else', { timeline: 'x' }, 'recording-damaged', /./],
  ])('is refused with %s', (_, change, code, hint) => {
    const opened = openBytes(recordingOf(EVENTS, { ...HEAD, ...change }));
    expect(opened).toMatchObject({ ok: false, error: { code, hint: expect.stringMatching(hint) as string } });
  });
});

describe('a recording that somebody forged', () => {
  const withBlock = (block: Uint8Array): Buffer => Buffer.concat([WHOLE, block]);

  it('does not unpack a bomb', () => {
    const packed = brotliCompressSync(Buffer.alloc(4 * 1024 * 1024));
    const block = Buffer.alloc(BLOCK_PREFIX_BYTES + packed.length);
    block.write('LSe1', 0, 'latin1');
    block.writeUInt32LE(packed.length, 4);
    block.writeUInt32LE(1_000, 8);
    packed.copy(block, BLOCK_PREFIX_BYTES);
    block.writeUInt32LE(crc32(packed, crc32(block.subarray(0, 12))), 12);
    const { events, damagedBytes } = readBytes(withBlock(block));
    expect(events).toEqual(EVENTS);
    expect(damagedBytes).toBe(block.length);
  });

  it('brings no control character to a terminal', () => {
    const note = 'a\u001b[2Jb\u202ec';
    const { events } = readBytes(recordingOf([{ ...EVERY_EVENT.mark, note }]));
    expect(events).toEqual([{ ...EVERY_EVENT.mark, note: 'abc' }]);
  });

  it.each<[string, Partial<CpuProfileEvent>]>([
    ['is its own parent', { parents: [-1, 1] }],
    ['has a parent that stands behind it', { parents: [1, -1] }],
    ['is not there', { sampleNodes: [1, 7, 0] }],
    ['has a frame that is not there', { nodeFrames: [0, 2] }],
  ])('leaves out a profile in which a node %s', (_, change) => {
    const { events, unreadable } = readBytes(
      recordingOf([EVERY_EVENT.loop, { ...EVERY_EVENT['cpu-profile'], ...change }]),
    );
    expect(events).toEqual([EVERY_EVENT.loop]);
    expect(unreadable).toBe(1);
  });

  it('leaves out what a later version may add, kinds and fields', () => {
    const block = blockOf('events', [
      { kind: 'weather', atMs: 1 },
      { ...EVERY_EVENT.loop, wind: 3 },
    ]);
    const { events, unreadable } = readBytes(withBlock(block));
    expect(events.slice(EVENTS.length)).toEqual([EVERY_EVENT.loop]);
    expect(unreadable).toBe(1);
  });

  it('is reported on with any value anywhere', () => {
    const random = randomNumbers(4_711);
    const values = [-1, 0, 1e308, -1e308, 0.5, '', 'GET /', '__proto__', null, true, [], {}, [[0, 1]]];
    for (let turn = 0; turn < 500; turn++) {
      const events = structuredClone(EVENTS) as unknown[];
      for (let wounds = 1 + random(3); wounds > 0; wounds--) {
        replaceSomewhere(events[random(events.length)], values[random(values.length)], random);
      }
      const bytes = Buffer.concat([SIGNATURE, blockOf('head', HEAD), blockOf('events', events)]);
      expect(open(bytes)).toBe('read');
    }
  });
});

/** Walks down a random way, and puts `value` where it ends. */
function replaceSomewhere(within: unknown, value: unknown, random: (below: number) => number): void {
  let at = within as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(at);
    const key = keys[random(Math.max(1, keys.length))];
    if (key === undefined) return;
    const next = at[key];
    if (typeof next !== 'object' || next === null || random(4) === 0) {
      at[key] = value;
      return;
    }
    at = next as Record<string, unknown>;
  }
}
