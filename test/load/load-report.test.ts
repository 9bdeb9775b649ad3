import { expect, it } from 'vitest';
import { formatLoadProgress, formatLoadResult } from '../../src/load/load-report.ts';
import type { LoadCounts, LoadResult } from '../../src/load/load-result.ts';

const counts: LoadCounts = {
  sent: 300,
  answered: 298,
  statuses: { 200: 290, 500: 8 },
  errors: { timeout: 2 },
  latencyMs: { p50: 4.2, p90: 12, p95: 30, p99: 260, max: 10_000 },
};
const result: LoadResult = {
  ...counts,
  schema: 'loopscope.load/1',
  pace: { kind: 'rate', perSecond: 30 },
  window: { startedAt: '2026-01-31T10:00:00.000Z', durationMs: 10_000 },
  interrupted: true,
  answeredPerSecond: 29.6,
  bytesReceived: 2_048,
  connections: 1,
  ownLagMs: 35,
  targets: [{ ...counts, method: 'GET', url: 'http://127.0.0.1:3000/\u001B[2J' }],
};

it('prints a result in full, and that the sender itself was late', () => {
  expect(formatLoadResult(result)).toMatchInlineSnapshot(`
    "30/s (latency from when each request was due) for 10s, interrupted: 300 sent, 298 answered (30/s), 2.0K received, 1 connection

    GET http://127.0.0.1:3000/
      latency   p50 4.2ms  p90 12ms  p95 30ms  p99 260ms  max 10.0s
      answers   200: 290  500: 8
      no answer timeout: 2

    loopscope itself was up to 35ms late: this machine is busy, and that is in the latency
    "
  `);
});

it('prints progress as one line', () => {
  const progress = { elapsedMs: 3_000, totalMs: 10_000, warmingUp: true, inFlight: 4, counts };
  const recent = { answeredPerSecond: 30, latencyMs: counts.latencyMs };
  expect(formatLoadProgress({ ...progress, recent })).toMatchInlineSnapshot(
    `"3s of 10s (warming up)  30/s  p50 4.2ms  p99 260ms  4 in flight  timeout: 2"`,
  );
});
