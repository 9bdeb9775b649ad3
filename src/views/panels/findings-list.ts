/** The findings, worst first: as many lines for each as there is room. */
import type { Finding } from '../../model/finding.ts';
import { formatPercent } from '../../presentation/format.ts';
import { formatCulprit, sortFindings } from '../../presentation/verdict.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import { levelSign, severityLevel } from '../drawing/severity-sign.ts';
import type { Surface } from '../terminal/surface.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel } from '../view.ts';

export const drawFindingsList: Panel = (surface, view) => {
  const { theme } = surface;
  const focused = isFocused(view, 'findings');
  drawFrame(surface, { title: 'Findings', focused, right: [['sure', theme.styleOf('dim')]] });
  const findings = sortFindings(view.data.findings);
  insideFrame(surface, (inside) => {
    if (findings.length === 0) return drawReadiness(inside, view.data.readiness.length);
    const selected = cursorRow(view.ui, 'findings', findings);
    const lines = linesOf(findings, inside.height);
    const shown = Math.max(1, Math.floor(inside.height / Math.min(...lines)));
    const first = firstShown(findings.length, shown, selected);
    let y = 0;
    findings.slice(first).forEach((finding, i) => {
      if (y >= inside.height) return;
      if (focused && first + i === selected) {
        inside.text(0, y, theme.glyphs.selected, theme.style('accent', { bold: true }));
      }
      const count = lines[first + i] ?? 1;
      drawFindingLines(inside, y, finding, count);
      y += count;
    });
  });
};

/**
 * Lines for each finding: room goes first to every title, then to who it is, then to what to do, then to air
 * between them; the worst get it first.
 */
function linesOf(findings: readonly Finding[], room: number): readonly number[] {
  const lines = findings.map(() => 1);
  let left = room - lines.length;
  for (let level = 2; level <= 4; level++) {
    for (let i = 0; i < lines.length && left > 0; i++, left--) lines[i] = level;
  }
  return lines;
}

function drawFindingLines(inside: Surface, y: number, finding: Finding, lines: number): void {
  const { theme, width } = inside;
  inside.spans(2, y, [levelSign(theme, severityLevel(finding.severity))]);
  const heavy = finding.severity === 'critical';
  inside.text(4, y, finding.title, heavy ? theme.style('strong', { bold: true }) : 0, width - 10);
  inside.textRight(width - 5, y, 5, formatPercent(finding.confidence), theme.styleOf('dim'));
  if (lines < 2) return;
  const culprit = formatCulprit(finding.culprits[0]);
  inside.text(4, y + 1, culprit === '' ? finding.impact : culprit, theme.styleOf('dim'), width - 4);
  const remedy = finding.remedies[0];
  if (lines < 3 || remedy === undefined) return;
  inside.text(4, y + 2, `${theme.glyphs.remedy} ${remedy}`, theme.styleOf('accent'), width - 4);
}

function drawReadiness(inside: Surface, checks: number): void {
  const { theme } = inside;
  if (checks === 0) {
    inside.text(0, 0, 'watching; nothing found so far', theme.styleOf('dim'));
    return;
  }
  inside.spans(0, 0, [levelSign(theme, 'ok'), [' nothing found', 0]]);
}
