/** Where the CPU time went: the flame graph, and the functions that it ends in. */
import { nodeAt, heaviestPath } from '../../presentation/flame-layout.ts';
import { formatMs, formatShare } from '../../presentation/format.ts';
import { selectHottestRows } from '../../presentation/hottest-rows.ts';
import { selectShownTree, whyNoSamples } from '../../presentation/shown-tree.ts';
import { tableMarkup } from './data-table.ts';
import { frameColumns } from './frame-columns.ts';
import { describeFrame, drawFlame } from './flame-drawing.ts';
import { fromCallTree } from './flame-data.ts';
import { dataScript, markup, type Markup } from './markup.ts';
import type { PageView } from './page-view.ts';
import { nothing, panelMarkup, shareBar } from './panel.ts';
import { svgMarkup } from './svg-node.ts';

/** Below these the time is spread so thin that no row says anything. */
const MOST_FUNCTIONS = 25;

const LEGEND = [
  ['user', 'your code'],
  ['dependency', 'packages'],
  ['node', 'node:'],
  ['native', 'native'],
  ['meta', 'V8'],
] as const;

export function cpuSection({ data }: PageView): Markup {
  const root = selectShownTree(data, false);
  if (root.totalMs === 0) return panelMarkup({ id: 'cpu', title: 'CPU', body: nothing(whyNoSamples(data)) });
  const { height, blocks } = drawFlame(root, []);
  const { node } = nodeAt(root, heaviestPath(root));
  const legend = LEGEND.map(
    ([origin, label]) =>
      markup`<span class="key"><svg class="swatch" aria-hidden="true"><rect class="${origin}-0" width="100%" height="100%"/></svg>${label}</span> `,
  );
  return panelMarkup({
    id: 'cpu',
    title: 'CPU',
    aside: `${formatMs(root.totalMs)} of work sampled`,
    body: markup`<p class="legend">${legend}</p>
<div class="flame-controls" id="flame-controls" hidden>
<label>Search <input type="search" id="flame-search" autocomplete="off" spellcheck="false"></label>
<span id="flame-found" class="dim" role="status"></span>
<button type="button" id="flame-next" data-key="n">next match</button>
<button type="button" id="flame-zoom" data-key="enter">zoom</button>
<button type="button" id="flame-out" data-key="esc">zoom out</button>
<button type="button" id="flame-invert" data-key="i" aria-pressed="false">callers below</button>
</div>
<svg class="flame" id="flame" height="${height}" role="img" aria-label="flame graph, callers above callees; its frames are in the table below">${blocks.map((each) => svgMarkup(each.node))}</svg>
<p class="flame-detail" id="flame-detail">${describeFrame(node, root.totalMs)}</p>
<p class="keys" id="flame-keys" hidden><kbd>arrows</kbd> move <kbd>enter</kbd> zoom <kbd>esc</kbd> out <kbd>/</kbd> search <kbd>n</kbd> next match <kbd>i</kbd> callers below</p>
${hottestTable(data)}
${dataScript('flame-data', fromCallTree(root))}`,
  });
}

function hottestTable(data: PageView['data']): Markup {
  return tableMarkup({
    caption: 'Functions by their own time',
    sortedBy: 'Self',
    rows: selectHottestRows(data, 'self', '').slice(0, MOST_FUNCTIONS),
    columns: [
      ...frameColumns,
      {
        title: 'Package',
        kind: 'text',
        cell: ({ frame }) => frame.package ?? '',
        value: ({ frame }) => frame.package ?? '',
        mark: () => 'dim',
      },
      {
        title: 'Total',
        kind: 'figure',
        cell: ({ totalMs }) => formatMs(totalMs),
        value: ({ totalMs }) => totalMs,
      },
      {
        title: 'Self',
        kind: 'figure',
        cell: ({ selfMs }) => formatMs(selfMs),
        value: ({ selfMs }) => selfMs,
      },
      {
        title: 'Share',
        kind: 'bar',
        cell: ({ share }) => [shareBar(share), formatShare(share)],
        value: ({ share }) => share,
      },
    ],
  });
}
