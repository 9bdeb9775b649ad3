/** Everything about one finding: what, who, why we think so, what to do, and which screen proves it. */
import type { Culprit, Finding, ReadinessCheck } from '../../model/finding.ts';
import { formatPercent, formatPlace, formatShare } from '../../presentation/format.ts';
import { CERTAINTY_WORDS, sortFindings } from '../../presentation/verdict.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { LEVEL_TOKENS, levelSign, severityLevel } from '../drawing/severity-sign.ts';
import { drawWrapped } from '../drawing/wrapped-text.ts';
import { screenTitle } from '../keymap.ts';
import { cursorRow } from '../list-cursor.ts';
import { provingScreen } from '../proving-screen.ts';
import { assertNever } from '../../shared/result.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import { textColumns } from '../terminal/text-cells.ts';
import type { Theme } from '../terminal/theme.ts';
import type { Panel, View } from '../view.ts';

/** Columns of a check's sign and name. */
const CHECK_COLUMNS = 25;

export const drawFindingDetail: Panel = (surface, view) => {
  const { theme } = surface;
  const findings = sortFindings(view.data.findings);
  const finding = findings[cursorRow(view.ui, 'findings', findings)];
  if (!finding) return drawChecks(surface, view);
  drawFrame(surface, {
    title: 'Why',
    right: [[`${formatPercent(finding.confidence)} sure`, theme.styleOf('dim')]],
  });
  insideFrame(surface, (inside) => drawFindingText(inside, view, finding));
};

function drawFindingText(inside: Surface, view: View, finding: Finding): void {
  const { theme, width } = inside;
  const dim = theme.styleOf('dim');
  const heading = theme.style('title', { bold: true });
  const level = severityLevel(finding.severity);
  inside.spans(0, 0, [levelSign(theme, level)]);
  let y = drawWrapped(
    inside,
    2,
    0,
    finding.title,
    theme.style(LEVEL_TOKENS[level], { bold: true }),
    width - 2,
  );
  y = drawWrapped(inside, 2, y, finding.impact, 0, width - 2) + 1;
  const [culprit] = finding.culprits;
  if (culprit) y = drawCulprit(inside, y, culprit, view);
  if (finding.remedies.length > 0) {
    inside.text(0, y++, 'What to do', heading);
    for (const line of finding.remedies) {
      inside.text(0, y, theme.glyphs.remedy, theme.style('accent', { bold: true }));
      y = drawWrapped(inside, 2, y, line, theme.styleOf('accent'), width - 2);
    }
    y++;
  }
  if (finding.evidence.length > 0) {
    inside.text(0, y++, 'Evidence', heading);
    for (const line of finding.evidence) {
      inside.text(0, y, theme.glyphs.dot, dim);
      y = drawWrapped(inside, 2, y, line, 0, width - 2);
    }
    y++;
  }
  if (finding.routes.length > 0) {
    inside.text(0, y++, 'Routes', heading);
    y = drawWrapped(inside, 2, y, finding.routes.join('  '), 0, width - 2) + 1;
  }
  // Whatever is below the fold, where to go on is not.
  const last = Math.min(y, inside.height - 1);
  inside.fill(0, last, width, 1, ' ', 0);
  inside.spans(0, last, [
    ['enter', theme.style('accent', { bold: true })],
    [` shows it on ${screenTitle(provingScreen(finding.kind))}   `, dim],
    ['y', theme.style('accent', { bold: true })],
    [' copies it', dim],
  ]);
}

function drawCulprit(inside: Surface, top: number, culprit: Culprit, view: View): number {
  const { theme, width } = inside;
  const dim = theme.styleOf('dim');
  let y = top;
  inside.text(0, y++, 'Culprit', theme.style('title', { bold: true }));
  const place = `${culprit.file}:${culprit.line}`;
  const fits = culprit.function.length + place.length + 4 <= width;
  inside.spans(2, y++, [
    [culprit.function, theme.style('strong', { bold: true })],
    [`  ${fits ? place : formatPlace(culprit)}`, theme.styleOf('accent')],
    [culprit.package === null ? '' : `  package ${culprit.package}`, dim],
  ]);
  inside.text(
    2,
    y++,
    `${formatShare(culprit.share)} of it; ${CERTAINTY_WORDS[culprit.certainty]}`,
    dim,
    width - 2,
  );
  const source = view.sourceAround?.(culprit.file, culprit.line) ?? [];
  for (const { line, text } of source) {
    const here = line === culprit.line;
    inside.text(2, y, here ? theme.glyphs.selected : ' ', theme.style('critical', { bold: true }));
    inside.textRight(4, y, 5, String(line), theme.styleOf('faint'));
    inside.text(11, y++, text, here ? theme.style('strong', { bold: true }) : dim, width - 11);
  }
  if (source.length === 0) {
    for (const line of culprit.stack.slice(1, 4))
      inside.text(2, y++, `${theme.glyphs.left} ${line}`, dim, width - 2);
  }
  return y + 1;
}

/** Without a finding, what was checked and how each check came out. */
function drawChecks(surface: Surface, view: View): void {
  const { theme } = surface;
  drawFrame(surface, { title: 'Readiness' });
  insideFrame(surface, (inside) => drawReadiness(inside, view));
  if (view.data.readiness.length === 0) surface.text(2, 1, 'not enough seen yet', theme.styleOf('dim'));
}

export const drawReadinessPanel: Panel = (surface, view) => drawChecks(surface, view);

/** One line for each check, or two where what it says would be cut. */
function drawReadiness(inside: Surface, view: View): void {
  const { theme, width, height } = inside;
  const dim = theme.styleOf('dim');
  const checks = view.data.readiness;
  const fits = checks.every(({ because }) => CHECK_COLUMNS + textColumns(because) <= width);
  const rowsEach = !fits && height >= checks.length * 2 ? 2 : 1;
  checks.forEach(({ check, verdict, because }, i) => {
    const y = i * rowsEach;
    inside.spans(0, y, [verdictSign(theme, verdict)]);
    inside.text(2, y, check.replaceAll('-', ' '), 0);
    if (rowsEach === 2) inside.text(2, y + 1, because, dim, width - 2);
    else inside.text(CHECK_COLUMNS, y, because, dim, width - CHECK_COLUMNS);
  });
}

function verdictSign(theme: Theme, verdict: ReadinessCheck['verdict']): Span {
  switch (verdict) {
    case 'pass':
      return levelSign(theme, 'ok');
    case 'warn':
      return levelSign(theme, 'warning');
    case 'fail':
      return levelSign(theme, 'critical');
    case 'unknown':
      return [theme.glyphs.unknown, theme.styleOf('dim')];
    default:
      return assertNever(verdict);
  }
}
