/** Memory: what it holds, the collector, which code allocated what is alive, and what holds what grew. */
import type { HeapComparisonEvent, HeapHolder } from '../../model/timeline-event.ts';
import { selectAllocationRows } from '../../presentation/allocation-rows.ts';
import {
  formatBytes,
  formatCount,
  formatGrowth,
  formatMs,
  formatSeconds,
  formatShare,
} from '../../presentation/format.ts';
import { GC_SHARE, levelOf } from '../../presentation/symptoms.ts';
import { selectGc, selectMemoryReading, selectProcess } from '../../timeline/resource-selectors.ts';
import { tableMarkup } from './data-table.ts';
import { frameColumns } from './frame-columns.ts';
import { figureList, type Figure } from './figure-list.ts';
import { markup, type Markup } from './markup.ts';
import type { PageView } from './page-view.ts';
import { nothing, panelMarkup, shareBar } from './panel.ts';

/** Below these no site says anything. */
const MOST_SITES = 20;

export function memorySection(view: PageView): Markup {
  return panelMarkup({
    id: 'memory',
    title: 'Memory',
    body: [figureList(figuresOf(view)), spacesMarkup(view), sitesMarkup(view), growthMarkup(view)],
  });
}

function figuresOf({ data, report }: PageView): readonly Figure[] {
  const { timeline, span } = data;
  const reading = selectMemoryReading(timeline, span);
  const process = selectProcess(timeline, span);
  const gc = selectGc(timeline, span);
  const { growthPerSecond } = report.metrics.memory;
  return [
    { label: 'resident', text: formatBytes(process?.rssBytes) },
    {
      label: 'heap used',
      text: reading
        ? `${formatBytes(reading.heapUsedBytes)} of ${formatBytes(reading.heapLimitBytes)}`
        : formatBytes(null),
    },
    { label: 'alive after collection', text: formatBytes(reading?.liveAfterGcBytes) },
    {
      label: 'grows',
      text: growthPerSecond === null ? 'too few collections to tell' : formatGrowth(growthPerSecond),
    },
    { label: 'external', text: formatBytes(reading?.externalBytes) },
    { label: 'array buffers', text: formatBytes(reading?.arrayBuffersBytes) },
    {
      label: 'collector',
      text: gc
        ? `${formatShare(gc.share)} of the time, ${formatCount(gc.count)} collections (${formatCount(gc.majorCount)} full), longest ${formatMs(gc.longestMs)}`
        : formatMs(null),
      mark: levelOf(gc?.share, GC_SHARE),
    },
  ];
}

function spacesMarkup({ data }: PageView): Markup | null {
  const spaces =
    selectMemoryReading(data.timeline, data.span)?.spaces.filter(({ usedBytes }) => usedBytes > 0) ?? [];
  if (spaces.length === 0) return null;
  const all = spaces.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  return tableMarkup({
    caption: 'Spaces of the heap',
    sortedBy: 'Used',
    rows: spaces.toSorted((a, b) => b.usedBytes - a.usedBytes),
    columns: [
      {
        title: 'Space',
        kind: 'text',
        cell: ({ name }) => name.replaceAll('_', ' '),
        value: ({ name }) => name,
      },
      {
        title: 'Used',
        kind: 'figure',
        cell: ({ usedBytes }) => formatBytes(usedBytes),
        value: ({ usedBytes }) => usedBytes,
      },
      {
        title: 'Committed',
        kind: 'figure',
        cell: ({ committedBytes }) => formatBytes(committedBytes),
        value: ({ committedBytes }) => committedBytes,
      },
      {
        title: 'Share',
        kind: 'bar',
        cell: ({ usedBytes }) => [shareBar(usedBytes / all), formatShare(usedBytes / all)],
        value: ({ usedBytes }) => usedBytes,
      },
    ],
  });
}

function sitesMarkup({ data }: PageView): Markup {
  const rows = selectAllocationRows(data, '').slice(0, MOST_SITES);
  if (rows.length === 0) return nothing('which code allocated what is alive was not read in this window');
  return tableMarkup({
    caption: 'What is alive, by the code that allocated it (sampled)',
    sortedBy: 'Alive',
    rows,
    columns: [
      ...frameColumns,
      {
        title: 'Called by',
        kind: 'text',
        cell: ({ stack }) =>
          stack
            .slice(1, 4)
            .map((caller) => caller.function)
            .join(' ‹ '),
        mark: () => 'dim',
      },
      {
        title: 'Grown',
        kind: 'figure',
        cell: ({ grownBytes }) => (grownBytes > 0 ? `+${formatBytes(grownBytes)}` : formatBytes(grownBytes)),
        value: ({ grownBytes }) => grownBytes,
      },
      {
        title: 'Alive',
        kind: 'figure',
        cell: ({ liveBytes }) => formatBytes(liveBytes),
        value: ({ liveBytes }) => liveBytes,
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

/** Two snapshots compared, where the user had them taken. */
function growthMarkup({ data }: PageView): Markup | null {
  const { timeline, span } = data;
  const comparison = timeline.heapComparisons.between(span.fromMs, span.toMs).at(-1)?.event;
  if (!comparison) return null;
  const snapshot = timeline.heapSnapshots.between(span.fromMs, span.toMs).at(-1)?.event;
  return markup`<h3>What holds the growth</h3>
<p class="dim">${sizesOf(comparison)}${snapshot ? `; for the last one the service stood still for ${formatSeconds(snapshot.pauseMs)}` : null}</p>
${comparison.holders.length === 0 ? nothing('nothing grew between the two snapshots') : holdersTable(comparison.holders)}`;
}

const sizesOf = ({ beforeBytes, afterBytes, atMs, sinceMs }: HeapComparisonEvent): string =>
  `two heap snapshots, ${formatSeconds(atMs - sinceMs)} apart: ${formatBytes(beforeBytes)}, then ${formatBytes(afterBytes)}`;

const holdersTable = (holders: readonly HeapHolder[]): Markup =>
  tableMarkup({
    caption: 'Retainers of what is new',
    sortedBy: 'Grown',
    rows: holders,
    columns: [
      { title: 'Holder', kind: 'text', cell: ({ name }) => name, value: ({ name }) => name },
      { title: 'Path', kind: 'text', cell: ({ path }) => path, mark: () => 'dim' },
      {
        title: 'Holds',
        kind: 'text',
        cell: ({ holds }) =>
          holds
            .slice(0, 3)
            .map((each) => `${formatCount(each.count)} × ${each.constructor}`)
            .join(', '),
      },
      {
        title: 'Grown',
        kind: 'figure',
        cell: ({ grownBytes }) => `+${formatBytes(grownBytes)}`,
        value: ({ grownBytes }) => grownBytes,
      },
    ],
  });
