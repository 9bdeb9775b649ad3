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
 * One line a process, the heading first, and below the table, whole, why some cannot be attached to.
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
  const lines = rows
    .map((row) => formatRow(row, widths))
    .map((line) => (columns === null ? line : cut(line, columns)));
  const below = reasonsOf(processes).map((reason) => `  ${reason}`);
  return below.length === 0 ? lines : [...lines, '', 'cannot be attached to:', ...below];
}

/** The first process of each kind that cannot be attached to, and how many more there are. */
function reasonsOf(processes: readonly NodeProcess[]): readonly string[] {
  const byCode = new Map<string, { readonly first: string; more: number }>();
  for (const { inspector } of processes) {
    if (inspector.kind !== 'unavailable') continue;
    const { code, message } = inspector.because;
    const known = byCode.get(code);
    if (known === undefined) byCode.set(code, { first: message, more: 0 });
    else known.more++;
  }
  return [...byCode.values()].map(({ first, more }) =>
    more === 0 ? first : `${first} (and ${more} more like it)`,
  );
}

/** What `because.code` is called where there is little room. */
const SHORT_REASONS: Readonly<Record<string, string>> = {
  'other-user': 'other user',
  'sigusr1-disabled': 'disabled',
  'sigusr1-unhandled': 'unhandled',
  'own-sigusr1-handler': 'own handler',
  'own-sigusr1-handler-unknown': 'unclear',
  'other-network-namespace': 'other net',
  'debug-port-taken': 'port taken',
};

/** What can be done about a process, in a few letters. */
export function formatInspectorState(state: InspectorState): string {
  if (state.kind === 'closed' || state.kind === 'agent') return state.kind;
  if (state.kind === 'unavailable') return SHORT_REASONS[state.because.code] ?? state.because.code;
  return `${state.openedBy === 'loopscope' ? 'loopscope' : 'open'} :${state.port}`;
}

/** The command line without the folder of the program: what runs is Node anyway. */
export const formatCommand = ({ command, clusterWorker }: NodeProcess): string =>
  command.replace(/^\/\S*\/(?=\S)/, '') + (clusterWorker ? ' (cluster worker)' : '');

const rowOf = (process: NodeProcess, wallMs: number): readonly string[] => [
  String(process.pid),
  process.node ?? '?',
  formatPercent(process.cpuPercent === null ? null : process.cpuPercent / 100),
  formatBytes(process.rssBytes),
  formatDuration(wallMs - process.startedAtWallMs),
  process.user,
  formatInspectorState(process.inspector),
  formatCommand(process),
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
