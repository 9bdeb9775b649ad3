/**
 * Several processes as a person reads them, 80 columns wide: the verdict, the processes side by side, the merged
 * findings with the processes that have them, the readiness card.
 *
 *   x 1 critical finding in 4 processes
 *
 *       PID  BUSY    DELAY   CPU    RPS      P95   MEMORY
 *   x  4711   93%    210ms   97%   90.0    180ms     212M
 */
import type { FleetReport } from '../model/fleet-report.ts';
import type { Report } from '../model/report.ts';
import { formatBytes, formatMs, formatPercent, formatRate } from '../presentation/format.ts';
import { formatProcesses } from '../presentation/fleet-rows.ts';
import {
  countsOf,
  createPen,
  findingLines,
  labelled,
  readinessLines,
  wrap,
  type Pen,
  type TextOptions,
  type TextSurroundings,
} from './text-report.ts';

const COLUMNS = [
  ['PID', 8],
  ['BUSY', 6],
  ['DELAY', 9],
  ['CPU', 6],
  ['RPS', 9],
  ['P95', 9],
  ['MEMORY', 9],
] as const;

/** Ends with a newline. */
export function formatTextFleet(
  fleet: FleetReport,
  surroundings: TextSurroundings,
  options: TextOptions = {},
): string {
  const pen = createPen(surroundings, options.ascii === true);
  const { processes, findings, unattached } = fleet;
  const [worst] = findings;
  const verdict = worst === undefined ? 'Nothing found' : countsOf(findings);
  const blocks = [
    wrap(
      `${pen.sign(worst?.severity ?? 'pass')} `,
      pen.strong(`${verdict} in ${processes.length} processes`),
    ),
    [
      pen.faint(`  ${COLUMNS.map(([title, width]) => title.padStart(width)).join('')}`),
      ...processes.map((report) => processLine(report, pen)),
    ],
    ...findings.map((finding, index) => [
      ...findingLines(finding, index + 1, cwdOf(processes, finding.processes[0]), pen),
      ...labelled('where', formatProcesses(finding.processes, processes.length), pen),
    ]),
    readinessLines(fleet, pen),
    unattached.flatMap(({ target, message, hint }) =>
      wrap('', `${target} could not be attached to: ${message}; ${hint}`),
    ),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function processLine({ target, metrics, findings }: Report, pen: Pen): string {
  const [worst] = findings;
  const figures = [
    String(target.pid),
    formatPercent(metrics.eventLoop.utilization),
    formatMs(metrics.eventLoop.delayMs?.p99),
    metrics.cpu.percent === null ? '–' : `${Math.round(metrics.cpu.percent)}%`,
    formatRate(metrics.requests?.perSecond),
    formatMs(metrics.requests?.latencyMs?.p95),
    formatBytes(metrics.memory.rss),
  ];
  const row = figures.map((figure, i) => figure.padStart(COLUMNS[i]?.[1] ?? 0)).join('');
  return `${worst === undefined ? ' ' : pen.sign(worst.severity)} ${row}`;
}

const cwdOf = (processes: readonly Report[], pid: number | undefined): string =>
  processes.find(({ target }) => target.pid === pid)?.target.cwd ?? '';
