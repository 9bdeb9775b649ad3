/** The findings, worst first: as many lines for each as there is room. */
import type { Finding } from '../../model/finding.ts';
import { formatPercent } from '../../presentation/format.ts';
import { formatCulprit, sortFindings } from '../../presentation/verdict.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { firstShown } from '../drawing/list-window.ts';
import { levelSign, severityLevel } from '../drawing/severity-sign.ts';
import { wrappedLines } from '../drawing/wrapped-text.ts';
import type { Surface } from '../terminal/surface.ts';
import { cursorRow } from '../list-cursor.ts';
import { isFocused, type Panel } from '../view.ts';

export const drawFindingsList: Panel = (surface, view) => {
  const { theme } = surface;
  const focused = isFocused(view, 'findings');
  drawFrame(surface, {
    title: 'Findings',
    focused,
    panel: 'findings',
    right: [['sure', theme.styleOf('dim')]],
  });
  const findings = sortFindings(view.data.findings);
  insideFrame(surface, (inside) => {
    if (findings.length === 0) return drawReadiness(inside, view.data.readiness.length);
    const selected = cursorRow(view.ui, 'findings', findings);
    const entries = entriesOf(findings, inside);
    const shown = Math.max(1, Math.floor(inside.height / Math.min(...entries.map(rowsOf))));
    const first = firstShown(findings.length, shown, selected);
    let y = 0;
    entries.slice(first).forEach((entry, i) => {
      if (y >= inside.height) return;
      if (focused && first + i === selected) {
        inside.text(0, y, theme.glyphs.selected, theme.style('accent', { bold: true }));
      }
      inside.touch(0, y, inside.width, rowsOf(entry), { kind: 'row', panel: 'findings', row: first + i });
      drawEntry(inside, y, entry);
      y += rowsOf(entry);
    });
  });
};

/**
 * What room is given to, one step for all findings before the next, the worst first: every title, then who it is,
 * then what to do, then all of each title and of what to do, then air between them.
 */
const STEPS = { title: 0, who: 1, remedy: 2, wholeTitle: 3, wholeRemedy: 4, air: 5 } as const;
/** Columns of the sign before a title, and of the figure behind it. */
const [SIGN_COLUMNS, SURE_COLUMNS] = [4, 6];

interface Entry {
  readonly finding: Finding;
  readonly title: readonly string[];
  readonly remedy: readonly string[];
  /** The last step that it has been given room for. */
  step: number;
}

function entriesOf(findings: readonly Finding[], { width, height }: Surface): readonly Entry[] {
  const entries = findings.map((finding) => ({
    finding,
    title: wrappedLines(finding.title, width - SIGN_COLUMNS - SURE_COLUMNS),
    remedy: wrappedLines(finding.remedies[0] ?? '', width - SIGN_COLUMNS - 2),
    step: 0,
  }));
  let left = height - entries.length;
  for (let step = STEPS.who; step <= STEPS.air; step++) {
    for (const entry of entries) {
      const more = rowsOf({ ...entry, step }) - rowsOf(entry);
      if (more > left) return entries;
      left -= more;
      entry.step = step;
    }
  }
  return entries;
}

function rowsOf({ title, remedy, step }: Entry): number {
  const titleRows = step >= STEPS.wholeTitle ? title.length : 1;
  const remedyRows =
    step >= STEPS.wholeRemedy ? remedy.length : Math.min(remedy.length, step >= STEPS.remedy ? 1 : 0);
  return titleRows + (step >= STEPS.who ? 1 : 0) + remedyRows + (step >= STEPS.air ? 1 : 0);
}

function drawEntry(inside: Surface, top: number, { finding, title, remedy, step }: Entry): void {
  const { theme, width } = inside;
  const [dim, accent] = [theme.styleOf('dim'), theme.styleOf('accent')];
  inside.spans(2, top, [levelSign(theme, severityLevel(finding.severity))]);
  inside.textRight(width - 5, top, 5, formatPercent(finding.confidence), dim);
  const heavy = finding.severity === 'critical' ? theme.style('strong', { bold: true }) : 0;
  const titles = step >= STEPS.wholeTitle ? title : [finding.title];
  titles.forEach((line, i) =>
    inside.text(SIGN_COLUMNS, top + i, line, heavy, width - SIGN_COLUMNS - SURE_COLUMNS),
  );
  if (step < STEPS.who) return;
  let y = top + titles.length;
  const culprit = formatCulprit(finding.culprits[0]);
  inside.text(SIGN_COLUMNS, y++, culprit === '' ? finding.impact : culprit, dim, width - SIGN_COLUMNS);
  if (step < STEPS.remedy || remedy.length === 0) return;
  inside.text(SIGN_COLUMNS, y, theme.glyphs.remedy, accent);
  const remedies = step >= STEPS.wholeRemedy ? remedy : [finding.remedies[0] ?? ''];
  for (const line of remedies) inside.text(SIGN_COLUMNS + 2, y++, line, accent, width - SIGN_COLUMNS - 2);
}

function drawReadiness(inside: Surface, checks: number): void {
  const { theme } = inside;
  if (checks === 0) {
    inside.text(0, 0, 'watching; nothing found so far', theme.styleOf('dim'));
    return;
  }
  inside.spans(0, 0, [levelSign(theme, 'ok'), [' nothing found', 0]]);
}
