/** What requests wait for besides the loop: pools, the thread pool, sockets, workers, queues, other services. */
import type { PoolState } from '../../model/timeline-event.ts';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatPlace,
  formatRate,
  formatShare,
} from '../../presentation/format.ts';
import { selectPeerRows } from '../../presentation/peer-rows.ts';
import {
  selectCluster,
  selectPools,
  selectProcess,
  selectThreadPool,
} from '../../timeline/resource-selectors.ts';
import { selectQueues } from '../../timeline/queue-selectors.ts';
import { selectThreads, threadName } from '../../timeline/thread-selectors.ts';
import { tableMarkup } from './data-table.ts';
import { figureList } from './figure-list.ts';
import { markup, type Markup } from './markup.ts';
import type { PageView } from './page-view.ts';
import { nothing, panelMarkup, shareBar } from './panel.ts';

export function resourcesSection(view: PageView): Markup {
  return panelMarkup({
    id: 'resources',
    title: 'Pools, threads, workers, queues',
    body: [
      processMarkup(view),
      poolsMarkup(view),
      workersMarkup(view),
      threadsMarkup(view),
      queuesMarkup(view),
      peersMarkup(view),
    ],
  });
}

function processMarkup({ data }: PageView): Markup {
  const { timeline, span } = data;
  const process = selectProcess(timeline, span);
  const threads = selectThreadPool(timeline, span);
  const queue = process?.listenQueue ?? null;
  const percent = (value: number | null | undefined): string =>
    formatPercent(value == null ? null : value / 100);
  return figureList([
    { label: 'CPU of the process', text: `${percent(process?.cpuPercent)} of a core` },
    { label: 'main thread', text: percent(process?.mainThreadPercent) },
    { label: 'waited for a CPU', text: percent(process?.mainThreadWaitPercent) },
    { label: 'machine', text: formatPercent(process?.machineBusy) },
    {
      label: 'thread pool',
      text: threads
        ? `${threads.size} threads, a task waits ${formatMs(threads.queueDelayMs.p50)}, p99 ${formatMs(threads.queueDelayMs.p99)}`
        : 'not probed',
    },
    {
      label: 'listen queue',
      text: queue ? `${queue.length} of ${queue.limit} at most` : formatCount(null),
      mark: queue !== null && queue.length > queue.limit / 2 ? 'critical' : 'plain',
    },
  ]);
}

function poolsMarkup({ data }: PageView): Markup {
  const pools = selectPools(data.timeline, data.span);
  if (pools.length === 0) return nothing('no connection pool was found in this service');
  const table = tableMarkup({
    caption: 'Connection pools at the end',
    rows: pools,
    columns: [
      {
        title: 'Pool',
        kind: 'text',
        cell: ({ driver, name }) => [markup`<span class="dim">${driver}</span> `, name],
        value: ({ name }) => name,
      },
      {
        title: 'Used',
        kind: 'figure',
        cell: ({ active }) => formatCount(active),
        value: ({ active }) => active,
      },
      { title: 'Idle', kind: 'figure', cell: ({ idle }) => formatCount(idle), value: ({ idle }) => idle },
      { title: 'Max', kind: 'figure', cell: ({ max }) => formatCount(max), value: ({ max }) => max },
      {
        title: 'Waiting',
        kind: 'figure',
        cell: ({ waiting }) => formatCount(waiting),
        value: ({ waiting }) => waiting,
        mark: ({ waiting }) => (waiting > 0 ? 'critical' : 'plain'),
      },
      {
        title: 'Held',
        kind: 'figure',
        cell: ({ longestHeldMs }) => formatMs(longestHeldMs),
        value: ({ longestHeldMs }) => longestHeldMs,
      },
      {
        title: 'Waited',
        kind: 'figure',
        cell: ({ longestWaitMs }) => formatMs(longestWaitMs),
        value: ({ longestWaitMs }) => longestWaitMs,
      },
      {
        title: 'In use',
        kind: 'bar',
        cell: (pool) => [
          shareBar(usedShare(pool), pool.waiting > 0 ? 'critical' : 'plain'),
          pool.max ? formatPercent(usedShare(pool)) : null,
        ],
        value: usedShare,
      },
    ],
  });
  return markup`${table}${holdersMarkup(pools)}`;
}

const usedShare = ({ active, max }: PoolState): number => (max ? active / max : 0);

/** Who holds connections longest, of each pool in which anybody waits. */
function holdersMarkup(pools: readonly PoolState[]): Markup | null {
  const rows = pools
    .filter(({ waiting }) => waiting > 0)
    .flatMap(({ name, holders }) => holders.slice(0, MOST_HOLDERS).map((holder) => ({ name, ...holder })));
  if (rows.length === 0) return null;
  return tableMarkup({
    caption: 'Who holds the connections that others wait for',
    sortedBy: 'Held',
    rows,
    columns: [
      { title: 'Pool', kind: 'text', cell: ({ name }) => name },
      {
        title: 'Taken by',
        kind: 'text',
        cell: ({ takenBy: [taker] }) => (taker ? `${taker.function} ${formatPlace(taker)}` : 'unknown'),
      },
      { title: 'Route', kind: 'text', cell: ({ route }) => route ?? '', mark: () => 'dim' },
      {
        title: 'Doing',
        kind: 'text',
        cell: ({ busy }) => (busy === null ? '' : busy ? 'runs a query' : 'idle'),
        mark: () => 'dim',
      },
      {
        title: 'Held',
        kind: 'figure',
        cell: ({ heldMs }) => formatMs(heldMs),
        value: ({ heldMs }) => heldMs,
      },
    ],
  });
}

const MOST_HOLDERS = 5;

function workersMarkup({ data }: PageView): Markup | null {
  const cluster = selectCluster(data.timeline, data.span);
  if (!cluster) return null;
  const exits = cluster.exits.map(({ pid, how }) => `${pid} ${how}`).join(', ');
  return markup`${tableMarkup({
    caption: 'Workers',
    sortedBy: 'CPU',
    rows: cluster.workers.toSorted((a, b) => b.cpuPercent - a.cpuPercent),
    columns: [
      { title: 'Worker', kind: 'text', cell: ({ pid }) => `pid ${pid}`, value: ({ pid }) => pid },
      {
        title: 'Loop busy',
        kind: 'figure',
        cell: ({ utilization }) => formatPercent(utilization),
        value: ({ utilization }) => utilization,
      },
      {
        title: 'Requests',
        kind: 'figure',
        cell: ({ requestsPerSecond }) => formatRate(requestsPerSecond),
        value: ({ requestsPerSecond }) => requestsPerSecond,
      },
      {
        title: 'CPU',
        kind: 'bar',
        cell: ({ cpuPercent }) => [shareBar(cpuPercent / 100), `${Math.round(cpuPercent)}%`],
        value: ({ cpuPercent }) => cpuPercent,
      },
    ],
  })}${exits === '' ? null : markup`<p class="warning">ended meanwhile: ${exits}</p>`}`;
}

function threadsMarkup({ data }: PageView): Markup | null {
  const threads = selectThreads(data.timeline, data.span);
  if (threads.length === 0) return null;
  return tableMarkup({
    caption: 'Worker threads',
    sortedBy: 'Busy',
    rows: threads,
    columns: [
      { title: 'Thread', kind: 'text', cell: threadName, value: threadName },
      {
        title: 'Mostly in',
        kind: 'text',
        cell: ({ hottest: [place] }) => {
          const frame = place?.stack[0];
          return frame ? `${frame.function} ${formatPlace(frame)}` : '';
        },
        mark: () => 'dim',
      },
      {
        title: 'Heap',
        kind: 'figure',
        cell: ({ heapUsedBytes }) => formatBytes(heapUsedBytes),
        value: ({ heapUsedBytes }) => heapUsedBytes,
      },
      {
        title: 'Busy',
        kind: 'bar',
        cell: ({ utilization }) => [shareBar(utilization ?? 0), formatPercent(utilization)],
        value: ({ utilization }) => utilization,
      },
    ],
  });
}

function queuesMarkup({ data }: PageView): Markup | null {
  const queues = selectQueues(data.timeline, data.span);
  if (queues.length === 0) return null;
  return tableMarkup({
    caption: 'Queues whose jobs this process works on',
    sortedBy: 'Rate',
    rows: queues,
    columns: [
      {
        title: 'Queue',
        kind: 'text',
        cell: ({ kind, name }) => [markup`<span class="dim">${kind}</span> `, name],
        value: ({ name }) => name,
      },
      {
        title: 'Waiting',
        kind: 'figure',
        cell: ({ waiting }) => formatCount(waiting),
        value: ({ waiting }) => waiting,
      },
      {
        title: 'Active',
        kind: 'figure',
        cell: ({ active }) => formatCount(active),
        value: ({ active }) => active,
      },
      {
        title: 'Completed',
        kind: 'figure',
        cell: ({ completed }) => formatCount(completed),
        value: ({ completed }) => completed,
      },
      {
        title: 'Failed',
        kind: 'figure',
        cell: ({ failed }) => formatCount(failed),
        value: ({ failed }) => failed,
        mark: ({ failed }) => (failed > 0 ? 'warning' : 'plain'),
      },
      {
        title: 'Rate',
        kind: 'figure',
        cell: ({ perSecond }) => formatRate(perSecond),
        value: ({ perSecond }) => perSecond,
      },
    ],
  });
}

function peersMarkup({ data }: PageView): Markup | null {
  const rows = selectPeerRows(data);
  if (rows.length === 0) return null;
  return tableMarkup({
    caption: 'Other services and databases that it calls',
    sortedBy: 'p99',
    rows,
    columns: [
      {
        title: 'Peer',
        kind: 'text',
        cell: ({ via, peer }) => [markup`<span class="dim">${via}</span> `, peer],
        value: ({ peer }) => peer,
      },
      { title: 'For', kind: 'text', cell: ({ routes }) => routes.slice(0, 3).join(', '), mark: () => 'dim' },
      {
        title: 'Rate',
        kind: 'figure',
        cell: ({ perSecond }) => formatRate(perSecond),
        value: ({ perSecond }) => perSecond,
      },
      {
        title: 'Open',
        kind: 'figure',
        cell: ({ inFlight }) => formatCount(inFlight),
        value: ({ inFlight }) => inFlight,
      },
      {
        title: 'Errors',
        kind: 'figure',
        cell: ({ errorShare }) => formatShare(errorShare),
        value: ({ errorShare }) => errorShare,
        mark: ({ errorShare }) => (errorShare >= 0.01 ? 'warning' : 'plain'),
      },
      { title: 'p50', kind: 'figure', cell: ({ p50Ms }) => formatMs(p50Ms), value: ({ p50Ms }) => p50Ms },
      { title: 'p99', kind: 'figure', cell: ({ p99Ms }) => formatMs(p99Ms), value: ({ p99Ms }) => p99Ms },
    ],
  });
}
