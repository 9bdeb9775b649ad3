/** A minute of a service whose login blocks its loop: the events of it, as they would have come, and as a recording. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import {
  every,
  frame,
  gc,
  loop,
  memory,
  pools,
  processReadings,
  session,
  stalls,
  START_MS,
  windowsOfRequests,
} from '../timeline/event-text.ts';
import { recordingOf } from './recording-bytes.ts';

const SECONDS = 60;

/** 12 logins a second of 220 ms, 30 pages of 8 ms; a stall of 200 ms in each second. */
export const SLOW_LOGIN: readonly TimelineEvent[] = [
  ...session({ cwd: '/srv/orders', hostname: 'web-1' }),
  ...[
    ...loop('--#-'.repeat(SECONDS)),
    ...gc('S..M'.repeat(SECONDS)),
    ...stalls(
      every(1_000, 200, SECONDS - 1),
      'handler>login>derivePassword>pbkdf2Sync@node:internal/crypto/pbkdf2',
    ),
    ...windowsOfRequests([
      ['POST /login', { perSecond: 12, latencyMs: 220, seconds: SECONDS, errors: 1 }],
      ['GET /', { perSecond: 30, latencyMs: 8, seconds: SECONDS }],
    ]),
    ...memory(Array.from({ length: SECONDS }, () => 50)),
    ...processReadings(SECONDS),
    ...pools(
      Array.from({ length: SECONDS }, () => ({ active: 10, idle: 0, waiting: 4, longestWaitMs: 1_500 })),
    ),
    {
      kind: 'allocation',
      atMs: START_MS + 30_000,
      readCostMs: 12,
      sites: [{ stack: [frame('remember', 7), frame('handler')], liveBytes: 4_000_000 }],
    } satisfies TimelineEvent,
  ].toSorted((a, b) => a.atMs - b.atMs),
];

/** A folder of the test's own. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-export-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes the session as a recording into the folder, and returns its path. */
export function recordSlowLogin(folder: string, events: readonly TimelineEvent[] = SLOW_LOGIN): string {
  const path = join(folder, 'session.loopscope');
  writeFileSync(path, recordingOf(events));
  return path;
}
