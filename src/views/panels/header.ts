/** Two lines at the top: the process and what watching it costs; the screens and the window of time. */
import {
  formatAxisTime,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatMs,
  formatPosition,
  formatSeconds,
  formatShare,
} from '../../presentation/format.ts';
import { selectHeader, type Header, type SessionState } from '../../presentation/header.ts';
import type { Playback } from '../../presentation/playback.ts';
import { assertNever } from '../../shared/result.ts';
import { levelSign, severityLevel } from '../drawing/severity-sign.ts';
import { screenTitle, shortTitle } from '../keymap.ts';
import { spansColumns, type Span, type Surface } from '../terminal/surface.ts';
import type { Theme } from '../terminal/theme.ts';
import { SCREENS, windowMs } from '../ui-state.ts';
import type { Panel, View } from '../view.ts';

export const drawHeader: Panel = (surface, view) => {
  const { theme, width } = surface;
  const header = selectHeader(view.data, view.ui.heldAtMs !== null);
  const [strong, dim] = [theme.style('strong', { bold: true }), theme.styleOf('dim')];
  const right = rightOf(header, view, width, theme);
  const rightColumns = spansColumns(right);
  surface.spans(width - rightColumns - 1, 0, right);
  const left: Span[] = [
    [' loopscope ', theme.style('onBadge', { background: 'accent', bold: true })],
    [' ', 0],
    [header.name, strong],
  ];
  if (header.target) left.push(['  pid ', dim], [String(header.target.pid), 0]);
  const room = width - rightColumns - 3;
  for (const part of asides(header)) {
    const spans: Span[] = [
      [`  ${part.label} `, dim],
      [part.value, 0],
    ];
    if (spansColumns(left) + spansColumns(spans) > room) continue;
    left.push(...spans);
  }
  surface.spans(0, 0, left, room);
};

/** What is left out first on a narrow screen stands last. */
function asides(header: Header): readonly { readonly label: string; readonly value: string }[] {
  const { target, uptimeMs } = header;
  return [
    { label: 'cpu', value: header.cpuPercent === null ? '–' : `${Math.round(header.cpuPercent)}%` },
    { label: 'rss', value: formatBytes(header.rssBytes) },
    ...(target ? [{ label: 'node', value: target.node.replace(/^v/, '') }] : []),
    ...(uptimeMs === null ? [] : [{ label: 'up', value: formatDuration(uptimeMs) }]),
    ...(target ? [{ label: 'on', value: target.hostname }] : []),
  ];
}

function rightOf(header: Header, { playback }: View, width: number, theme: Theme): readonly Span[] {
  const dim = theme.styleOf('dim');
  const spans: Span[] = playback ? [...playbackSpans(playback, theme)] : [];
  // A recording is never live; that it is blocked or has ended is worth saying in it, too.
  if (!playback || header.state.kind !== 'live') spans.push(...stateSpans(header.state, theme));
  spans.push(['  cost ', dim], [formatShare(header.ownCostShare), 0]);
  if (header.isHeldBack) spans.push([' held back', theme.styleOf('warning')]);
  if (header.lost > 0) spans.push(['  lost ', dim], [formatCount(header.lost), theme.styleOf('warning')]);
  if (header.wallMs !== null && width >= 78) spans.push(['  ', 0], [formatClock(header.wallMs), 0]);
  return spans;
}

function stateSpans(state: SessionState, theme: Theme): readonly Span[] {
  const { glyphs } = theme;
  const badge = (text: string, background: 'warning' | 'dim'): Span[] => [
    [` ${text} `, theme.style('onBadge', { background, bold: true })],
  ];
  switch (state.kind) {
    case 'connecting':
      return [[`${glyphs.unknown} CONNECTING`, theme.styleOf('dim')]];
    case 'live':
      return [
        [glyphs.live, theme.styleOf('ok')],
        [' LIVE', theme.style('ok', { bold: true })],
      ];
    case 'frozen':
      return badge(
        `${glyphs.pause} FROZEN${state.behindMs >= 1000 ? ` -${formatAxisTime(state.behindMs)}` : ''}`,
        'warning',
      );
    case 'blocked':
      return [
        [
          ` ${glyphs.critical} BLOCKED ${formatSeconds(state.forMs)} `,
          theme.style('onCritical', { background: 'criticalBadge', bold: true }),
        ],
      ];
    case 'lost':
      return badge(`${glyphs.warning} LOST${howText(state.how)}`, 'warning');
    case 'ended':
      return badge(`${glyphs.ended} ENDED${howText(state.how)}`, 'dim');
    default:
      return assertNever(state);
  }
}

/** `▶ REPLAY 0:42/1:00 x2`: whether it plays, where it stands, how fast time passes. */
function playbackSpans(playback: Playback, theme: Theme): readonly Span[] {
  const { startMs, endMs, positionMs, playing, speed } = playback;
  const at = `${formatPosition(positionMs - startMs)}/${formatPosition(endMs - startMs)}`;
  const sign = playing ? theme.glyphs.selected : theme.glyphs.pause;
  const pace = speed === 1 ? '' : ` x${speed}`;
  return [
    [` ${sign} REPLAY ${at}${pace} `, theme.style('onBadge', { background: 'accent', bold: true })],
    [' ', 0],
  ];
}

/** The header has room for the gist; the verdict's line has all of it. */
const HOW_LENGTH = 40;

function howText(how: string | null): string {
  return how === null ? '' : `: ${how.replace(/^the process /, '').slice(0, HOW_LENGTH)}`;
}

export const drawTabs: Panel = (surface, view) => {
  const { theme, width } = surface;
  const time = windowSpans(view, theme);
  const timeColumns = spansColumns(time);
  surface.spans(width - timeColumns - 1, 0, time);
  const spans = tabSpans(view, theme, true);
  const fits = spansColumns(spans) <= width - timeColumns - 3;
  const shown = fits ? spans : tabSpans(view, theme, false);
  surface.spans(1, 0, shown, width - timeColumns - 2);
  touchTabs(surface, shown);
};

/** Five spans make a tab. */
function touchTabs(surface: Surface, spans: readonly Span[]): void {
  let x = 1;
  SCREENS.forEach((screen, i) => {
    const columns = spansColumns(spans.slice(i * SPANS_OF_TAB, (i + 1) * SPANS_OF_TAB));
    surface.touch(x, 0, columns, 1, { kind: 'screen', screen });
    x += columns;
  });
}

const SPANS_OF_TAB = 5;

function tabSpans(view: View, theme: Theme, roomy: boolean): Span[] {
  const spans: Span[] = [];
  SCREENS.forEach((screen, i) => {
    const active = view.ui.screen === screen;
    const key = active
      ? theme.style('strong', { background: 'tab', bold: true })
      : theme.style('accent', { bold: true });
    const name = active ? theme.style('strong', { background: 'tab', bold: true }) : theme.styleOf('dim');
    const title = roomy || active ? screenTitle(screen) : shortTitle(screen);
    spans.push([active ? ' ' : '', name], [`${i + 1}`, key], [` ${title}`, name], [active ? ' ' : '', name]);
    spans.push([roomy ? '  ' : ' ', 0]);
  });
  for (const severity of ['critical', 'warning'] as const) {
    const count = view.data.findings.filter((finding) => finding.severity === severity).length;
    if (count === 0) continue;
    const [sign, style] = levelSign(theme, severityLevel(severity));
    spans.push([`${sign}${count} `, style]);
  }
  return spans;
}

function windowSpans(view: View, theme: Theme): Span[] {
  const dim = theme.styleOf('dim');
  const key = theme.style('accent', { bold: true });
  const { chosenSpan } = view.ui;
  if (chosenSpan) {
    const length = formatMs(chosenSpan.toMs - chosenSpan.fromMs);
    return [
      [' span ', theme.style('onBadge', { background: 'accent', bold: true })],
      [` ${length}  `, theme.style('strong', { bold: true })],
      ['space', key],
      [' follow', dim],
    ];
  }
  return [
    ['window ', dim],
    [formatAxisTime(windowMs(view.ui)), 0],
    ['  -', key],
    ['/', dim],
    ['+', key],
  ];
}

/** What is drawn instead of everything when the terminal is too small. */
export function drawTooSmall(
  surface: Surface,
  needed: { readonly columns: number; readonly rows: number },
): void {
  const lines = [
    'loopscope',
    `needs ${needed.columns}x${needed.rows}`,
    `this is ${surface.width}x${surface.height}`,
    'q quits',
  ];
  const top = Math.max(0, Math.floor((surface.height - lines.length) / 2));
  lines.forEach((line, i) => {
    const left = Math.max(0, Math.floor((surface.width - line.length) / 2));
    const style = i === 0 ? surface.theme.style('strong', { bold: true }) : surface.theme.styleOf('dim');
    surface.text(left, top + i, line, style);
  });
}
