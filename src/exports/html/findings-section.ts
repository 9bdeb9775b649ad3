/** The findings that the page does not begin with. */
import { selectVerdict } from '../../presentation/verdict.ts';
import { findingArticle } from './finding-article.ts';
import type { Markup } from './markup.ts';
import type { PageView } from './page-view.ts';
import { nothing, panelMarkup } from './panel.ts';

export function findingsSection(view: PageView): Markup {
  const leading = selectVerdict(view.data).kind === 'finding' ? 1 : 0;
  const others = view.findings.slice(leading);
  return panelMarkup({
    id: 'findings',
    title: leading === 1 ? 'More findings' : 'Findings',
    body:
      others.length === 0
        ? nothing(leading === 1 ? 'nothing else was found' : 'nothing was found')
        : others.map((finding, index) => findingArticle(view, finding, leading + index + 1, false)),
  });
}
