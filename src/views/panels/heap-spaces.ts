/** The spaces of V8's heap, used of committed. */
import { formatBytes } from '../../presentation/format.ts';
import { selectMemoryReading, selectProcess } from '../../timeline/resource-selectors.ts';
import { drawBar } from '../drawing/bar.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import type { Token } from '../terminal/palettes.ts';
import type { Panel } from '../view.ts';

export const drawHeapSpaces: Panel = (surface, view) => {
  const { theme } = surface;
  drawFrame(surface, { title: 'Heap spaces', right: [['used / committed', theme.styleOf('dim')]] });
  const reading = selectMemoryReading(view.data.timeline, view.data.span);
  insideFrame(surface, (inside) => {
    if (!reading) return void inside.text(0, 0, 'memory was not read yet', theme.styleOf('dim'));
    const spaces = reading.spaces
      .filter((space) => space.committedBytes > 0)
      .toSorted((a, b) => b.usedBytes - a.usedBytes)
      .map((space) => ({ ...space, name: space.name.replace(/_space$/, '').replaceAll('_', ' ') }));
    const rss = selectProcess(view.data.timeline, view.data.span)?.rssBytes ?? null;
    const rows = [
      ...spaces,
      { name: 'external', usedBytes: reading.externalBytes, committedBytes: reading.externalBytes },
      { name: 'array buffers', usedBytes: reading.arrayBuffersBytes, committedBytes: reading.externalBytes },
      ...(rss === null ? [] : [{ name: 'process (rss)', usedBytes: rss, committedBytes: rss }]),
    ];
    const [nameColumns, figure] = [14, 7];
    const bar = Math.max(0, inside.width - nameColumns - 2 * figure - 2);
    rows.slice(0, inside.height).forEach((space, y) => {
      inside.text(0, y, space.name, 0, nameColumns - 1);
      inside.textRight(
        nameColumns,
        y,
        figure,
        formatBytes(space.usedBytes),
        theme.style('strong', { bold: true }),
      );
      const share = space.committedBytes > 0 ? space.usedBytes / space.committedBytes : 0;
      drawBar(inside, nameColumns + figure + 1, y, bar, share, theme.styleOf(tokenOf(space.name)));
      inside.textRight(
        inside.width - figure,
        y,
        figure,
        formatBytes(space.committedBytes),
        theme.styleOf('dim'),
      );
    });
  });
};

function tokenOf(space: string): Token {
  if (space.startsWith('new')) return 'heapNew';
  return space === 'external' || space === 'array buffers' ? 'heapExternal' : 'heapOld';
}
