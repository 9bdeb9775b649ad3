/** What was seen of several processes: one diagnosis of all, and on demand what just happened in each. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet } from './fleet.ts';
import { createFleetFolder, recordingPathOf } from './fleet-folder.ts';
import { writeRecording } from './recording-writer.ts';
import { version } from './version.ts';
import { diagnose } from '../diagnosis/diagnosis.ts';
import { createFleetReport } from '../exports/fleet-report.ts';
import { createReport, formatJsonReport } from '../exports/json-report.ts';
import type { FleetReport } from '../model/fleet-report.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type { Result } from '../shared/result.ts';
import { selectWholeSpan } from '../timeline/session-selectors.ts';

const OWNER_ONLY = 0o600;

/** Over the whole of each session. */
export function reportOnFleet(fleet: Pick<Fleet, 'members'>): FleetReport {
  const members = fleet.members();
  const reports = members.flatMap(({ session }) => {
    const span = session && selectWholeSpan(session.timeline);
    return span ? [createReport(session.timeline, span, diagnose(session.timeline, span), version)] : [];
  });
  const unattached = members.flatMap(({ target, error }) =>
    error === null ? [] : [{ target, code: error.code, message: error.message, hint: error.hint }],
  );
  return createFleetReport(reports, unattached, version);
}

/**
 * Writes what `w` writes of several processes, in a new folder in `folder`: the merged report, and what is kept of
 * each one's events as a recording.
 * @param wallMs now; names the folder
 * @returns the name of the folder. Rejects with what went wrong.
 */
export async function writeSeenOfFleet(
  fleet: Pick<Fleet, 'members'>,
  folder: string,
  wallMs: number,
): Promise<string> {
  const seen = fleet
    .members()
    .flatMap(({ target, session, past }) => (session && past ? [{ target, past }] : []));
  if (seen.length === 0) throw new Error('nothing was seen yet');
  const name = `loopscope-fleet-${new Date(wallMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}`;
  const path = join(folder, name);
  valueOf(createFleetFolder(path));
  const file = await open(join(path, 'report.json'), 'wx', OWNER_ONLY);
  try {
    await file.writeFile(formatJsonReport(reportOnFleet(fleet)));
  } finally {
    await file.close();
  }
  for (const { target, past } of seen) {
    const of = { redacted: true, trimmed: past.trimmed };
    valueOf(writeRecording(recordingPathOf(path, target), past.blocks(), of));
  }
  return name;
}

function valueOf(result: Result<void, CodedError>): void {
  if (!result.ok) throw new Error(result.error.message);
}
