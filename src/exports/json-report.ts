/** The JSON report, `loopscope.report/1`, and the error that a script reads instead of it, `loopscope.error/1`. */
import type { FleetReport } from '../model/fleet-report.ts';
import { REPORT_SCHEMA } from '../model/report.ts';
import type { Report } from '../model/report.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { selectMetrics } from '../timeline/metrics-selector.ts';
import type { Span } from '../timeline/series.ts';
import { selectWallMs } from '../timeline/session-selectors.ts';
import type { Timeline } from '../timeline/timeline.ts';

const ERROR_SCHEMA = 'loopscope.error/1';

/**
 * The report of one span. Depends on the timeline and what was found in it alone: the same events give the same
 * report, live or replayed. Throws when the session never began: there is no target to report on.
 * @param version of loopscope itself
 */
export function createReport(
  timeline: Timeline,
  span: Span,
  { findings, readiness }: Pick<Report, 'findings' | 'readiness'>,
  version: string,
): Report {
  const { session } = timeline;
  if (!session) throw new Error('a report needs a session-started event');
  const { target } = session;
  return {
    schema: REPORT_SCHEMA,
    loopscope: version,
    target: {
      pid: target.pid,
      node: target.node,
      command: target.command,
      cwd: target.cwd,
      cores: target.cores,
      cgroupMemoryLimit: target.cgroupMemoryLimitBytes,
      attachedBy: target.attachedBy,
    },
    window: {
      startedAt: new Date(selectWallMs(timeline, span.fromMs) ?? session.wallMs).toISOString(),
      durationMs: Math.round(span.toMs - span.fromMs),
    },
    metrics: selectMetrics(timeline, span),
    findings,
    readiness,
  };
}

/** Digits that a figure of a monitor deserves: thousandths of a millisecond, of a percent, of a byte a second. */
const DECIMALS = 3;

/** Two spaces of indentation and a newline at the end. Figures are rounded, integers stay as they are. */
export function formatJsonReport(report: Report | FleetReport): string {
  return `${JSON.stringify(report, (_, value: unknown) => (typeof value === 'number' ? rounded(value) : value), 2)}\n`;
}

/** One line, for `--json` when there is nothing to report. */
export function formatJsonError({ code, message, hint }: CodedError): string {
  return `${JSON.stringify({ schema: ERROR_SCHEMA, code, message, hint })}\n`;
}

function rounded(value: number): number {
  return Math.round(value * 10 ** DECIMALS) / 10 ** DECIMALS;
}
