/** `loopscope report -o report.md`: the verdict, the findings, figures and the readiness card, for a ticket. */
import type { Finding, ReadinessCheck } from '../model/finding.ts';
import type { Report, RouteMetrics } from '../model/report.ts';
import { findingMarkdown } from '../presentation/finding-markdown.ts';
import {
  formatCount,
  formatDuration,
  formatMs,
  formatRate,
  formatShare,
  formatUtcMoment,
} from '../presentation/format.ts';
import { processName } from '../presentation/header.ts';
import { markdownCode, markdownTable, markdownText } from '../presentation/markdown-text.ts';
import { createScreenData, FigureCache } from '../presentation/screen-data.ts';
import { selectSeenGaps } from '../presentation/seen-signals.ts';
import { describeVerdict, selectVerdict, sortFindings } from '../presentation/verdict.ts';
import type { SessionReport } from './session-report.ts';
import { figureRows } from './text-report-figures.ts';

/** A ticket is read on a phone, too; the page has all of them. */
const MOST_ROUTES = 12;

/** Ends with a newline. */
export function formatMarkdownReport(session: SessionReport): string {
  const { report, timeline, span, sourceAround } = session;
  const findings = sortFindings(report.findings);
  const windowMs = span.toMs - span.fromMs;
  const data = createScreenData(
    { timeline, findings, readiness: report.readiness, endMs: null, windowMs, span },
    new FigureCache(),
  );
  const blocks: readonly (readonly string[])[] = [
    [`# ${markdownText(describeVerdict(selectVerdict(data)))}`],
    headLines(report),
    ...findings.map((finding, index) => findingLines(finding, index + 1, sourceAround)),
    ['## Figures'],
    markdownTable(
      ['', 'measured'],
      // Routes have a table of their own.
      figureRows(report)
        .filter(([label]) => label !== '')
        .map(([label, text]) => [label, markdownText(text)]),
    ),
    ...routeBlocks(report.metrics.requests?.routes ?? []),
    ['## Readiness'],
    readinessTable(report.readiness, findings),
    ...gapBlocks(selectSeenGaps(data)),
    [`loopscope ${report.loopscope}, ${report.schema}`],
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headLines({ target, window }: Report): readonly string[] {
  const when = formatUtcMoment(Date.parse(window.startedAt));
  return [
    `${markdownCode(processName(target))} pid ${target.pid}, Node ${markdownText(target.node)}, ${when}, watched for ${formatDuration(window.durationMs)}: ${markdownCode(target.command)} in ${markdownCode(target.cwd)}`,
  ];
}

function findingLines(
  finding: Finding,
  number: number,
  sourceAround: SessionReport['sourceAround'],
): readonly string[] {
  const [culprit] = finding.culprits;
  const source = culprit ? sourceAround(culprit.file, culprit.line) : [];
  return [`## Finding ${number}`, '', findingMarkdown(finding, source).trimEnd()];
}

function routeBlocks(routes: readonly RouteMetrics[]): readonly (readonly string[])[] {
  if (routes.length === 0) return [];
  const rows = routes
    .slice(0, MOST_ROUTES)
    .map(({ method, route, count, perSecond, errors, latencyMs }) => [
      markdownCode(`${method} ${route}`),
      formatCount(count),
      formatRate(perSecond),
      formatMs(latencyMs.p50),
      formatMs(latencyMs.p99),
      formatMs(latencyMs.max),
      formatShare(errors / Math.max(1, count, errors)),
    ]);
  const more = routes.length - MOST_ROUTES;
  return [
    ['## Routes'],
    markdownTable(['route', 'count', 'rate', 'p50', 'p99', 'max', 'errors'], rows),
    ...(more > 0 ? [[`and ${more} more`]] : []),
  ];
}

function readinessTable(checks: readonly ReadinessCheck[], findings: readonly Finding[]): readonly string[] {
  const numberOf = (id: string): number => findings.findIndex((finding) => finding.id === id) + 1;
  return markdownTable(
    ['check', 'verdict', 'because'],
    checks.map(({ check, verdict, because, findings: ids }) => [
      check,
      verdict,
      ids.length > 0 ? `see finding ${ids.map(numberOf).join(', ')}` : markdownText(because),
    ]),
  );
}

function gapBlocks(gaps: ReturnType<typeof selectSeenGaps>): readonly (readonly string[])[] {
  if (gaps.length === 0) return [];
  const rows = gaps.map(({ signal, reason, times }) => [signal, markdownText(reason), formatCount(times)]);
  return [['## Not seen'], markdownTable(['signal', 'why', 'times'], rows)];
}
