import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProbeReading } from '../../src/probes/probe-wire.ts';

describe('parsing a reading', () => {
  it('turns flat lists into pairs, and orders histograms', () => {
    const wire = {
      sequence: 3,
      nowMs: 81.5,
      windowMs: 250,
      state: 'live',
      blocked: { sinceMs: 1, ageMs: 80, stack: '    at f (a.js:1:2)', route: null },
      loop: { utilization: 0.5, delay: [9, 1, 3, 2], stalls: [10, 70, 90], droppedStalls: 0 },
      requests: {
        inFlight: 1,
        oldestInFlightMs: 2,
        aborted: 0,
        untracked: 0,
        routes: [
          {
            method: 'GET',
            route: '/',
            count: 1,
            errors: 0,
            totalUs: 5,
            maxUs: 5,
            bytes: 11,
            latency: [5, 1],
          },
        ],
        starts: [
          ['GET /', 7],
          ['GET /', null],
        ],
      },
      gc: { collections: [4, 10, 2], dropped: 0 },
    };
    expect(parseProbeReading(JSON.stringify(wire))).toEqual({
      ...wire,
      loop: {
        ...wire.loop,
        delay: [
          [3, 2],
          [9, 1],
        ],
        stalls: [{ startMs: 10, endMs: 70 }],
      },
      requests: {
        ...wire.requests,
        routes: [
          {
            method: 'GET',
            route: '/',
            count: 1,
            errors: 0,
            totalUs: 5,
            maxUs: 5,
            responseBytes: 11,
            latency: [[5, 1]],
          },
        ],
        starts: [{ route: 'GET /', startMs: 7 }],
      },
      gc: { collections: [{ type: 4, startMs: 10, durationMs: 2 }], dropped: 0 },
      memory: null,
      extensions: null,
      cost: null,
    });
  });

  it('takes anything at all without failing', () => {
    const keys = fc.constantFrom(
      'loop',
      'requests',
      'gc',
      'memory',
      'extensions',
      'cost',
      'blocked',
      'routes',
      'starts',
      'delay',
    );
    const parts = fc.dictionary(keys, fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue())));
    fc.assert(
      fc.property(parts, (part) => {
        const reading = parseProbeReading(JSON.stringify({ ...part, sequence: 1, nowMs: 2 }));
        expect(reading).toMatchObject({ sequence: 1, nowMs: 2 });
      }),
    );
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(parseProbeReading(value)).toBeNull();
      }),
    );
  });
});
