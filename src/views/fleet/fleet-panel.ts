/** Several processes side by side, and below them what was found in any of them. Pure. */
import { mergeFindings } from '../../diagnosis/fleet-diagnosis.ts';
import type { FleetFinding } from '../../model/fleet-report.ts';
import { formatProcesses, type FleetRow } from '../../presentation/fleet-rows.ts';
import { formatBytes, formatMs, formatPercent, formatRate } from '../../presentation/format.ts';
import {
  LATENCY_MS,
  levelOf,
  LOOP_BUSY,
  LOOP_DELAY_MS,
  type FigureLevel,
} from '../../presentation/symptoms.ts';
import { formatCulprit } from '../../presentation/verdict.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { clampRow, firstShown } from '../drawing/list-window.ts';
import { drawWrapped } from '../drawing/wrapped-text.ts';
import { LEVEL_TOKENS, levelSign, severityLevel } from '../drawing/severity-sign.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import type { StyleId } from '../terminal/theme.ts';

/** The row is the process under the cursor. */
export interface FleetView {
  readonly rows: readonly FleetRow[];
  readonly row: number;
}

const FIGURES = [
  { title: 'PID', width: 8 },
  { title: 'BUSY', width: 6 },
  { title: 'DELAY', width: 8 },
  { title: 'CPU', width: 6 },
  { title: 'RPS', width: 7 },
  { title: 'P95', width: 8 },
  { title: 'MEM', width: 7 },
] as const;
const FIGURE_COLUMNS = FIGURES.reduce((sum, { width }) => sum + width, 0);

/** From this width on there is room for names beside the figures. */
const ROOM_FOR_NAMES = 110;
const NAME_COLUMNS = 22;
/** The title, the headings, the processes' frame and the keys. */
const LINES_AROUND = 5;
/** A finding is its title and where it is. */
const FINDING_LINES = 2;
/** Why a process cannot be attached to, and what to do. */
const NOTE_LINES = 3;

export function drawFleet(surface: Surface, view: FleetView): void {
  const { width, height } = surface;
  drawTitle(surface, view.rows);
  // The processes take what they need, and leave at least a third to what was found.
  const rows = Math.max(1, Math.min(view.rows.length, Math.floor((height - LINES_AROUND) * 0.65)));
  surface.inset(0, 1, width, rows + 3, (part) => drawProcesses(part, view));
  surface.inset(0, rows + 4, width, height - rows - 5, (part) => drawFindings(part, view));
  drawKeys(surface);
}

function drawTitle(surface: Surface, rows: readonly FleetRow[]): void {
  const { theme, width } = surface;
  const worst = rows.flatMap(({ findings }) => findings);
  const live = rows.filter(({ state }) => state.kind === 'live' || state.kind === 'blocked').length;
  const counts: Span[] = (['critical', 'warning'] as const).flatMap((severity) => {
    const processes = rows.filter(({ findings }) => findings.some((each) => each.severity === severity));
    if (worst.length === 0 || processes.length === 0) return [];
    return [levelSign(theme, severityLevel(severity)), [` on ${processes.length}  `, 0]];
  });
  surface.spans(
    0,
    0,
    [
      [' loopscope ', theme.style('onBadge', { background: 'accent', bold: true })],
      [`  ${live} of ${rows.length} processes`, theme.style('strong', { bold: true })],
      [' watched   ', theme.styleOf('dim')],
      ...counts,
    ],
    width - 1,
  );
}

function drawProcesses(surface: Surface, view: FleetView): void {
  drawFrame(surface, {
    title: 'Processes',
    focused: true,
    right: [['last 10 s', surface.theme.styleOf('dim')]],
  });
  insideFrame(surface, (inside) => {
    const { theme, width, height } = inside;
    const named = width >= ROOM_FOR_NAMES;
    const left = 2 + (named ? NAME_COLUMNS : 0);
    const dim = theme.styleOf('dim');
    if (named) inside.text(2, 0, 'NAME', dim);
    let x = left;
    for (const { title, width: columns } of FIGURES) {
      inside.textRight(x, 0, columns, title, dim);
      x += columns;
    }
    inside.text(left + FIGURE_COLUMNS + 2, 0, 'FOUND', dim);
    const selected = clampRow(view.row, view.rows.length);
    const first = firstShown(view.rows.length, height - 1, selected);
    view.rows.slice(first, first + height - 1).forEach((row, i) => {
      const isSelected = first + i === selected;
      const y = 1 + i;
      if (isSelected) inside.text(0, y, theme.glyphs.selected, theme.style('accent', { bold: true }));
      const strong = isSelected ? theme.style('strong', { bold: true }) : 0;
      if (named) inside.text(2, y, row.name, strong, NAME_COLUMNS - 1);
      drawFigures(inside, left, y, row, strong);
      inside.spans(left + FIGURE_COLUMNS + 2, y, foundSpans(inside, row), width - left - FIGURE_COLUMNS - 2);
    });
  });
}

function drawFigures(surface: Surface, left: number, y: number, row: FleetRow, strong: StyleId): void {
  const { theme } = surface;
  const styled = (level: FigureLevel): StyleId =>
    level === 'plain' ? 0 : theme.style(LEVEL_TOKENS[level], { bold: true });
  const texts: readonly (readonly [string, StyleId])[] = [
    [row.pid === 0 ? '–' : String(row.pid), strong],
    [formatPercent(row.utilization), styled(levelOf(row.utilization, LOOP_BUSY))],
    [formatMs(row.delayP99Ms), styled(levelOf(row.delayP99Ms, LOOP_DELAY_MS))],
    [row.cpuPercent === null ? '–' : `${Math.round(row.cpuPercent)}%`, 0],
    [formatRate(row.perSecond).replace('/s', ''), 0],
    [formatMs(row.latencyP95Ms), styled(levelOf(row.latencyP95Ms, LATENCY_MS))],
    [formatBytes(row.rssBytes), 0],
  ];
  let x = left;
  FIGURES.forEach(({ width }, i) => {
    const [text, style] = texts[i] ?? ['', 0];
    surface.textRight(x, y, width, text, style);
    x += width;
  });
}

/** Its state where it is not simply live, then the worst of it. */
function foundSpans({ theme }: Surface, { state, findings, restarts }: FleetRow): readonly Span[] {
  const dim = theme.styleOf('dim');
  const again: readonly Span[] =
    restarts > 0 ? [[`started ${restarts + 1} times `, theme.styleOf('warning')]] : [];
  if (state.kind === 'blocked')
    return [[`${theme.glyphs.critical} ${state.text}`, theme.styleOf('critical')]];
  if (state.kind !== 'live')
    return [...again, [state.text, state.kind === 'unattached' ? dim : theme.styleOf('warning')]];
  const [worst] = findings;
  if (worst === undefined) return [...again, [theme.glyphs.ok, theme.styleOf('ok')]];
  return [...again, levelSign(theme, severityLevel(worst.severity)), [` ${worst.title}`, 0]];
}

function drawFindings(surface: Surface, { rows, row }: FleetView): void {
  const { theme } = surface;
  drawFrame(surface, { title: 'Findings of all' });
  const findings = mergeFindings(
    rows.map(({ pid, findings: own }) => ({ pid, findings: own, readiness: [] })),
  );
  insideFrame(surface, (inside) => {
    const selected = rows[clampRow(row, rows.length)];
    if (selected?.state.kind === 'unattached') {
      // Why not, in full: the table has room for its beginning.
      const text = `${selected.pid}: ${selected.state.text}`;
      drawWrapped(inside, 0, inside.height - NOTE_LINES, text, theme.styleOf('warning'), inside.width);
    }
    if (findings.length === 0) inside.text(0, 0, 'nothing found yet', theme.styleOf('dim'));
    findings.slice(0, Math.floor(inside.height / FINDING_LINES)).forEach((finding, i) => {
      drawFinding(inside, i * FINDING_LINES, finding, rows.length);
    });
  });
}

function drawFinding(surface: Surface, y: number, finding: FleetFinding, processes: number): void {
  const { theme, width } = surface;
  const place = formatCulprit(finding.culprits[0]);
  surface.spans(
    0,
    y,
    [
      levelSign(theme, severityLevel(finding.severity)),
      [` ${finding.title}`, theme.style('strong', { bold: true })],
    ],
    width,
  );
  surface.spans(
    2,
    y + 1,
    [
      [formatProcesses(finding.processes, processes), theme.styleOf('accent')],
      [place === '' ? '' : `  ${place}`, theme.styleOf('dim')],
    ],
    width - 2,
  );
}

function drawKeys(surface: Surface): void {
  const { theme, width, height } = surface;
  const [dim, key] = [theme.styleOf('dim'), theme.style('accent', { bold: true })];
  surface.spans(
    1,
    height - 1,
    [
      [theme.glyphs.braille ? '↑↓' : 'arrows', key],
      [' choose  ', dim],
      ['enter', key],
      [' its screens  ', dim],
      ['esc', key],
      [' there leads back  ', dim],
      ['q', key],
      [' quit', dim],
    ],
    width - 2,
  );
}
