/**
 * `loopscope ps`: the Node processes of this machine as a table for people, and as data for scripts.
 *
 *    PID  NODE      CPU  MEMORY      UP  USER  INSPECTOR  COMMAND
 *   4711  v22.12.0  93%    212M  3m 20s  app   closed     node server.js
 */
import stringWidth from 'string-width';
import type { InspectorState, NodeProcess } from '../inspector/process-discovery.ts';
import { formatBytes, formatDuration, formatPercent } from './format.ts';

const PROCESS_LIST_SCHEMA = 'loopscope.ps/1';

const HEADINGS = ['PID', 'NODE', 'CPU', 'MEMORY', 'UP', 'USER', 'INSPECTOR', 'COMMAND'] as const;
const RIGHT_ALIGNED: ReadonlySet<string> = new Set(['PID', 'CPU', 'MEMORY', 'UP']);

/** What `ps --json` prints; CPU in percent of one core, sizes in bytes. */
export function fromNodeProcesses(processes: readonly NodeProcess[]): object {
  return {
    schema: PROCESS_LIST_SCHEMA,
    processes: processes.map(({ inspector, startedAtWallMs, ...process }) => ({
      ...process,
      startedAt: new Date(startedAtWallMs).toISOString(),
      inspector:
        inspector.kind === 'unavailable'
          ? { state: 'unavailable', code: inspector.because.code, message: inspector.because.message }
          : { state: inspector.kind, port: inspector.kind === 'open' ? inspector.port : null },
    })),
  };
}

/**
 * One line a process, the heading first, and below the table why some cannot be attached to.
 * @param columns width of the terminal; null prints commands whole
 */
export function formatProcessList(
  processes: readonly NodeProcess[],
  wallMs: number,
  columns: number | null,
): readonly string[] {
  if (processes.length === 0) return ['no Node process runs on this machine'];
  const rows = [HEADINGS, ...processes.map((process) => rowOf(process, wallMs))];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))));
  const lines = rows.map((row) => formatRow(row, widths));
  const reasons = processes.flatMap(({ inspector }) =>
    inspector.kind === 'unavailable' ? [`  ${inspector.because.message}`] : [],
  );
  const below = reasons.length === 0 ? [] : ['', 'cannot be attached to:', ...reasons];
  return [...lines, ...below].map((line) => (columns === null ? line : cut(line, columns)));
}

/** What can be done about a process, in a few letters. */
export function formatInspectorState(state: InspectorState): string {
  if (state.kind === 'closed') return 'closed';
  if (state.kind === 'unavailable') return state.because.code;
  return `open :${state.port}${state.openedBy === 'loopscope' ? ' (loopscope)' : ''}`;
}

const rowOf = (process: NodeProcess, wallMs: number): readonly string[] => [
  String(process.pid),
  process.node ?? '?',
  formatPercent(process.cpuPercent === null ? null : process.cpuPercent / 100),
  formatBytes(process.rssBytes),
  formatDuration(wallMs - process.startedAtWallMs),
  process.user,
  formatInspectorState(process.inspector),
  process.command + (process.clusterWorker ? ' (cluster worker)' : ''),
];

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => {
    const padding = ' '.repeat((widths[column] ?? 0) - stringWidth(cell));
    return RIGHT_ALIGNED.has(HEADINGS[column] ?? '') ? padding + cell : cell + padding;
  });
  return cells.join('  ').trimEnd();
}

function cut(line: string, columns: number): string {
  let width = 0;
  let kept = '';
  for (const letter of line) {
    width += stringWidth(letter);
    if (width > columns) return kept;
    kept += letter;
  }
  return line;
}
