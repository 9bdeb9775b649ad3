import { describe, expect, it } from 'vitest';
import { createDiagnosisView } from '../../src/diagnosis/detector.ts';
import { diagnose } from '../../src/diagnosis/diagnosis.ts';
import { DETECTORS } from '../../src/diagnosis/detectors.ts';
import { rankFindings } from '../../src/diagnosis/ranking.ts';
import { assessReadiness } from '../../src/diagnosis/readiness.ts';
import { READINESS_CHECKS } from '../../src/model/finding.ts';
import type { Finding, FindingKind, Severity } from '../../src/model/finding.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import {
  every,
  gc,
  loop,
  memory,
  pools,
  processReadings,
  requests,
  session,
  stalls,
  START_MS,
  timelineOf,
} from '../timeline/event-text.ts';

const SECONDS = 10;
const diagnoseAll = (timeline: Timeline) =>
  diagnose(timeline, { fromMs: START_MS, toMs: START_MS + SECONDS * 1000 });

const finding = (kind: FindingKind, severity: Severity = 'critical', name = 'f'): Finding => ({
  id: `${kind}:x:${name}`,
  kind,
  cause: 'cpu',
  severity,
  confidence: 0.9,
  title: kind,
  impact: '',
  culprits: [],
  routes: [],
  evidence: [],
  remedies: [],
});

const healthy = [
  session(),
  loop('--.-+--.'.repeat(5)),
  gc('S...S...S..M'.repeat(3)),
  memory([40, null, 40.4, null, 39.9, 40.2, null, 40.1, 40.3, 40]),
  processReadings(SECONDS),
  pools(Array.from({ length: SECONDS }, () => ({ active: 3, idle: 7 }))),
  requests('GET /users/:id', { perSecond: 80, latencyMs: 9, seconds: SECONDS }),
];

const TRAFFIC = { perSecond: 20, latencyMs: 5, seconds: 10 };

describe('a diagnosis', () => {
  it('finds nothing in a healthy service under load', () => {
    expect(diagnoseAll(timelineOf(...healthy)).findings).toEqual([]);
  });

  it('finds nothing before anything was seen, and no detector claims to know', () => {
    const { findings, verdicts } = diagnoseAll(timelineOf(session()));
    expect(findings).toEqual([]);
    const claims = [...verdicts].filter(([, verdict]) => verdict.kind !== 'not-enough-seen');
    expect(claims).toEqual([]);
  });

  it('does not say that nothing is wrong with what it could hardly watch', () => {
    const silent = timelineOf(
      session(),
      loop('.'.repeat(8)),
      requests('GET /a', TRAFFIC),
      processReadings(10),
    );
    const { verdicts, readiness } = diagnoseAll(silent);
    expect(verdicts.get('event-loop-blocked')).toEqual({
      kind: 'not-enough-seen',
      because: 'only 2 s of 10 s could be watched: the service did not answer loopscope for the rest',
    });
    expect(readiness.filter(({ verdict }) => verdict === 'pass')).toEqual([]);
  });

  it('does not say that nothing is wrong after a few requests', () => {
    const { verdicts, readiness } = diagnoseAll(
      timelineOf(...healthy.slice(0, -1), requests('GET /a', { ...TRAFFIC, perSecond: 4 })),
    );
    expect(verdicts.get('event-loop-blocked')).toEqual({
      kind: 'not-enough-seen',
      because: 'only 40 requests seen: what few of them bring about may not have happened yet',
    });
    expect(verdicts.get('pool-exhausted')?.kind).toBe('not-enough-seen');
    expect(readiness.find(({ check }) => check === 'connection-pools')?.verdict).toBe('unknown');
  });

  it('has one detector for each kind', () => {
    expect(new Set(DETECTORS.map(({ kind }) => kind)).size).toBe(DETECTORS.length);
  });

  it('finds two faults at once, each with its own cause', () => {
    const starved = pools(
      Array.from({ length: SECONDS }, () => ({ max: 2, active: 2, idle: 0, waiting: 9, medianHeldMs: 20 })),
    );
    const timeline = timelineOf(...healthy, stalls(every(1_000, 220, 9), 'handler>parseAll'), starved);
    expect(
      diagnoseAll(timeline)
        .findings.map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['event-loop-blocked', 'pool-exhausted']);
  });
});

describe('ranking', () => {
  const kinds = (...findings: readonly Finding[]): readonly string[] =>
    rankFindings(findings).map(({ kind }) => kind);

  it('puts causes before the symptoms they explain, whatever their severity', () => {
    expect(kinds(finding('memory-limit'), finding('memory-growth', 'warning'))).toEqual([
      'memory-growth',
      'memory-limit',
    ]);
  });

  it('puts the worse first among causes', () => {
    expect(kinds(finding('threadpool-saturated', 'warning'), finding('pool-exhausted'))).toEqual([
      'pool-exhausted',
      'threadpool-saturated',
    ]);
  });

  it('drops what a cause explains', () => {
    expect(kinds(finding('process-saturated'), finding('event-loop-blocked'))).toEqual([
      'event-loop-blocked',
    ]);
  });

  it('gives one finding for what one function does, by the kind that tells most', () => {
    const of = (kind: Finding['kind'], cause: Finding['cause'] = 'cpu'): Finding => ({
      ...finding(kind),
      cause,
      culprits: [{ function: 'f', file: '/srv/a.js', share: 0.9 } as Finding['culprits'][number]],
    });
    expect(kinds(of('event-loop-blocked'), of('event-loop-frozen'))).toEqual(['event-loop-frozen']);
    expect(kinds(of('event-loop-blocked'), of('background-work'))).toEqual(['background-work']);
    expect(kinds(of('event-loop-blocked', 'json'), of('gc-pressure'))).toEqual(['event-loop-blocked']);
    expect(kinds(of('event-loop-blocked', 'gc'), of('gc-pressure'))).toEqual(['gc-pressure']);
    const elsewhere = { ...of('event-loop-blocked'), culprits: [] };
    expect(kinds(elsewhere, of('event-loop-frozen'))).toHaveLength(2);
  });

  it('keeps a full process beside functions none of which has most of the blame', () => {
    const minor = { function: 'f', file: '/srv/a.js', share: 0.3 } as Finding['culprits'][number];
    const blocked = { ...finding('event-loop-blocked'), culprits: [minor] };
    expect(kinds(finding('process-saturated'), blocked)).toContain('process-saturated');
  });

  it('tells two functions of one name apart', () => {
    const culprit = { function: 'f', file: '/srv/b.js', line: 3 } as Finding['culprits'][number];
    const twice = [
      finding('event-loop-blocked'),
      { ...finding('event-loop-blocked', 'warning'), culprits: [culprit] },
    ];
    expect(rankFindings(twice).map(({ id }) => id)).toEqual([
      'event-loop-blocked:x:f',
      'event-loop-blocked:x:f@/srv/b.js:3',
    ]);
  });
});

describe('the readiness card', () => {
  it('always has all six checks in order, each with its reason', () => {
    const { readiness } = diagnoseAll(timelineOf(session()));
    expect(readiness.map(({ check }) => check)).toEqual([...READINESS_CHECKS]);
    expect(readiness.every(({ verdict, because }) => verdict === 'unknown' && because !== '')).toBe(true);
  });

  it('passes a healthy service where the window can tell', () => {
    const { readiness } = diagnoseAll(timelineOf(...healthy));
    const verdicts = Object.fromEntries(readiness.map(({ check, verdict }) => [check, verdict]));
    expect(verdicts).toEqual({
      'async-correctness': 'pass',
      'connection-pools': 'pass',
      'worker-strategy': 'pass',
      'background-work': 'unknown',
      'behaviour-under-load': 'pass',
      'latency-tracking': 'pass',
    });
  });

  it('is not spoilt by what is merely worth knowing', () => {
    const view = createDiagnosisView(timelineOf(...healthy), {
      fromMs: START_MS,
      toMs: START_MS + SECONDS * 1000,
    });
    const behaviour = (severity: Severity): string | undefined =>
      assessReadiness(view, [finding('memory-growth', severity)], new Map()).find(
        ({ check }) => check === 'behaviour-under-load',
      )?.verdict;
    expect([behaviour('info'), behaviour('warning')]).toEqual(['pass', 'warn']);
  });

  it('fails a check by the findings that decide it', () => {
    const timeline = timelineOf(...healthy, stalls(every(1_000, 220, 9), 'handler>parseAll'));
    const [check] = diagnoseAll(timeline).readiness;
    expect(check).toEqual({
      check: 'async-correctness',
      verdict: 'fail',
      because: 'parseAll blocks the event loop for 220 ms at a time',
      findings: ['event-loop-blocked:cpu:parseAll'],
    });
  });
});
