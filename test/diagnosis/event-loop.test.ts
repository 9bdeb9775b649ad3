import { describe, expect, it } from 'vitest';
import { createDiagnosisView } from '../../src/diagnosis/detector.ts';
import { eventLoopBlocked } from '../../src/diagnosis/event-loop-blocked.ts';
import { eventLoopFrozen } from '../../src/diagnosis/event-loop-frozen.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { BlockedEvent, TimelineEvent } from '../../src/model/timeline-event.ts';
import { profileAt } from '../model/profile-text.ts';
import {
  every,
  frame,
  loop,
  processReadings,
  requests,
  session,
  stalls,
  START_MS,
  timelineOf,
  windowsOfRequests,
} from '../timeline/event-text.ts';

const SECONDS = 10;
const PBKDF2 = 'dispatch>login>derivePassword>pbkdf2Sync@node:internal/crypto/pbkdf2>run@';

type Parts = readonly (readonly TimelineEvent[])[];

const viewOf = (...parts: Parts) =>
  createDiagnosisView(timelineOf(session(), ...parts), {
    fromMs: START_MS,
    toMs: START_MS + SECONDS * 1000,
  });

const detectBlocked = (...parts: Parts) => eventLoopBlocked.detect(viewOf(...parts));

function blockedBy(...parts: Parts): readonly Finding[] {
  const verdict = detectBlocked(...parts);
  return verdict.kind === 'found' ? verdict.findings : [];
}

const quiet = loop('.'.repeat(SECONDS * 4));

describe('event-loop-blocked', () => {
  it('names function, place, cause, figures and remedy', () => {
    const [finding, ...others] = blockedBy(quiet, stalls(every(1_000, 200, 10), PBKDF2));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      id: 'event-loop-blocked:sync-crypto:derivePassword',
      cause: 'sync-crypto',
      severity: 'critical',
      title: 'derivePassword blocks the event loop for 200 ms at a time',
      evidence: [
        '10 stalls of 200-200 ms in 10 s',
        '100% of the samples inside stalls are in derivePassword',
        expect.any(String),
      ],
    });
    expect(finding?.culprits[0]).toMatchObject({
      file: '/srv/app/derivePassword.js',
      package: null,
      stack: [
        'derivePassword /srv/app/derivePassword.js:1',
        'login /srv/app/login.js:1',
        'dispatch /srv/app/dispatch.js:1',
      ],
    });
    expect(finding?.confidence).toBeGreaterThan(0.9);
    expect(finding?.remedies.join(' ')).toContain('crypto.pbkdf2');
  });

  it('names the package that does the work next to the user function that called it', () => {
    const inPackage = 'handler>render>compile@/srv/app/node_modules/marked/lib/marked.js';
    const [finding] = blockedBy(quiet, stalls(every(1_000, 150, 10), inPackage));
    expect(finding?.culprits.map((culprit) => [culprit.function, culprit.package])).toEqual([
      ['render', null],
      ['compile', 'marked'],
    ]);
  });

  it('gives one finding for each of two faults', () => {
    const both = blockedBy(
      quiet,
      stalls(every(1_000, 200, 10), PBKDF2, 'report>toJson:3{return JSON.stringify(rows);}'),
    );
    expect(both.map(({ id }) => id).toSorted()).toEqual([
      'event-loop-blocked:json:toJson',
      'event-loop-blocked:sync-crypto:derivePassword',
    ]);
  });

  it('gives one finding for helpers that one function calls in the same stalls', () => {
    const spans = every(1_000, 200, 5);
    const profiles = spans.map(([offset]) =>
      profileAt(
        START_MS + offset - 50,
        '(idle) 50ms',
        'handler>build>sortRows 120ms',
        'handler>build>joinRows 80ms',
      ),
    );
    const findings = blockedBy(quiet, stalls(spans), profiles);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.culprits.map((culprit) => culprit.function)).toEqual(['sortRows', 'joinRows']);
  });

  it('blames no route for the work of a timer that was never met at work for a request', () => {
    const began = every(1_000, 200, 10).map(([offset]) => offset - 2);
    const traffic = windowsOfRequests([
      ['GET /health', { perSecond: 1, latencyMs: 210, seconds: SECONDS, startsMs: began }],
    ]);
    const met = (route: string | null): TimelineEvent[] => [
      {
        kind: 'context-samples',
        atMs: START_MS + 5_000,
        samples: every(1_000, 200, 10).map(([offset]) => ({
          atMs: START_MS + offset + 100,
          route,
          finished: false,
          stack: [frame('rankAll', 7)],
        })),
      },
    ];
    const routes = (...more: Parts): readonly string[] | undefined =>
      blockedBy(
        quiet,
        stalls(every(1_000, 200, 10), 'listOnTimeout@node:internal/timers>rankAll'),
        traffic,
        ...more,
      )[0]?.routes;
    expect(routes()).toEqual(['GET /health']);
    expect(routes(met(null))).toEqual([]);
    expect(routes(met('GET /health'))).toEqual(['GET /health']);
  });

  it('reads stalls in which one profile ended and the next began: a busy loop is cut nowhere else', () => {
    const spans = every(1_000, 400, 10);
    const profiles = spans.flatMap(([offset]) => [
      profileAt(START_MS + offset - 50, '(idle) 50ms', 'work>seal 200ms'),
      profileAt(START_MS + offset + 200, 'work>seal 195ms'),
    ]);
    const [finding] = blockedBy(quiet, stalls(spans), profiles);
    expect(finding).toMatchObject({ title: 'seal blocks the event loop for 400 ms at a time' });
  });

  it('blames the route that begins in the stalls, not the one that waits', () => {
    const guilty = every(1_000, 200, 10).map(([offset]) => offset - 2);
    const [finding] = blockedBy(
      quiet,
      stalls(every(1_000, 200, 10), PBKDF2),
      windowsOfRequests([
        ['POST /login', { perSecond: 1, latencyMs: 210, seconds: SECONDS, startsMs: guilty }],
        ['GET /health', { perSecond: 4, latencyMs: 3, seconds: SECONDS }],
      ]),
    );
    expect(finding?.routes).toEqual(['POST /login']);
    expect(finding?.impact).toMatch(/^both routes wait: \d+% of the window's requests overlapped a stall$/);
  });

  it('blames the collector, and who allocates', () => {
    const [finding] = blockedBy(quiet, stalls(every(1_000, 120, 8), 'handler>cloneAll>(garbage collector)'));
    expect(finding).toMatchObject({
      cause: 'gc',
      title: 'garbage collection blocks the event loop for 120 ms at a time while cloneAll allocates',
    });
  });

  it('names the function that fills a loop without long stalls', () => {
    const [finding] = blockedBy(
      loop('#'.repeat(SECONDS * 4), 40),
      [profileAt(START_MS, 'handler>rankAll 9000ms', 'handler 1000ms')],
      requests('GET /rank', { perSecond: 25, latencyMs: 400, seconds: SECONDS }),
    );
    expect(finding).toMatchObject({ cause: 'cpu', severity: 'critical', routes: ['GET /rank'] });
    expect(finding?.culprits[0]?.function).toBe('rankAll');
  });

  it('is not found in a loop that is full of short requests', () => {
    const verdict = detectBlocked(
      loop('#'.repeat(SECONDS * 4), 5),
      [profileAt(START_MS, 'handler 10000ms')],
      requests('GET /', { perSecond: 5_000, latencyMs: 8, seconds: SECONDS }),
    );
    expect(verdict.kind).toBe('not-found');
  });

  it('is not found in a healthy service, an idle one, or after one short stall', () => {
    const traffic = requests('GET /', { perSecond: 100, latencyMs: 8, seconds: SECONDS });
    expect(detectBlocked(loop('--++'.repeat(10)), traffic).kind).toBe('not-found');
    expect(detectBlocked(quiet).kind).toBe('not-found');
    expect(detectBlocked(quiet, stalls([[500, 90]], PBKDF2)).kind).toBe('not-found');
  });

  it('is not found in stalls that are a long queue of short requests', () => {
    const spans = every(250, 150, 20);
    const startsMs = spans.flatMap(([offset]) => Array.from({ length: 75 }, (_, i) => offset + i * 2));
    const verdict = detectBlocked(
      loop('#'.repeat(SECONDS * 4)),
      stalls(spans, 'handler>renderPage'),
      requests('GET /page', { perSecond: 500, latencyMs: 200, seconds: SECONDS, startsMs }),
    );
    expect(verdict.kind).toBe('not-found');
  });

  it('is found though the requests that waited begin in the same turn', () => {
    const spans = every(1_000, 200, 10);
    const waiting = spans.flatMap(([offset]) => Array.from({ length: 30 }, (_, i) => offset + 150 + i));
    const [finding] = blockedBy(
      quiet,
      stalls(spans, PBKDF2),
      windowsOfRequests([
        [
          'POST /login',
          { perSecond: 1, latencyMs: 210, seconds: SECONDS, startsMs: spans.map(([ms]) => ms - 2) },
        ],
        ['GET /health', { perSecond: 30, latencyMs: 3, seconds: SECONDS, startsMs: waiting }],
      ]),
    );
    expect(finding?.routes[0]).toBe('POST /login');
  });

  it('is not found where the machine had no core for innocent code', () => {
    const busy = loop('-'.repeat(SECONDS * 4));
    const short = stalls(every(2_000, 120, 4), 'handler');
    const starved = processReadings(SECONDS, { mainThreadPercent: 6, mainThreadWaitPercent: 60 });
    expect(detectBlocked(busy, short, starved)).toEqual({
      kind: 'not-enough-seen',
      because:
        'the service was ready to run and had no CPU for 60% of the time: what holds the loop cannot be told from that',
    });
    const running = processReadings(SECONDS, { mainThreadPercent: 38, mainThreadWaitPercent: 10 });
    expect(detectBlocked(busy, short, running).kind).toBe('found');
  });

  it('is not found in our own pauses', () => {
    const pause: TimelineEvent = {
      kind: 'own-cost',
      atMs: START_MS + 400,
      windowMs: 400,
      mainThreadMs: 310,
      longestPauseMs: 310,
      what: 'profiler start',
    };
    expect(detectBlocked(quiet, [pause], stalls([[100, 300]], 'handler>innocent')).kind).toBe('not-found');
    expect(detectBlocked(quiet, stalls(every(2_000, 300, 3), '(loopscope)')).kind).toBe('not-found');
  });

  it('is not found in the start-up of a service, but in a block just as early that a request made', () => {
    const started = session({ startedAtWallMs: Date.UTC(2026, 0, 31, 10) - 500 });
    const load = stalls([[200, 900]], 'boot>loadAll');
    const span = { fromMs: START_MS, toMs: START_MS + SECONDS * 1000 };
    const early = timelineOf(started, quiet, load);
    expect(eventLoopBlocked.detect(createDiagnosisView(early, span)).kind).toBe('not-found');
    const served = windowsOfRequests([
      ['GET /', { perSecond: 1, latencyMs: 900, seconds: 2, startsMs: [199] }],
    ]);
    const late = timelineOf(started, quiet, load, served);
    expect(eventLoopBlocked.detect(createDiagnosisView(late, span)).kind).toBe('found');
  });

  it('is not decided before two seconds, nor before the samples of the stalls have come', () => {
    expect(detectBlocked(loop('....')).kind).toBe('not-enough-seen');
    expect(detectBlocked(quiet, stalls(every(1_000, 200, 10))).kind).toBe('not-enough-seen');
  });
});

describe('event-loop-frozen', () => {
  const blocked = (atMs: number, more: Partial<BlockedEvent>): BlockedEvent => ({
    kind: 'blocked',
    atMs: START_MS + atMs,
    sinceMs: START_MS + 5_000,
    in: 'javascript',
    stack: [],
    route: null,
    nativeState: null,
    ...more,
  });
  const inLoop = { stack: [frame('spinForever', 7), frame('handler', 3)], route: 'GET /spin' };
  const detectFrozen = (...parts: Parts) => eventLoopFrozen.detect(viewOf(...parts));

  it('names the function, the line and the route of a loop that does not end', () => {
    const verdict = detectFrozen([blocked(6_000, inLoop), blocked(9_800, inLoop)]);
    expect(verdict).toMatchObject({
      findings: [
        {
          id: 'event-loop-frozen:cpu:spinForever',
          severity: 'critical',
          title: 'the event loop is frozen in spinForever for 5 s',
          routes: ['GET /spin'],
          culprits: [{ function: 'spinForever', line: 7, certainty: 'exact' }],
        },
      ],
    });
  });

  it('is found in hindsight too, by the samples of the block, with the only route that began in it', () => {
    const verdict = detectFrozen(
      quiet,
      stalls([[5_000, 4_000]], PBKDF2),
      windowsOfRequests([['POST /login', { perSecond: 1, latencyMs: 4_000, seconds: 6, startsMs: [4_998] }]]),
    );
    expect(verdict).toMatchObject({
      findings: [
        {
          id: 'event-loop-frozen:sync-crypto:derivePassword',
          title: 'derivePassword froze the event loop for 4 s',
          routes: ['POST /login'],
        },
      ],
    });
  });

  it('is not found in short blocks that queue up behind each other without a turn of the loop', () => {
    const starts = Array.from({ length: 13 }, (_, i) => 5_000 + i * 300);
    const queued = windowsOfRequests([
      ['POST /login', { perSecond: 3, latencyMs: 2_000, seconds: 10, startsMs: starts }],
    ]);
    expect(detectFrozen(quiet, stalls([[5_000, 3_900]], PBKDF2), queued).kind).toBe('not-found');
    expect(detectFrozen([blocked(8_800, inLoop)], queued).kind).toBe('not-found');
  });

  it('is not said of a service that merely waited for a CPU', () => {
    const starved = processReadings(SECONDS, { mainThreadPercent: 5, mainThreadWaitPercent: 90 });
    expect(detectFrozen(quiet, stalls([[5_000, 4_000]], PBKDF2), starved).kind).toBe('not-enough-seen');
  });

  it('takes the word of the kernel for a native call that held up the attaching', () => {
    const native = { in: 'native' as const, nativeState: 'on CPU', sinceMs: START_MS };
    const afterwards = processReadings(SECONDS, { mainThreadPercent: 5, mainThreadWaitPercent: 90 });
    const over = { kind: 'unblocked' as const, atMs: START_MS + 6_000, sinceMs: START_MS };
    const block = [blocked(6_000, native), over];
    expect(detectFrozen(block, stalls([[0, 6_000]]), afterwards)).toMatchObject({
      findings: [{ cause: 'native', title: 'a native call froze the event loop for 6 s' }],
    });
    for (const nativeState of ['stopped', 'waiting for a CPU']) {
      const idle = [blocked(6_000, { ...native, nativeState }), over];
      expect(detectFrozen(idle, stalls([[0, 6_000]]), afterwards).kind).toBe('not-enough-seen');
    }
  });

  it("takes the child's command line for a synchronous child process", () => {
    const native = { in: 'native' as const, nativeState: 'waiting for its child: sleep 30' };
    expect(detectFrozen([blocked(9_000, native)])).toMatchObject({
      findings: [
        { cause: 'sync-child-process', evidence: [expect.any(String), expect.stringContaining('sleep 30')] },
      ],
    });
  });

  it('says native while a native call lasts, and remembers what froze it before', () => {
    const native = { in: 'native' as const, nativeState: 'on CPU' };
    expect(detectFrozen([blocked(9_000, native)])).toMatchObject({
      findings: [{ cause: 'native', culprits: [] }],
    });
    expect(detectFrozen(stalls([[200, 3_000]], PBKDF2), [blocked(9_000, native)])).toMatchObject({
      findings: [{ cause: 'sync-crypto', culprits: [{ function: 'derivePassword' }] }],
    });
  });

  it('learns from samples of the same time that the loop is in a regular expression', () => {
    const profile = profileAt(START_MS + 5_000, 'handler>spinForever:7{pattern.test(input)} 4000ms');
    expect(detectFrozen([blocked(9_500, inLoop), profile])).toMatchObject({
      findings: [{ cause: 'regexp' }],
    });
  });

  it('is not found when the block was not read for seconds: it ended unseen', () => {
    expect(detectFrozen([blocked(6_000, inLoop)], quiet).kind).toBe('not-found');
  });

  it('is not found in a block under two seconds, nor when the loop turns again', () => {
    expect(detectFrozen([blocked(6_000, { ...inLoop, sinceMs: START_MS + 8_900 })]).kind).toBe('not-found');
    const over: TimelineEvent = { kind: 'unblocked', atMs: START_MS + 9_000, sinceMs: START_MS + 5_000 };
    const profile = profileAt(START_MS + 4_900, 'handler>spinForever 4200ms');
    expect(detectFrozen([blocked(8_000, inLoop), over, profile]).kind).toBe('not-found');
  });
});
