/** What the heap thread is doing while there is nothing to show yet, as a bar and in words. */
import { basename } from 'node:path';
import { formatPercent } from '../../presentation/format.ts';
import { sayHeapStage, selectHeapShare, type HeapWork } from '../../presentation/heap-progress.ts';
import { drawBar } from '../drawing/bar.ts';
import type { Surface } from '../terminal/surface.ts';

const WIDEST_BAR = 60;

export function drawHeapProgress(surface: Surface, work: HeapWork, files: readonly string[]): void {
  const { theme, width, height } = surface;
  const bar = Math.min(WIDEST_BAR, width - 8);
  const [x, y] = [Math.floor((width - bar) / 2), Math.floor(height / 2) - 1];
  const share = selectHeapShare(work);
  const dim = theme.styleOf('dim');
  const which = work.files > 1 ? ` (${work.file + 1} of ${work.files})` : '';
  surface.text(
    x,
    y - 1,
    `${basename(files[work.file] ?? '')}${which}`,
    theme.style('strong', { bold: true }),
    bar,
  );
  drawBar(surface, x, y, bar, share, theme.styleOf('series'));
  surface.text(x, y + 1, sayHeapStage(work), dim, bar - 5);
  surface.textRight(x, y + 1, bar, formatPercent(share), dim);
}
