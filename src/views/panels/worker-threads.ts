/** The worker threads of the process, the busiest first: how busy, and in which function. */
import { formatBytes, formatPercent } from '../../presentation/format.ts';
import type { ThreadFigures } from '../../timeline/thread-selectors.ts';
import { drawBar } from '../drawing/bar.ts';
import type { Surface } from '../terminal/surface.ts';

const NAME = 14;
const BAR = 10;
const REST = NAME + 6 + 2 + BAR + 2;

/** Draws as many as there is room for, from the first line of the surface on. */
export function drawWorkerThreads(surface: Surface, threads: readonly ThreadFigures[]): void {
  const { theme } = surface;
  threads.slice(0, surface.height).forEach((thread, y) => {
    const { id, name, utilization, hottest, heapUsedBytes } = thread;
    surface.text(0, y, name === '' ? `worker ${id}` : name, 0, NAME - 1);
    surface.textRight(NAME, y, 6, formatPercent(utilization), theme.style('strong', { bold: true }));
    drawBar(surface, NAME + 8, y, BAR, utilization ?? 0, theme.styleOf('series'));
    const [frame] = hottest[0]?.stack ?? [];
    surface.text(REST, y, frame?.function ?? `heap ${formatBytes(heapUsedBytes)}`, theme.styleOf('dim'));
  });
}
