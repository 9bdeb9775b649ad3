import { describe, expect, it } from 'vitest';
import { mergeFindings, mergeReadiness, type DiagnosedProcess } from '../../src/diagnosis/fleet-diagnosis.ts';
import type { Finding, ReadinessCheck } from '../../src/model/finding.ts';

const finding = (name: string, change: Partial<Finding> = {}, file = '/srv/app.js'): Finding => ({
  id: `event-loop-blocked:cpu:${name}`,
  kind: 'event-loop-blocked',
  cause: 'cpu',
  severity: 'warning',
  confidence: 0.9,
  title: `${name} blocks`,
  impact: '',
  culprits: [
    {
      function: name,
      file,
      line: 1,
      column: 1,
      package: null,
      share: 1,
      selfMs: 1,
      totalMs: 1,
      certainty: 'exact',
      stack: [],
    },
  ],
  routes: [],
  evidence: [],
  remedies: [],
  ...change,
});

const check = (verdict: ReadinessCheck['verdict'], findings: readonly string[] = []): ReadinessCheck => ({
  check: 'worker-strategy',
  verdict,
  because: `it is ${verdict}`,
  findings,
});

const processes = (...each: readonly (readonly Finding[])[]): readonly DiagnosedProcess[] =>
  each.map((findings, i) => ({ pid: i + 1, findings, readiness: [] }));

describe('findings of several processes', () => {
  it('are one where it is the same fault, in the words of whom it hits worst', () => {
    const merged = mergeFindings(
      processes(
        [finding('hash', { routes: ['GET /a'] })],
        [finding('hash', { severity: 'critical', title: 'hash blocks for 2 s', routes: ['GET /b'] })],
        [finding('hash', { confidence: 0.95 })],
      ),
    );
    expect(merged).toMatchObject([
      {
        severity: 'critical',
        title: 'hash blocks for 2 s',
        processes: [2, 3, 1],
        routes: ['GET /b', 'GET /a'],
      },
    ]);
  });

  it('stay apart for functions of one name in different files', () => {
    const merged = mergeFindings(processes([finding('run', {}, '/a.js')], [finding('run', {}, '/b.js')]));
    expect(merged.map((each) => each.processes)).toEqual([[1], [2]]);
  });

  it('come worst first, then surest, then those of most processes', () => {
    const merged = mergeFindings(
      processes(
        [finding('rare'), finding('often'), finding('doubted', { confidence: 0.5 })],
        [finding('often'), finding('worst', { severity: 'critical', confidence: 0.2 })],
      ),
    );
    expect(merged.map(({ culprits }) => culprits[0]?.function)).toEqual([
      'worst',
      'often',
      'rare',
      'doubted',
    ]);
  });
});

describe('the readiness of several processes', () => {
  const merged = (...verdicts: readonly ReadinessCheck['verdict'][]) =>
    mergeReadiness(
      verdicts.map((verdict, i) => ({
        pid: i + 1,
        findings: [],
        readiness: [check(verdict, [`of ${i + 1}`])],
      })),
    );

  it('is the worst verdict of any, with whose it is', () => {
    expect(merged('pass', 'warn', 'fail', 'fail')).toEqual([
      { ...check('fail'), findings: ['of 3', 'of 4'], processes: [3, 4] },
    ]);
  });

  it('passes where one can tell and the others cannot', () => {
    expect(merged('unknown', 'pass')).toMatchObject([{ verdict: 'pass', processes: [2] }]);
    expect(merged('unknown', 'unknown')).toMatchObject([{ verdict: 'unknown', processes: [1, 2] }]);
  });

  it('holds what was checked and nothing else', () => {
    expect(mergeReadiness([])).toEqual([]);
  });
});
