import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnosis.ts';
import { createReport, formatJsonError, formatJsonReport } from '../../src/exports/json-report.ts';
import { formatTextReport } from '../../src/exports/text-report.ts';
import type { Report } from '../../src/model/report.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import {
  every,
  loop,
  pools,
  processReadings,
  requests,
  session,
  stalls,
  START_MS,
  timelineOf,
} from '../timeline/event-text.ts';

const EVENTS: readonly TimelineEvent[] = [
  ...session({ cwd: '/srv/app' }),
  ...loop('--#-'.repeat(10)),
  ...stalls(every(1_000, 200, 9), 'handler>login>derivePassword>pbkdf2Sync@node:internal/crypto/pbkdf2'),
  ...requests('POST /login', { perSecond: 12, latencyMs: 220, seconds: 10 }),
  ...processReadings(10),
  ...pools([{}, {}, {}]),
];

function reportOf(events: readonly TimelineEvent[]): Report {
  const timeline = timelineOf(events);
  const span = { fromMs: START_MS, toMs: START_MS + 10_000 };
  return createReport(timeline, span, diagnose(timeline, span), '0.1.0');
}

const PIPE = { stdout: {}, env: {} };
const TERMINAL = { stdout: { isTTY: true, hasColors: () => true }, env: {} };

describe('the JSON report', () => {
  it('has the shape of the contract', () => {
    const report = JSON.parse(formatJsonReport(reportOf(EVENTS)));
    expect(report).toMatchObject({
      schema: 'loopscope.report/1',
      loopscope: '0.1.0',
      target: { pid: 4711, node: 'v22.12.0', cgroupMemoryLimit: null, attachedBy: 'sigusr1' },
      window: { startedAt: '2026-01-31T10:00:00.000Z', durationMs: 10_000 },
      metrics: { requests: { count: 120 }, listenQueue: { length: 0, limit: 511 }, cluster: null },
    });
    expect(Object.keys(report.findings[0])).toEqual([
      'id',
      'kind',
      'cause',
      'severity',
      'confidence',
      'title',
      'impact',
      'culprits',
      'routes',
      'evidence',
      'remedies',
    ]);
    expect(report.readiness).toHaveLength(6);
  });

  it('is the same for a session and for its replay from a recording', () => {
    const recorded = EVENTS.map((event) => JSON.parse(JSON.stringify(event)) as TimelineEvent);
    expect(formatJsonReport(reportOf(recorded))).toBe(formatJsonReport(reportOf(EVENTS)));
  });

  it('is an error of one line when there is nothing to report', () => {
    const error = { code: 'no-such-process', message: 'no process 1', hint: 'see loopscope ps', exitCode: 3 };
    expect(formatJsonError({ ...error, exitCode: 3 })).toBe(
      '{"schema":"loopscope.error/1","code":"no-such-process","message":"no process 1","hint":"see loopscope ps"}\n',
    );
  });
});

describe('the text report', () => {
  it('begins with the verdict, then says where, what it does to others, why and what to do', () => {
    const text = formatTextReport(reportOf(EVENTS), PIPE);
    expect(text.split('\n').slice(0, 12).join('\n')).toMatchInlineSnapshot(`
      "✖ 1 critical finding
      pid 4711, Node v22.12.0, watched for 10 s: node server.js

      ✖ CRITICAL 1. derivePassword blocks the event loop for 200 ms at a time
        at        derivePassword ./derivePassword.js:1
        routes    POST /login
        impact    the only route waits: 37% of the window's requests overlapped a
                  stall
        evidence  - 9 stalls of 200-200 ms in 10 s
                  - 100% of the samples inside stalls are in derivePassword
                  - the time goes to pbkdf2Sync, which it calls
                  - 98% sure"
    `);
  });

  it('goes on with the readiness card and the figures', () => {
    const text = formatTextReport(reportOf(EVENTS), PIPE);
    expect(text.slice(text.indexOf('Readiness'))).toMatchInlineSnapshot(`
      "Readiness
        ✖ fail    async-correctness: see 1 above
        ✔ pass    connection-pools: nobody waits: orders@db:5432 2/10
        ✔ pass    worker-strategy: one process, its loop 55% busy on 8 cores
        ? unknown background-work: requests were always open, and whose work ran was
                  not sampled
        ✖ fail    behaviour-under-load: see 1 above
        ✔ pass    latency-tracking: p50 220 ms, p99 220 ms on 1 route

      Figures
        loop      55% busy; delay p50 1 ms, p99 1 ms, max 1 ms; 9 stalls, 1.8 s in
                  all, the longest 200 ms
        requests  120 requests, 12.0/s, 0 errors, 1 open; p50 220 ms, p95 220 ms, p99
                  220 ms, max 220 ms
                  POST /login: 12.0/s, p50 220 ms, p95 220 ms, p99 220 ms, max 220 ms
        cpu       20% of a core; main thread 18%; listen queue 0 of 511
        memory    rss 120 MB
        collector 0% of the time; 0 collections, 0 full, the longest 0 ms
        pools     pg orders@db:5432: 2 of 10 in use, 8 idle, 0 waiting
      "
    `);
  });

  it('is never wider than 80 columns', () => {
    for (const line of formatTextReport(reportOf(EVENTS), TERMINAL).split('\n')) {
      expect(stringWidth(line)).toBeLessThanOrEqual(80);
    }
  });

  it('has colours on a terminal that has them, and none elsewhere', () => {
    const report = reportOf(EVENTS);
    expect(formatTextReport(report, TERMINAL)).toContain('\u001b[31m');
    expect(formatTextReport(report, PIPE)).not.toContain('\u001b');
    const noColor = { stdout: { isTTY: true, hasColors: () => false }, env: { NO_COLOR: '1' } };
    expect(formatTextReport(report, noColor)).toBe(formatTextReport(report, PIPE));
  });

  it('can be drawn with ASCII alone', () => {
    // oxlint-disable-next-line no-control-regex
    expect(formatTextReport(reportOf(EVENTS), PIPE, { ascii: true })).toMatch(/^[\x00-\x7f]*$/);
  });

  it('does not call a service healthy that it saw no traffic of', () => {
    const idle = [...session(), ...loop('.'.repeat(40))];
    expect(formatTextReport(reportOf(idle), PIPE)).toMatch(/^\? Nothing found, but too little was seen/);
  });
});
