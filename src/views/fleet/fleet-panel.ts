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
import { drawSparkline } from '../drawing/sparkline.ts';
import { drawWrapped } from '../drawing/wrapped-text.ts';
import { LEVEL_TOKENS, levelSign, severityLevel } from '../drawing/severity-sign.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import type { StyleId } from '../terminal/theme.ts';

/** The row is the process under the cursor. */
export interface FleetView {
  readonly rows: readonly FleetRow[];
  readonly row: number;
  /** What a key has done, in the place of the keys until the next one; null for none. */
  readonly notice: string | null;
  /** Whether they are in recordings, and not watched now. */
  readonly isRecorded: boolean;
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

/** From this width on there is room for names beside the figures, and for what the loop did. */
const ROOM_FOR_NAMES = 110;
const NAME_COLUMNS = 22;
const PAST_COLUMNS = 20;
const GAP_COLUMNS = 2;
/** The title, the headings, the processes' frame and the keys. */
const LINES_AROUND = 5;
/** A finding is its title and where it is; where there is room, what it does, how it is known and what to do. */
const FINDING_LINES = 2;
const MOST_EVIDENCE = 3;
const MOST_REMEDIES = 2;
/** Why a process cannot be attached to, and what to do. */
const NOTE_LINES = 3;

export function drawFleet(surface: Surface, view: FleetView): void {
  const { width, height } = surface;
  drawTitle(surface, view);
  // The processes take what they need, and leave at least a third to what was found.
  const rows = Math.max(1, Math.min(view.rows.length, Math.floor((height - LINES_AROUND) * 0.65)));
  surface.inset(0, 1, width, rows + 3, (part) => drawProcesses(part, view));
  surface.inset(0, rows + 4, width, height - rows - 5, (part) => drawFindings(part, view));
  drawKeys(surface, view);
}

function drawTitle(surface: Surface, { rows, isRecorded }: FleetView): void {
  const { theme, width } = surface;
  const worst = rows.flatMap(({ findings }) => findings);
  const live = rows.filter(({ state }) => state.kind === 'live' || state.kind === 'blocked').length;
  const counts: Span[] = (['critical', 'warning'] as const).flatMap((severity) => {
    const processes = rows.filter(({ findings }) => findings.some((each) => each.severity === severity));
    if (worst.length === 0 || processes.length === 0) return [];
    return [levelSign(theme, severityLevel(severity)), [` ${severity} on ${processes.length}   `, 0]];
  });
  surface.spans(
    0,
    0,
    [
      [' loopscope ', theme.style('onBadge', { background: 'accent', bold: true })],
      [`  ${isRecorded ? '' : `${live} of `}${rows.length} processes`, theme.style('strong', { bold: true })],
      [isRecorded ? ' recorded   ' : ' watched   ', theme.styleOf('dim')],
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
    const columns = columnsOf(width);
    const dim = theme.styleOf('dim');
    if (columns.past > 0) {
      inside.text(GAP_COLUMNS, 0, 'NAME', dim);
      inside.text(columns.past, 0, 'BUSY, LAST MINUTE', dim);
    }
    let x = columns.figures;
    for (const figure of FIGURES) {
      inside.textRight(x, 0, figure.width, figure.title, dim);
      x += figure.width;
    }
    inside.text(columns.found, 0, 'FOUND', dim);
    const selected = clampRow(view.row, view.rows.length);
    const first = firstShown(view.rows.length, height - 1, selected);
    view.rows.slice(first, first + height - 1).forEach((row, i) => {
      const isSelected = first + i === selected;
      const y = 1 + i;
      if (isSelected) inside.text(0, y, theme.glyphs.selected, theme.style('accent', { bold: true }));
      const strong = isSelected ? theme.style('strong', { bold: true }) : 0;
      if (columns.past > 0) {
        inside.text(GAP_COLUMNS, y, row.name, strong, NAME_COLUMNS - 1);
        drawPast(inside, columns.past, y, row);
      }
      drawFigures(inside, columns.figures, y, row, strong);
      inside.spans(columns.found, y, foundSpans(inside, row), width - columns.found);
    });
  });
}

/** Where the parts of a row begin; `past` is 0 where there is room for figures alone. */
function columnsOf(width: number): {
  readonly figures: number;
  readonly past: number;
  readonly found: number;
} {
  const isWide = width >= ROOM_FOR_NAMES;
  // Digits of a pid fill its column from the right: what is left of them separates it from the cursor.
  const figures = isWide ? GAP_COLUMNS + NAME_COLUMNS : 0;
  const past = isWide ? figures + FIGURE_COLUMNS + GAP_COLUMNS : 0;
  return { figures, past, found: (isWide ? past + PAST_COLUMNS : figures + FIGURE_COLUMNS) + GAP_COLUMNS };
}

function drawPast(surface: Surface, x: number, y: number, { busy }: FleetRow): void {
  const { theme } = surface;
  drawSparkline(surface, busy, {
    x,
    y,
    width: PAST_COLUMNS,
    max: 1,
    styleOf: (value) => theme.styleOf(LEVEL_TOKENS[levelOf(value, LOOP_BUSY)]),
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
    restarts > 0 ? [[`started ${restarts + 1} times`, theme.styleOf('warning')]] : [];
  if (state.kind === 'blocked')
    return [[`${theme.glyphs.critical} ${state.text}`, theme.styleOf('critical')]];
  const before: readonly Span[] = again.length > 0 ? [...again, [', ', dim]] : [];
  if (state.kind !== 'live')
    return [...before, [state.text, state.kind === 'unattached' ? dim : theme.styleOf('warning')]];
  const [worst] = findings;
  if (worst === undefined) return [[theme.glyphs.ok, theme.styleOf('ok')], [' ', 0], ...again];
  return [levelSign(theme, severityLevel(worst.severity)), [' ', 0], ...before, [worst.title, 0]];
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
    const room = inside.height - (selected?.state.kind === 'unattached' ? NOTE_LINES : 0);
    if (findings.length === 0) inside.text(0, 0, 'nothing found yet', theme.styleOf('dim'));
    const shown = findings.slice(0, Math.floor(room / FINDING_LINES));
    // The worst come first, and are told the most of: each leaves its lines and an empty one to those that follow.
    let y = 0;
    for (const [i, finding] of shown.entries()) {
      const following = (shown.length - 1 - i) * (FINDING_LINES + 1);
      y = drawFinding(inside, y, finding, rows.length, Math.max(FINDING_LINES, room - y - following));
    }
  });
}

/** Returns the row for the next one. */
function drawFinding(
  surface: Surface,
  y: number,
  finding: FleetFinding,
  processes: number,
  lines: number,
): number {
  const { theme, width } = surface;
  const [dim, place] = [theme.styleOf('dim'), formatCulprit(finding.culprits[0])];
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
      [place === '' ? '' : `  ${place}`, dim],
    ],
    width - 2,
  );
  const details: readonly (readonly [string, StyleId])[] = [
    [finding.impact, 0],
    ...finding.evidence.slice(0, MOST_EVIDENCE).map((text) => [`- ${text}`, dim] as const),
    ...finding.remedies
      .slice(0, MOST_REMEDIES)
      .map((text) => [`${theme.glyphs.remedy} ${text}`, theme.styleOf('accent')] as const),
  ];
  const told = details.slice(0, Math.max(0, lines - FINDING_LINES - 1));
  told.forEach(([text, style], i) => surface.text(2, y + FINDING_LINES + i, text, style, width - 2));
  const next = y + FINDING_LINES + told.length;
  return lines > FINDING_LINES ? next + 1 : next;
}

function drawKeys(surface: Surface, { notice, isRecorded }: FleetView): void {
  const { theme, width, height } = surface;
  const [dim, key] = [theme.styleOf('dim'), theme.style('accent', { bold: true })];
  const keys: readonly (readonly [string, string])[] = [
    [theme.glyphs.braille ? '↑↓' : 'arrows', 'choose'],
    ['enter', 'its screens, esc back'],
    ...(isRecorded ? [] : [['w', 'write'] as const]),
    ['q', 'quit'],
  ];
  const spans: readonly Span[] =
    notice === null
      ? keys.flatMap(([name, does]): Span[] => [
          [name, key],
          [` ${does}   `, dim],
        ])
      : [[notice, theme.styleOf('strong')]];
  surface.spans(1, height - 1, spans, width - 2);
}
