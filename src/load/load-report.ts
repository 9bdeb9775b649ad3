/** A load's result and progress as text. */
import { assertNever } from '../shared/result.ts';
import { sanitise } from '../shared/sanitiser.ts';
import { formatBytes, formatCount, formatDuration, formatMs, formatRate } from '../presentation/format.ts';
import type { Pace } from './load-plan.ts';
import type { LoadCounts, LoadProgress, LoadResult } from './load-result.ts';

/** Above this the program that sends, not the service, shapes the percentiles: ten times its timer's resolution. */
const OWN_LAG_WARNING_MS = 20;

/** One line for stderr while the load runs. */
export function formatLoadProgress(progress: LoadProgress): string {
  const { elapsedMs, totalMs, recent, inFlight, counts } = progress;
  const parts = [
    `${formatDuration(elapsedMs)} of ${formatDuration(totalMs)}${progress.warmingUp ? ' (warming up)' : ''}`,
    formatRate(recent.answeredPerSecond),
    `p50 ${formatMs(recent.latencyMs?.p50)}`,
    `p99 ${formatMs(recent.latencyMs?.p99)}`,
    `${formatCount(inFlight)} in flight`,
  ];
  const errors = formatErrors(counts);
  return [...parts, ...(errors === '' ? [] : [errors])].join('  ');
}

/** The whole result for stdout. */
export function formatLoadResult(result: LoadResult): string {
  const { window, connections } = result;
  const head =
    `${formatPace(result.pace)} for ${formatDuration(window.durationMs)}${result.interrupted ? ', interrupted' : ''}: ` +
    `${formatCount(result.sent)} sent, ${formatCount(result.answered)} answered ` +
    `(${formatRate(result.answeredPerSecond)}), ${formatBytes(result.bytesReceived)} received, ` +
    `${connections} connection${connections === 1 ? '' : 's'}`;
  const rows =
    result.targets.length === 1
      ? result.targets
      : [...result.targets, { ...result, method: '', url: 'all together' }];
  const lines = rows.flatMap((row) => [
    '',
    // A URL is the user's own word, and still may hold what a terminal would obey.
    sanitise(`${row.method} ${row.url}`.trim()),
    `  latency   ${formatLatency(row)}`,
    `  answers   ${formatStatuses(row)}`,
    ...(formatErrors(row) === '' ? [] : [`  no answer ${formatErrors(row)}`]),
  ]);
  const lag =
    result.ownLagMs > OWN_LAG_WARNING_MS
      ? [
          '',
          `loopscope itself was up to ${formatMs(result.ownLagMs)} late: this machine is busy, and that is in the latency`,
        ]
      : [];
  return [head, ...lines, ...lag, ''].join('\n');
}

function formatPace(pace: Pace): string {
  switch (pace.kind) {
    case 'rate':
      return `${formatRate(pace.perSecond)} (latency from when each request was due)`;
    case 'connections':
      return `${pace.count} connection${pace.count === 1 ? '' : 's'} in turns`;
    default:
      return assertNever(pace);
  }
}

function formatLatency({ latencyMs }: LoadCounts): string {
  if (latencyMs === null) return 'nothing was answered';
  const { p50, p90, p95, p99, max } = latencyMs;
  const figures = { p50, p90, p95, p99, max };
  return Object.entries(figures)
    .map(([name, valueMs]) => `${name} ${formatMs(valueMs)}`)
    .join('  ');
}

function formatStatuses({ statuses }: LoadCounts): string {
  const counts = Object.entries(statuses).map(([status, count]) => `${status}: ${formatCount(count)}`);
  return counts.length === 0 ? 'none' : counts.join('  ');
}

function formatErrors({ errors }: LoadCounts): string {
  return Object.entries(errors)
    .map(([kind, count]) => `${kind}: ${formatCount(count)}`)
    .join('  ');
}
