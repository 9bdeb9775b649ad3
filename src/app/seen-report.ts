/** What `w` writes, a report of the session so far and a recording of what just happened, and what the last line says. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { diagnose } from '../diagnosis/diagnosis.ts';
import { createReport, formatJsonReport } from '../exports/json-report.ts';
import { processName } from '../presentation/header.ts';
import { sortFindings } from '../presentation/verdict.ts';
import { selectConnection, selectWallMs, selectWholeSpan } from '../timeline/session-selectors.ts';
import type { Timeline } from '../timeline/timeline.ts';
import type { RecentPast } from './recent-past.ts';
import { RECORDING_SUFFIX } from './recording-file.ts';
import { writeRecording } from './recording-writer.ts';
import { version } from './version.ts';

/** Routes, paths and hosts of a service in production are nobody else's business. */
const OWNER_ONLY = 0o600;

/**
 * Writes the whole session as `loopscope.report/1`, and what is kept of its events as a recording beside it, to new
 * files in `folder`.
 * @param past null where the events are in a recording already
 * @returns what was written: `loopscope-4711-20260131T140300.json and .loopscope`. Rejects with what went wrong.
 */
export async function writeSeen(
  timeline: Timeline,
  past: RecentPast | null,
  folder: string,
): Promise<string> {
  const span = selectWholeSpan(timeline);
  if (!span || !timeline.session) throw new Error('nothing was seen yet');
  const report = createReport(timeline, span, diagnose(timeline, span), version);
  const at = new Date(selectWallMs(timeline, span.toMs) ?? 0).toISOString();
  const name = `loopscope-${report.target.pid}-${at.slice(0, 19).replace(/[-:]/g, '')}`;
  // A file that is there already, or a link that somebody left, is never written through.
  const file = await open(join(folder, `${name}.json`), 'wx', OWNER_ONLY);
  try {
    await file.writeFile(formatJsonReport(report));
  } finally {
    await file.close();
  }
  if (past === null) return `${name}.json`;
  const { trimmed } = past;
  const path = join(folder, `${name}${RECORDING_SUFFIX}`);
  const recorded = writeRecording(path, past.blocks(), { redacted: true, trimmed });
  if (!recorded.ok) throw new Error(recorded.error.message);
  return `${name}.json and ${RECORDING_SUFFIX}`;
}

/**
 * One line for the terminal that is given back: what was found, and in which state the service is.
 * @param left whether everything of ours could be removed; what could not is told in a line of its own
 */
export function formatFarewell(timeline: Timeline, left: boolean): string {
  const { session } = timeline;
  const span = selectWholeSpan(timeline);
  const findings = span ? sortFindings(diagnose(timeline, span).findings) : [];
  const [worst, ...others] = findings;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const found = worst ? `${worst.title}${more}` : 'nothing found';
  const connection = span && selectConnection(timeline, span.toMs);
  const ended = connection && connection.state !== 'live' ? connection : null;
  const state = ended
    ? `${ended.state === 'ended' ? 'It ended' : 'The connection was lost'}: ${ended.how ?? 'nobody knows how'}.`
    : left
      ? 'The service runs on as it was.'
      : '';
  return `${session ? `${processName(session.target)}: ` : ''}${found}. ${state}`.trimEnd();
}
