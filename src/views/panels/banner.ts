/** The verdict: the first thing that is read. One line on small screens, more where there is room. */
import { formatDuration, formatPlace } from '../../presentation/format.ts';
import { formatCulprit, selectVerdict, type Verdict } from '../../presentation/verdict.ts';
import type { Finding } from '../../model/finding.ts';
import { levelSign, severityLevel } from '../drawing/severity-sign.ts';
import type { Token } from '../terminal/palettes.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import type { Panel } from '../view.ts';

/** Rows from which culprit, impact and remedy have a line each. */
const ROOM_FOR_REMEDY = 4;

export const drawBanner: Panel = (surface, view) => {
  const verdict = selectVerdict(view.data);
  switch (verdict.kind) {
    case 'blocked':
      return drawBlocked(surface, verdict);
    case 'finding':
      return drawFinding(surface, verdict);
    case 'unexplained':
      return drawCalm(surface, 'warning', 'UNEXPLAINED', verdict.because);
    case 'healthy':
      return drawCalm(surface, 'ok', 'HEALTHY', `nothing wrong in the last ${formatDuration(verdict.forMs)}`);
    case 'watching':
      return drawCalm(surface, 'accent', 'WATCHING', 'not enough seen yet to tell');
    case 'ended':
      return drawCalm(surface, 'dim', 'ENDED', `${verdict.how}; what was seen stays here until q`);
    case 'lost':
      return drawCalm(surface, 'warning', 'LOST', `${verdict.how}; the service may live on`);
  }
};

function drawBlocked(surface: Surface, verdict: Extract<Verdict, { kind: 'blocked' }>): void {
  const { theme, width, height } = surface;
  const block = theme.style('onCritical', { background: 'criticalBadge', bold: true });
  const plain = theme.style('onCritical', { background: 'criticalBadge' });
  surface.fill(0, 0, width, height, ' ', block);
  const sign = theme.glyphs.critical;
  if (height === 1) {
    surface.text(1, 0, `${sign} ${verdict.headline} ${verdict.where} (${verdict.detail})`, block, width - 2);
    return;
  }
  const callers = Math.max(0, Math.min(verdict.stack.length - 1, height - 2));
  const top = Math.floor((height - 2 - callers) / 2);
  surface.text(2, top, `${sign}  ${verdict.headline}   ${verdict.where}`, block, width - 4);
  surface.text(5, top + 1, verdict.detail, plain, width - 7);
  verdict.stack.slice(1, 1 + callers).forEach((frame, i) => {
    const line = `${theme.glyphs.left} ${frame.function}  ${formatPlace(frame)}`;
    surface.text(5, top + 2 + i, line, plain, width - 7);
  });
}

function drawFinding(surface: Surface, verdict: Extract<Verdict, { kind: 'finding' }>): void {
  const { theme, width, height } = surface;
  const { finding } = verdict;
  const level = severityLevel(finding.severity);
  const [sign] = levelSign(theme, level);
  const badge: Span = [
    ` ${sign} ${finding.severity.toUpperCase()} `,
    finding.severity === 'critical'
      ? theme.style('onCritical', { background: 'criticalBadge', bold: true })
      : theme.style('onBadge', { background: 'warning', bold: true }),
  ];
  const why: Span[] = [
    ['enter', theme.style('accent', { bold: true })],
    [' why', theme.styleOf('dim')],
  ];
  surface.spans(width - 10, 0, why);
  const titleAt = 1 + surface.spans(1, 0, [badge]) + 2;
  const used = surface.text(
    titleAt,
    0,
    finding.title,
    theme.style('strong', { bold: true }),
    width - titleAt - 12,
  );
  const culprit = formatCulprit(finding.culprits[0]);
  if (height === 1) {
    const rest = titleAt + used + 2;
    surface.text(rest, 0, finding.impact, theme.styleOf('dim'), width - rest - 12);
    return;
  }
  if (height >= ROOM_FOR_REMEDY) return drawAll(surface, titleAt, culprit, finding);
  const line: Span[] = [];
  if (culprit !== '') line.push([culprit, theme.style('accent', { bold: true })], ['  ', 0]);
  line.push([finding.impact, theme.styleOf('dim')]);
  surface.spans(titleAt, 1, line, width - titleAt - 2);
}

/** One thing a line, read from a distance. */
function drawAll(surface: Surface, left: number, culprit: string, finding: Finding): void {
  const { theme, width } = surface;
  const remedy = finding.remedies[0];
  const lines: Span[] = [
    [culprit, theme.style('accent', { bold: true })],
    [finding.impact, theme.styleOf('text')],
    [remedy === undefined ? '' : `${theme.glyphs.remedy} ${remedy}`, theme.styleOf('accent')],
  ];
  lines
    .filter(([text]) => text !== '')
    .forEach(([text, style], i) => surface.text(left, 1 + i, text, style, width - left - 2));
}

function drawCalm(surface: Surface, token: Token, badge: string, text: string): void {
  const { theme } = surface;
  const sign = token === 'ok' ? `${theme.glyphs.ok} ` : '';
  surface.spans(
    1,
    0,
    [
      [` ${sign}${badge} `, theme.style('onBadge', { background: token, bold: true })],
      ['  ', 0],
      [text, theme.styleOf('text')],
    ],
    surface.width - 2,
  );
}
