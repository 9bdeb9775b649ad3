/** What holds the growth of the heap: two snapshots that the user allows, their price before and their pause after. */
import type { HeapCapture } from '../../presentation/heap-capture.ts';
import { formatAxisTime, formatBytes, formatSeconds } from '../../presentation/format.ts';
import type { HeapComparisonEvent, HeapSnapshotEvent } from '../../model/timeline-event.ts';
import { drawBar } from '../drawing/bar.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { drawWrapped } from '../drawing/wrapped-text.ts';
import type { Span, Surface } from '../terminal/surface.ts';
import type { Panel } from '../view.ts';

/** From here on the title and both pauses stand in words. */
const ROOM_FOR_WORDS = 60;

export const drawHeapGrowth: Panel = (surface, { data, capture }) => {
  const { theme } = surface;
  const { toMs } = data.span;
  const snapshot = data.timeline.heapSnapshots.between(-Infinity, toMs).at(-1)?.event ?? null;
  const comparison = data.timeline.heapComparisons.between(-Infinity, toMs).at(-1)?.event ?? null;
  const roomy = surface.width >= ROOM_FOR_WORDS;
  drawFrame(surface, {
    title: roomy ? 'What holds the growth' : 'Growth',
    right: snapshot ? [[pauseOf(snapshot, roomy), theme.styleOf('dim')]] : [],
  });
  insideFrame(surface, (inside) => {
    if (capture !== undefined && capture.kind !== 'idle') drawCapture(inside, capture);
    else if (comparison) drawComparison(inside, comparison);
    else if (capture === undefined)
      inside.text(0, 0, 'no heap snapshots were compared', theme.styleOf('dim'));
    else drawInvitation(inside, snapshot === null ? null : toMs - snapshot.atMs);
  });
};

/** What it did beside what was said before. */
function pauseOf({ pauseMs, estimatedPauseMs }: HeapSnapshotEvent, roomy: boolean): string {
  return `paused ${formatSeconds(pauseMs)}, ${roomy ? 'estimated' : 'est.'} ${formatSeconds(estimatedPauseMs)}`;
}

function drawInvitation(surface: Surface, sinceFirstMs: number | null): void {
  const { theme, width } = surface;
  const dim = theme.styleOf('dim');
  const says =
    sinceFirstMs === null
      ? 'S compares two heap snapshots, the price first: the service stands still for each'
      : `first snapshot ${formatAxisTime(sinceFirstMs)} ago; S takes the second once memory has grown`;
  drawWrapped(surface, 0, 0, says, dim, width);
}

function drawCapture(surface: Surface, capture: Exclude<HeapCapture, { kind: 'idle' }>): void {
  const { theme, width } = surface;
  const [dim, warning] = [theme.styleOf('dim'), theme.style('warning', { bold: true })];
  const key = theme.style('accent', { bold: true });
  switch (capture.kind) {
    case 'pricing':
      return void surface.text(0, 0, `asking what it would cost ${theme.glyphs.ellipsis}`, dim);
    case 'offered': {
      const price = `the service will stand still for about ${formatSeconds(capture.pauseMs)} and take about ${formatBytes(capture.extraBytes)} more memory`;
      const below = drawWrapped(surface, 0, 0, price, warning, width);
      const keys: Span[] = [
        ['enter', key],
        [' take the snapshot   ', dim],
        ['esc', key],
        [' leave it', dim],
      ];
      return void surface.spans(0, below, keys);
    }
    case 'failed': {
      const below = drawWrapped(surface, 0, 0, capture.error.message, warning, width);
      return void drawWrapped(surface, 0, below, capture.error.hint, dim, width);
    }
    case 'taking':
      surface.text(0, 0, `the service stands still: ${capture.says}`, warning);
      return capture.share === null
        ? undefined
        : drawBar(surface, 0, 1, width, capture.share, theme.styleOf('warning'));
    case 'analysing':
      surface.text(0, 0, 'the service runs on; the snapshot is being read', dim);
      return drawBar(surface, 0, 1, width, capture.share, theme.styleOf('series'));
  }
}

const GROWN_COLUMNS = 8;

/** Rows that the path of the biggest holder may fill; lines break at spaces, which costs a part of each. */
const FIRST_ROWS = 2;

/** A path says the most at its end: whole steps are left out before it. */
function endOf(path: string, { theme }: Surface, columns: number): string {
  const steps = path.split(STEP);
  while (steps.length > 1 && steps.join(STEP).length > columns) steps.shift();
  const end = steps.join(STEP);
  return end === path ? path : `${theme.glyphs.ellipsis} > ${end}`;
}

const STEP = ' > ';

/** The biggest holder in full, the next ones in a line each. */
function drawComparison(surface: Surface, { holders }: HeapComparisonEvent): void {
  const { theme, width, height } = surface;
  const dim = theme.styleOf('dim');
  if (holders.length === 0) return void surface.text(0, 0, 'nothing grew between the two snapshots', dim);
  let y = 0;
  for (const [index, { name, path, grownBytes, holds }] of holders.entries()) {
    if (y >= height) return;
    const [first] = holds;
    const what = first ? `${first.count} x ${first.constructor} in ` : '';
    const room = width - GROWN_COLUMNS;
    const where = `${what}${name}${path === '' ? '' : ` at ${endOf(path, surface, room * FIRST_ROWS)}`}`;
    const strong = theme.style('strong', { bold: true });
    const grown = index === 0 ? theme.style('warning', { bold: true }) : 0;
    surface.textRight(0, y, GROWN_COLUMNS - 1, `+${formatBytes(grownBytes)}`, grown);
    if (index === 0) y = drawWrapped(surface, GROWN_COLUMNS, y, where, strong, room);
    else surface.text(GROWN_COLUMNS, y++, where, dim, room);
  }
}
