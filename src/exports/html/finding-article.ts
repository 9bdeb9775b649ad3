/** One finding: what, who and where with the lines of its source, what to do, and why we think so. */
import type { Culprit, Finding } from '../../model/finding.ts';
import { formatCulpritPlace } from '../../presentation/culprit-place.ts';
import { formatPercent, formatShare } from '../../presentation/format.ts';
import { CERTAINTY_WORDS } from '../../presentation/verdict.ts';
import { markup, type Content, type Markup } from './markup.ts';
import { findingAnchor, type PageView } from './page-view.ts';
import { markClass, markSign } from './panel.ts';

/** @param leads whether this is what the page begins with */
export function findingArticle(view: PageView, finding: Finding, number: number, leads: boolean): Markup {
  const { severity, confidence, title, impact, routes, evidence, remedies } = finding;
  const [culprit, ...others] = finding.culprits;
  const mark = markClass(severity);
  return markup`<article class="finding ${mark}${leads ? ' leads' : null}" id="${findingAnchor(number)}">
<p class="finding-head"><span class="badge ${mark}">${markSign(severity)} ${severity.toUpperCase()}</span> <span class="dim">${formatPercent(confidence)} sure</span></p>
${leads ? markup`<h1>${title}</h1>` : markup`<h3>${number}. ${title}</h3>`}
<p class="impact">${impact}</p>
<div class="finding-parts">
${culprit ? culpritPart(view, culprit) : null}
${listPart('What to do', 'remedies', remedies)}
${listPart('Evidence', 'evidence', evidence)}
${listPart('Routes', 'routes-named', routes)}
${listPart(
  'Also in it',
  'others',
  others.map((other) => culpritLine(view, other)),
)}
</div>
</article>
`;
}

function listPart(title: string, name: string, items: readonly Content[]): Markup | null {
  if (items.length === 0) return null;
  return markup`<div class="part"><p class="part-title">${title}</p><ul class="${name}">${items.map((item) => markup`<li>${item}</li>`)}</ul></div>`;
}

function culpritPart(view: PageView, culprit: Culprit): Markup {
  const { certainty, share } = culprit;
  return markup`<div class="part culprit"><p class="part-title">Culprit</p>
<p>${culpritLine(view, culprit)}</p>
<p class="dim">${formatShare(share)} of it; ${CERTAINTY_WORDS[certainty]}</p>
${sourceMarkup(view, culprit)}
${stackMarkup(culprit)}
</div>`;
}

function culpritLine({ report }: PageView, culprit: Culprit): Markup {
  const owner =
    culprit.package === null ? null : markup` <span class="dim">package ${culprit.package}</span>`;
  return markup`<b class="name">${culprit.function}</b> <span class="place">${formatCulpritPlace(culprit, report.target.cwd)}</span>${owner}`;
}

/** Scrolls sideways where a line is long, with the keyboard too. */
function sourceMarkup({ sourceAround, report }: PageView, culprit: Culprit): Markup | null {
  const source = sourceAround(culprit.file, culprit.line);
  if (source.length === 0) return null;
  const lines = source.map(({ line, text }) => {
    const here = line === culprit.line;
    return markup`<span class="source-line${here ? ' here' : null}"><span class="line-number">${here ? '▶ ' : null}${line}</span>${text}\n</span>`;
  });
  const place = formatCulpritPlace(culprit, report.target.cwd);
  return markup`<pre class="source" tabindex="0" role="region" aria-label="source of ${place}">${lines}</pre>`;
}

/** The callers, innermost first; the culprit itself stands above already. */
function stackMarkup({ stack }: Culprit): Markup | null {
  const callers = stack.slice(1);
  if (callers.length === 0) return null;
  const frames = callers.map((frame) => markup`<li>${frame}</li>`);
  return markup`<details class="stack"><summary>Called by ${callers[0] ?? ''}${callers.length > 1 ? ` and ${callers.length - 1} more` : null}</summary><ol>${frames}</ol></details>`;
}
