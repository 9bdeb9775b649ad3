/** `loopscope` alone: the Node processes of this machine, to choose one with the arrow keys. */
import type { NodeProcess } from '../inspector/process-discovery.ts';
import { formatBytes, formatDuration } from '../presentation/format.ts';
import { formatCommand, formatInspectorState } from '../presentation/process-list.ts';
import { clampRow, firstShown } from './drawing/list-window.ts';
import { drawFrame, insideFrame } from './drawing/frame.ts';
import { drawWrapped, wrappedLines } from './drawing/wrapped-text.ts';
import { openListScreen, type Interrupted } from './list-screen.ts';
import type { TerminalSettings } from './terminal/held-terminal.ts';
import type { Surface } from './terminal/surface.ts';

/** What the list showed last. */
export interface ListedProcesses {
  readonly processes: readonly NodeProcess[];
  /** When they were listed, for how long each has been up. */
  readonly wallMs: number;
}

export interface ProcessPicker extends TerminalSettings {
  readonly listed: ListedProcesses;
  /** Lists them anew; asked again and again while the user chooses. */
  readonly list: () => Promise<ListedProcesses>;
}

export type Picked = { readonly kind: 'picked'; readonly pid: number } | { readonly kind: 'left' };

export interface PickerState {
  readonly filter: string;
  readonly row: number;
}

/** As often as a person can read figures that change. */
const REFRESH_EVERY_MS = 1000;

/** Lets the user choose; needs a terminal on stdin and stdout. */
export function pickProcess(picker: ProcessPicker): Promise<Picked | Interrupted> {
  return openListScreen<Picked>(picker, (list) => {
    let state: PickerState = { filter: '', row: 0 };
    let listed = picker.listed;
    const shown = (): readonly NodeProcess[] => filterProcesses(listed.processes, state.filter);
    let choosing = true;
    const refresh = async (): Promise<void> => {
      const latest = await picker.list();
      if (!choosing) return;
      const chosen = shown()[clampRow(state.row, shown().length)]?.pid;
      listed = latest;
      // Processes come and go above it; the one under the cursor stays there.
      const row = shown().findIndex(({ pid }) => pid === chosen);
      if (row >= 0) state = { ...state, row };
      list.changed();
      refreshing = setTimeout(() => void refresh(), REFRESH_EVERY_MS);
    };
    let refreshing = setTimeout(() => void refresh(), REFRESH_EVERY_MS);
    return {
      paint: (surface) => drawPicker(surface, listed, state),
      take(input) {
        if (input.kind !== 'key') return;
        const rows = shown();
        const next = pressInPicker(state, input.name, rows.length);
        if (next === 'open') {
          const chosen = rows[clampRow(state.row, rows.length)];
          if (chosen && canBeTried(chosen)) list.finish({ kind: 'picked', pid: chosen.pid });
        } else if (next === 'leave') list.finish({ kind: 'left' });
        else if (next === 'suspend') list.suspend();
        else if (next === 'repaint') list.repaint();
        else {
          state = next;
          list.changed();
        }
      },
      close() {
        choosing = false;
        clearTimeout(refreshing);
      },
    };
  });
}

/** What a key does: another state, or the end. Letters type into the filter. */
export function pressInPicker(
  state: PickerState,
  key: string,
  rows: number,
): PickerState | 'open' | 'leave' | 'suspend' | 'repaint' {
  switch (key) {
    case 'enter':
      return 'open';
    case 'escape':
      return state.filter === '' ? 'leave' : { filter: '', row: 0 };
    case 'ctrl-c':
      return 'leave';
    case 'ctrl-z':
      return 'suspend';
    case 'ctrl-l':
      return 'repaint';
    case 'up':
      return { ...state, row: clampRow(state.row - 1, rows) };
    case 'down':
      return { ...state, row: clampRow(state.row + 1, rows) };
    case 'page-up':
    case 'home':
      return { ...state, row: 0 };
    case 'page-down':
    case 'end':
      return { ...state, row: clampRow(rows - 1, rows) };
    case 'backspace':
      return { filter: Array.from(state.filter).slice(0, -1).join(''), row: 0 };
    case 'space':
      return { filter: `${state.filter} `, row: 0 };
    case 'q':
      if (state.filter === '') return 'leave';
  }
  return Array.from(key).length === 1 ? { filter: state.filter + key, row: 0 } : state;
}

/** Where only the user can know whether the signal is safe, attaching asks. */
const canBeTried = ({ inspector }: NodeProcess): boolean =>
  inspector.kind !== 'unavailable' || inspector.because.code === 'own-sigusr1-handler-unknown';

/** Processes whose pid, command or user holds the text. */
export function filterProcesses(processes: readonly NodeProcess[], filter: string): readonly NodeProcess[] {
  const wanted = filter.trim().toLowerCase();
  return processes.filter(({ pid, command, user }) =>
    `${pid} ${command} ${user}`.toLowerCase().includes(wanted),
  );
}

/** Columns of the mark beside the selected process. */
const MARK_COLUMNS = 2;
/** Below the list: the whole command, and why not. */
const DETAIL_ROWS = 4;

const COLUMNS = [
  { title: 'PID', width: 7 },
  { title: 'NODE', width: 10 },
  { title: 'CPU', width: 6 },
  { title: 'MEMORY', width: 8 },
  { title: 'UP', width: 9 },
] as const;

export function drawPicker(
  surface: Surface,
  { processes, wallMs }: ListedProcesses,
  state: PickerState,
): void {
  const { theme, width, height } = surface;
  const [dim, key] = [theme.styleOf('dim'), theme.style('accent', { bold: true })];
  surface.spans(0, 0, [
    [' loopscope ', theme.style('onBadge', { background: 'accent', bold: true })],
    ['  which process? ', theme.style('strong', { bold: true })],
    [state.filter, theme.style('search', { bold: true })],
    [' ', theme.style(null, { inverse: true })],
  ]);
  const rows = filterProcesses(processes, state.filter);
  const selected = clampRow(state.row, rows.length);
  surface.inset(0, 1, width, Math.max(4, height - 2 - DETAIL_ROWS), (list) => {
    const count =
      rows.length === processes.length ? `${rows.length}` : `${rows.length} of ${processes.length}`;
    drawFrame(list, { title: 'Node processes', focused: true, right: [[count, dim]] });
    insideFrame(list, (inside) => drawProcesses(inside, rows, selected, wallMs));
  });
  const chosen = rows[selected];
  if (chosen) drawDetails(surface, height - 1 - DETAIL_ROWS, chosen);
  else {
    const why = processes.length === 0 ? 'no Node process runs on this machine' : 'none matches';
    surface.text(4, 3, why, dim);
  }
  surface.spans(
    1,
    height - 1,
    [
      [theme.glyphs.braille ? '↑↓' : 'arrows', key],
      [' choose  ', dim],
      ['enter', key],
      [' attach  ', dim],
      ['type', key],
      [' to filter  ', dim],
      ['q', key],
      [' quit', dim],
    ],
    width - 2,
  );
}

function drawProcesses(
  inside: Surface,
  rows: readonly NodeProcess[],
  selected: number,
  wallMs: number,
): void {
  const dim = inside.theme.styleOf('dim');
  let x = MARK_COLUMNS;
  for (const { title, width: columns } of COLUMNS) {
    inside.textRight(x, 0, columns, title, dim);
    x += columns;
  }
  inside.text(x + 2, 0, 'COMMAND', dim);
  const room = inside.height - 1;
  const first = firstShown(rows.length, room, selected);
  rows.slice(first, first + room).forEach((process, i) => {
    drawProcess(inside, 1 + i, process, wallMs, first + i === selected);
  });
}

/** The whole command, which the list may have cut, and why the process cannot be attached to. */
function drawDetails(surface: Surface, top: number, process: NodeProcess): void {
  const { theme, width } = surface;
  const lines = wrappedLines(formatCommand(process), width - 2);
  const { inspector } = process;
  const unavailable = inspector.kind === 'unavailable' ? inspector.because : null;
  const shown = lines.slice(0, unavailable ? 1 : DETAIL_ROWS);
  shown.forEach((line, i) => surface.text(1, top + i, line, theme.styleOf('dim'), width - 2));
  if (unavailable === null) return;
  const { message, hint } = unavailable;
  drawWrapped(surface, 1, top + shown.length, `${message}; ${hint}`, theme.styleOf('warning'), width - 2);
}

function drawProcess(
  surface: Surface,
  y: number,
  process: NodeProcess,
  wallMs: number,
  selected: boolean,
): void {
  const { theme, width } = surface;
  const usable = process.inspector.kind !== 'unavailable';
  const plain = usable ? 0 : theme.styleOf('dim');
  if (selected) surface.text(0, y, theme.glyphs.selected, theme.style('accent', { bold: true }));
  const texts = [
    String(process.pid),
    process.node ?? '?',
    process.cpuPercent === null ? '–' : `${Math.round(process.cpuPercent)}%`,
    formatBytes(process.rssBytes),
    formatDuration(wallMs - process.startedAtWallMs),
  ];
  let x = MARK_COLUMNS;
  COLUMNS.forEach(({ width: columns }, i) => {
    surface.textRight(
      x,
      y,
      columns,
      texts[i] ?? '',
      i === 0 && selected ? theme.style('accent', { bold: true }) : plain,
    );
    x += columns;
  });
  const state = process.inspector.kind === 'closed' ? '' : formatInspectorState(process.inspector);
  const command = selected ? theme.style('strong', { bold: true }) : plain;
  surface.text(x + 2, y, formatCommand(process), command, width - x - 3 - state.length);
  surface.textRight(width - state.length, y, state.length, state, theme.styleOf(usable ? 'dim' : 'warning'));
}
