/** What this page rests on: what was looked at, what was not, and what looking cost the service. */
import { formatCount, formatMs, formatShare, formatUtcClock } from '../../presentation/format.ts';
import { selectSeenGaps, selectSeenSignals } from '../../presentation/seen-signals.ts';
import { selectWallMs } from '../../timeline/session-selectors.ts';
import { tableMarkup } from './data-table.ts';
import { figureList } from './figure-list.ts';
import { markup, type Markup } from './markup.ts';
import type { PageView } from './page-view.ts';
import { markSign, nothing, panelMarkup } from './panel.ts';

const ATTACHED_BY = {
  sigusr1: 'SIGUSR1, which opened its inspector',
  inspector: 'an inspector that was open already',
  agent: 'the agent inside the service',
} as const;

export function seenSection(view: PageView): Markup {
  const { overhead } = view.report.metrics;
  return panelMarkup({
    id: 'seen',
    title: 'What was seen, and what was not',
    body: [
      figureList([
        { label: 'loopscope took', text: `${formatShare(overhead.mainThreadShare)} of the main thread` },
        { label: 'its longest pause', text: formatMs(overhead.longestPauseMs) },
        { label: 'attached by', text: ATTACHED_BY[view.report.target.attachedBy] },
      ]),
      signalsMarkup(view),
      gapsMarkup(view),
    ],
  });
}

function signalsMarkup({ data }: PageView): Markup {
  return tableMarkup({
    caption: 'Signals',
    rows: selectSeenSignals(data),
    columns: [
      {
        title: 'Signal',
        kind: 'text',
        cell: ({ signal, seen }) => [markSign(seen === null ? 'unknown' : 'ok'), ' ', signal],
      },
      { title: 'Seen', kind: 'text', cell: ({ seen }) => seen ?? 'nothing' },
      { title: 'Remark', kind: 'text', cell: ({ remark }) => remark, mark: () => 'dim' },
    ],
  });
}

function gapsMarkup({ data }: PageView): Markup {
  const gaps = selectSeenGaps(data);
  if (gaps.length === 0) return nothing('no gaps: nothing was lost, and every reading was in time');
  const clock = (atMs: number): string => formatUtcClock(selectWallMs(data.timeline, atMs) ?? 0);
  return tableMarkup({
    caption: 'Gaps: what was not seen, and why',
    sortedBy: 'Times',
    rows: gaps,
    columns: [
      { title: 'Signal', kind: 'text', cell: ({ signal }) => signal, value: ({ signal }) => signal },
      { title: 'Why', kind: 'text', cell: ({ reason }) => reason },
      { title: 'Lost', kind: 'figure', cell: ({ lost }) => formatCount(lost), value: ({ lost }) => lost },
      {
        title: 'Times',
        kind: 'figure',
        cell: ({ times }) => formatCount(times),
        value: ({ times }) => times,
      },
      {
        title: 'When, UTC',
        kind: 'text',
        cell: ({ times, firstMs, lastMs }) =>
          times === 1 ? clock(firstMs) : `${clock(firstMs)} to ${clock(lastMs)}`,
        value: ({ firstMs }) => firstMs,
      },
    ],
  });
}

/** The last line: by what and from what this page was made. */
export function footerMarkup({ report }: PageView): Markup {
  return markup`<footer><p>loopscope ${report.loopscope} · the figures are those of ${report.schema} · this page loads nothing and sends nothing; it names routes, paths and hosts of the service</p></footer>
`;
}
