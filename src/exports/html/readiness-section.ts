/** The readiness card: six questions to every service, answered, or said that this window cannot answer them. */
import type { ReadinessCheck } from '../../model/finding.ts';
import { markup, type Markup } from './markup.ts';
import { findingAnchor, type PageView } from './page-view.ts';
import { markClass, markSign, panelMarkup } from './panel.ts';

export function readinessSection({ report, findings }: PageView): Markup {
  const numberOf = (id: string): number => findings.findIndex((finding) => finding.id === id) + 1;
  const checks = report.readiness.map(
    ({
      check,
      verdict,
      because,
      findings: ids,
    }) => markup`<li class="check"><span class="check-verdict ${markClass(verdict)}">${markSign(verdict)} ${verdict}</span>
<span><b>${check.replaceAll('-', ' ')}</b> <span class="dim">${because}</span>${linksTo(ids, numberOf)}</span></li>
`,
  );
  return panelMarkup({
    id: 'readiness',
    title: 'Readiness',
    body: markup`<ul class="checks">${checks}</ul>`,
  });
}

function linksTo(ids: ReadinessCheck['findings'], numberOf: (id: string) => number): readonly Markup[] {
  return ids
    .map(numberOf)
    .filter((number) => number > 0)
    .map((number) => markup` <a href="#${findingAnchor(number)}">see ${number}</a>`);
}
