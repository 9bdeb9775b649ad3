/**
 * The lines of source around the culprits of a report. They are read when the report is written, which may be days
 * after the session and on another machine: only a file that has not changed since is what was running.
 */
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { linesAround } from './source-lines.ts';
import { createSourceFiles, rootOfProcess } from '../collectors/source-files.ts';
import { ageMsOf } from '../inspector/kernel-state.ts';
import { readProcess } from '../inspector/process-record.ts';
import type { Finding } from '../model/finding.ts';
import type { SessionStartedEvent } from '../model/timeline-event.ts';
import type { SourceLine } from '../views/view.ts';

/** The kernel counts in hundredths of a second, and clocks are set right now and then. */
const SAME_START_MS = 2_000;

/** @returns what is known of a place: empty where its file is not here or is another one by now */
export async function readReportSources(
  session: SessionStartedEvent,
  findings: readonly Finding[],
): Promise<(file: string, line: number) => readonly SourceLine[]> {
  const root = rootOf(session);
  const files = createSourceFiles(root);
  const texts = new Map<string, string>();
  for (const { file } of findings.flatMap(({ culprits }) => culprits.slice(0, 1))) {
    if (root === null || texts.has(file) || !(await isUnchanged(`${root}${file}`, session.wallMs))) continue;
    const text = await files.read(file);
    if (text !== null) texts.set(file, text);
  }
  return (file, line) => {
    const text = texts.get(file);
    return text === undefined ? [] : linesAround(text, line);
  };
}

/** The service's own file system while it runs, else this machine's; null when it ran on another. */
function rootOf({ target }: SessionStartedEvent): string | null {
  if (target.hostname !== hostname()) return null;
  const process = readProcess(target.pid);
  if (process === null || target.startedAtWallMs === null) return '';
  const startedAtWallMs = Date.now() - ageMsOf(process);
  return Math.abs(startedAtWallMs - target.startedAtWallMs) <= SAME_START_MS ? rootOfProcess(target.pid) : '';
}

async function isUnchanged(path: string, sinceWallMs: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs <= sinceWallMs;
  } catch {
    return false;
  }
}
