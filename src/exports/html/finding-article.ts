/** One finding: what, who and where with the lines of its source, what to do, and why we think so. */
import type { Culprit, Finding } from '../../model/finding.ts';
import { formatPercent, formatPlace, formatShare } from '../../presentation/format.ts';
import { CERTAINTY_WORDS } from '../../presentation/verdict.ts';
import type { SourceLine } from '../../views/view.ts';
import { markup, type Content, type Markup } from './markup.ts';
import { findingAnchor, type PageView } from './page-view.ts';
import { markClass, markSign } from './panel.ts';

/** @param leads whether this is what the page begins with */
export function findingArticle(view: PageView, finding: Finding, number: number, leads: boolean): Markup {
  const { severity, confidence, title, impact, culprits, routes, evidence, remedies } = finding;
  const [culprit] = culprits;
  const heading = leads ? markup`<h1>${title}</h1>` : markup`<h3>${number}. ${title}</h3>`;
  return markup`<article class="finding ${markClass(severity)}${leads ? ' leads' : null}" id="${findingAnchor(number)}">
<p class="finding-head"><span class="badge ${markClass(severity)}">${markSign(severity)} ${severity.toUpperCase()}</span> <span class="dim">${formatPercent(confidence)} sure</span></p>
${heading}
<p class="impact">${impact}</p>
<div class="finding-parts">
${culprit ? culpritMarkup(culprit, view.sourceAround(culprit.file, culprit.line)) : null}
${part('What to do', 'remedies', remedies)}
${part('Evidence', 'evidence', evidence)}
${routes.length > 0 ? part('Routes', 'routes-named', routes) : null}
${culprits.length > 1 ? part('Also in it', 'others', culprits.slice(1).map(culpritLine)) : null}
</div>
</article>
`;
}

function part(title: string, name: string, items: readonly Content[]): Markup | null {
  if (items.length === 0) return null;
  return markup`<div class="part"><h4>${title}</h4><ul class="${name}">${items.map((item) => markup`<li>${item}</li>`)}</ul></div>`;
}

function culpritMarkup(culprit: Culprit, source: readonly SourceLine[]): Markup {
  const { certainty, share, stack } = culprit;
  return markup`<div class="part culprit"><h4>Culprit</h4>
<p><b class="name">${culprit.function}</b> <span class="place">${placeOf(culprit)}</span>${packageOf(culprit)}</p>
<p class="dim">${formatShare(share)} of it; ${CERTAINTY_WORDS[certainty]}</p>
${source.length > 0 ? sourceMarkup(culprit, source) : null}
${stack.length > 1 ? stackMarkup(stack) : null}
</div>`;
}

function sourceMarkup({ file, line: culpritLine_ }: Culprit, source: readonly SourceLine[]): Markup {
  const lines = source.map(({ line, text }) => {
    const here = line === culpritLine_;
    return markup`<span class="source-line${here ? ' here' : null}"><span class="line-number">${here ? '▶ ' : null}${line}</span>${text}\n</span>`;
  });
  return markup`<pre class="source" tabindex="0" role="region" aria-label="source of ${formatPlace({ file, line: culpritLine_ })}">${lines}</pre>`;
}

/** The callers, innermost first; the culprit itself stands above already. */
function stackMarkup(stack: readonly string[]): Markup {
  return markup`<details class="stack"><summary>Called by ${stack.length - 1} more</summary><ol>${stack.map((frame) => markup`<li>${frame}</li>`)}</ol></details>`;
}

const placeOf = ({ file, line }: Culprit): string => (file === '' ? '(native)' : `${file}:${line}`);

const packageOf = (culprit: Culprit): Markup | null =>
  culprit.package === null ? null : markup` <span class="dim">package ${culprit.package}</span>`;

const culpritLine = (culprit: Culprit): Markup =>
  markup`<b class="name">${culprit.function}</b> <span class="place">${placeOf(culprit)}</span>${packageOf(culprit)} <span class="dim">${formatShare(culprit.share)}</span>`;
