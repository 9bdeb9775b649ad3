/** `loopscope report`: what was seen, as one page or as Markdown, to attach to a ticket. */
import type { CommandIo, ExitCode, WatchOptions } from '../command-io.ts';
import { openExportOutput } from '../export-output.ts';
import { reportFailure } from '../failure.ts';
import { readPageAssets } from '../report-page.ts';
import { readReportSources } from '../report-sources.ts';
import { openSessionInput, type SessionInput } from '../session-input.ts';
import { version } from '../version.ts';
import { diagnose } from '../../diagnosis/diagnosis.ts';
import { formatHtmlReport } from '../../exports/html-report.ts';
import { createReport } from '../../exports/json-report.ts';
import { formatMarkdownReport } from '../../exports/markdown-report.ts';
import type { SessionReport } from '../../exports/session-report.ts';
import { formatBytes } from '../../shared/quantity.ts';
import { selectWallMs } from '../../timeline/session-selectors.ts';
import type { Timeline } from '../../timeline/timeline.ts';

type ReportFormat = 'html' | 'markdown';

export interface ReportOptions extends WatchOptions {
  /** A file, or `-` for standard output. */
  readonly output?: string;
  readonly format?: ReportFormat;
  readonly duration: number;
  /** Where the page's style and script are, when not beside the program: in tests. */
  readonly assets?: URL;
}

const STANDARD_OUTPUT = '-';

/** However the watching ends, what was seen is written; the exit code then says how it ended. */
export async function runReport(input: string, options: ReportOptions, io: CommandIo): Promise<ExitCode> {
  const format = formatOf(options);
  const named = pathOf(options, format, io);
  // First of all: what cannot be written is no reason to touch the service.
  const opened = named === undefined ? null : openExportOutput(named, 'text', io);
  if (opened?.ok === false) return reportFailure(opened.error, io, false);
  const seen = await openSessionInput(input, io, options);
  if (!seen.ok) return reportFailure(seen.error, io, false);
  const session = await sessionReport(seen.value);
  const content =
    format === 'markdown'
      ? formatMarkdownReport(session)
      : formatHtmlReport(session, await readPageAssets(options.assets));
  const path = named === undefined ? nameFor(session) : named;
  const output = opened ?? openExportOutput(path, 'text', io);
  const written = output.ok ? output.value.write(content) : output;
  if (!written.ok) return reportFailure(written.error, io, false);
  if (path !== null) io.stdout.write(`${path}: ${formatBytes(Buffer.byteLength(content))}\n`);
  return seen.value.exitCode;
}

/** What is asked for, else what the file's name says, else a page. */
function formatOf({ format, output = '' }: ReportOptions): ReportFormat {
  return format ?? (/\.(?:md|markdown)$/i.test(output) ? 'markdown' : 'html');
}

/** Null is standard output. A page is no good to a terminal: undefined is a file that the session names. */
function pathOf(
  { output }: ReportOptions,
  format: ReportFormat,
  { stdout }: CommandIo,
): string | null | undefined {
  if (output !== undefined) return output === STANDARD_OUTPUT ? null : output;
  return format === 'html' && stdout.isTTY ? undefined : null;
}

/** `loopscope-4711-20260131T140300.html`, by the end of the session. */
function nameFor({ report, timeline, span }: SessionReport): string {
  const at = new Date(selectWallMs(timeline, span.toMs) ?? 0).toISOString();
  return `loopscope-${report.target.pid}-${at.slice(0, 19).replace(/[-:]/g, '')}.html`;
}

async function sessionReport({ timeline, span }: SessionInput): Promise<SessionReport> {
  const diagnosis = diagnose(timeline, span);
  const report = createReport(timeline, span, diagnosis, version);
  return {
    report,
    timeline,
    span,
    sourceAround: await readReportSources(startOf(timeline), report.findings),
  };
}

function startOf({ session }: Timeline): NonNullable<Timeline['session']> {
  if (session === null) throw new Error('a report needs a session-started event');
  return session;
}
